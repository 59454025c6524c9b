import { createHmac, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { accountShape, apiTokenShape } from '../../naming/account.ts';
import { maskPhone } from '../../naming/phone.ts';
import { SCOPES } from '../../naming/scope.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { Grant, Member, Quota } from '../access/access.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { type AdminLosses, createAdminLosses } from './admin-losses.ts';
import { readOrCreateKey } from './keys.ts';

/** Accounts by their id. */
export const USERS = defineCollection({
  name: 'users',
  schema: v.object({
    ...accountShape.entries,
    phone: v.string(),
    passwordHash: v.string(),
    /** Raised to end every session at once. */
    epoch: v.number(),
    tokens: v.array(
      v.object({
        ...apiTokenShape.entries,
        /** SHA-256 of the secret, hex. */
        hash: v.string(),
      }),
    ),
    /** Keyed hash of the bound WeChat identity. */
    wechat: v.optional(v.string()),
    /** Whether its owner has shown the code of the admin's phone; absent for one that was there before. */
    adminProved: v.optional(v.boolean()),
  }),
  retention: { kept: 'people are forgotten when they say so' },
});

/** Who took the seat of the first admin, and when. */
export const FIRST_ADMIN = defineCollection({
  name: 'settings',
  schema: v.object({ userId: v.string(), at: v.number() }),
  retention: { kept: 'one document a bed' },
});

/** An account as it is stored. */
export type User = v.InferOutput<typeof USERS.schema>;

/** An API token as it is stored, in its owner's document. */
export type StoredToken = User['tokens'][number];

/** An account as admins, and its owner, see it; the phone is masked. */
export interface Profile extends v.InferOutput<typeof accountShape> {
  readonly userId: string;
  readonly phone: string;
  readonly wechatBound: boolean;
}

/** What an admin may change of an account. */
export interface AccountChange {
  readonly userId: string;
  readonly role?: User['role'] | undefined;
  readonly grants?: readonly Grant[] | undefined;
  readonly quota?: Quota | undefined;
  readonly disabled?: boolean | undefined;
}

/** The people of the bed. */
export interface Users {
  /** The id that belongs to a phone: a keyed hash, so that no file name or log tells a number. */
  idOf(phone: string): Promise<string>;
  /** Hashes any other identity with the same key. */
  hash(identity: string): Promise<string>;
  find(userId: string): Promise<User | undefined>;
  /** @throws {AppError} NoSuchUser */
  get(userId: string): Promise<User>;
  /** Stores a new account; `false` when there is one. The first of all becomes the admin. */
  create(userId: string, user: Omit<User, 'role'>): Promise<boolean>;
  /** Whether somebody could be the first admin now. */
  isFirst(userId: string): Promise<boolean>;
  /** Takes the seat of the first admin before the account is made; `false` when it is somebody else's. */
  takeSeat(userId: string): Promise<boolean>;
  /** Leaves that seat to the next, when no account was made. */
  leaveSeat(userId: string): Promise<void>;
  /** Changes an account as it is stored, as `Collection.update`. @throws {AppError} NoSuchUser, and what `change` throws */
  update(userId: string, change: (user: User) => User): Promise<User>;
  /** Forgets an account; the seat of the first admin goes to the heir, so that it is nobody's to take. */
  remove(userId: string, heirId: string): Promise<void>;
  /** Runs what may make somebody no admin any more, while the keeper stays one; as `AdminLosses.run`. */
  readonly withoutAdmin: AdminLosses['run'];
  /** Some admin that is not shut out, other than this one; `undefined` when there is none. */
  findOtherAdmin(userId: string): Promise<string | undefined>;
  /** Whether an account is an admin by its phone alone, as `IMAGEPIC_ADMIN_PHONE` says, and no more without it. */
  isAdminByPhone(userId: string): Promise<boolean>;
  /** Whether there is any account yet. */
  isEmpty(): Promise<boolean>;
  list(options: { readonly after?: string | undefined; readonly limit: number }): Promise<{
    readonly users: readonly (User & { readonly userId: string })[];
    readonly after?: string;
  }>;
  profile(userId: string): Promise<Profile>;
  /** What an admin does to an account; disabling one ends its sessions at once. @throws {AppError} NoSuchUser; AccessDenied for taking away one's own admin role, or when no admin would be left */
  administer(adminId: string, change: AccountChange): Promise<Profile>;
}

/** A seat that nobody took within this time is free again. */
const ABANDONED_MS = 60_000;
const PAGE = 200;
const SEAT = 'first-admin';
type Seat = v.InferOutput<typeof FIRST_ADMIN.schema>;

interface UsersOptions {
  readonly documents: DocumentStore;
  readonly now: () => Date;
  /** Whoever had this phone before, or has proved it, is an admin whatever its document says: the way back in. */
  readonly adminPhone: string | undefined;
}

/** Creates the store of people. */
export function createUsers({ documents, now, adminPhone }: UsersOptions): Users {
  const stored = openCollection(documents, USERS);
  const seat = openCollection(documents, FIRST_ADMIN);
  let key: Promise<string> | undefined;
  const hash = async (identity: string): Promise<string> => {
    key ??= readOrCreateKey(documents, 'identity').catch((error) => {
      key = undefined;
      throw error;
    });
    return createHmac('sha256', Buffer.from(await key, 'hex'))
      .update(identity)
      .digest('hex')
      .slice(0, 32);
  };

  const withAdmin = (user: User): User =>
    user.phone === adminPhone && user.adminProved !== false ? { ...user, role: 'admin', disabled: false } : user;

  const find: Users['find'] = async (userId) => {
    const user = await stored.read(userId);
    return user && withAdmin(user);
  };

  const isEmpty = async (): Promise<boolean> => (await stored.list({ limit: 1 })).documents.length === 0;

  /** One whose taker never arrived is given to the next; one that is not known in a bed that has people is nobody's. */
  const isFree = async (found: Seat | undefined, userId: string): Promise<boolean> => {
    if (found === undefined) return isEmpty();
    const isHeld = found.userId !== userId && now().getTime() - found.at < ABANDONED_MS;
    return !isHeld && (await stored.read(found.userId)) === undefined;
  };

  const takeSeat: Users['takeSeat'] = async (userId) => {
    const claim = { userId, at: now().getTime() };
    const taken = await seat.upsert(SEAT, async (found) => {
      if (await isFree(found, userId)) return found?.userId === userId ? found : claim;
      return found ?? { userId: 'nobody', at: claim.at };
    });
    return taken.userId === userId;
  };

  const get: Users['get'] = async (userId) => {
    const user = await find(userId);
    if (user === undefined) throw noSuchUser();
    return user;
  };

  const { run: withoutAdmin } = createAdminLosses({
    documents,
    isAdmin: async (userId) => {
      const user = await find(userId);
      return user !== undefined && isActiveAdmin(user);
    },
    newId: randomUUID,
    now,
  });

  const update: Users['update'] = async (userId, change) => {
    const user = await stored.update(userId, change);
    if (user === undefined) throw noSuchUser();
    return withAdmin(user);
  };

  return {
    hash,
    find,
    get,
    update,
    idOf: async (phone) => `u_${await hash(phone)}`,
    create: async (userId, user) => {
      const role = (await takeSeat(userId)) ? 'admin' : 'member';
      return stored.create(userId, { ...user, role });
    },
    remove: async (userId, heirId) => {
      await seat.update(SEAT, (found) => (found.userId === userId ? { ...found, userId: heirId } : found));
      await stored.remove(userId);
    },
    findOtherAdmin: async (userId) => {
      let after: string | undefined;
      do {
        const page = await stored.list({ limit: PAGE, ...(after !== undefined && { after }) });
        const admins = page.documents.filter(({ id, doc }) => id !== userId && isActiveAdmin(withAdmin(doc)));
        if (admins[0] !== undefined) return admins[0].id;
        after = page.after;
      } while (after !== undefined);
      return undefined;
    },
    withoutAdmin,
    isAdminByPhone: async (userId) => {
      const user = await stored.read(userId);
      return user !== undefined && !isActiveAdmin(user) && isActiveAdmin(withAdmin(user));
    },
    isEmpty,
    isFirst: async (userId) => isFree(await seat.read(SEAT), userId),
    takeSeat,
    leaveSeat: async (userId) => {
      await seat.update(SEAT, (found) => (found.userId === userId ? { ...found, at: 0 } : found));
    },
    list: async (options) => {
      const { documents: page, after } = await stored.list(options);
      const users = page.map(({ id, doc }) => ({ ...withAdmin(doc), userId: id }));
      return { users, ...(after !== undefined && { after }) };
    },
    profile: async (userId) => toProfile(userId, await get(userId)),
    administer: async (adminId, { userId, role, grants, quota, disabled }) => {
      const isLoss = role === 'member' || disabled === true;
      if (userId === adminId && isLoss) throw wouldLockOut();
      const apply = (): Promise<User> =>
        update(userId, (user) => ({
          ...user,
          role: role ?? user.role,
          grants: grants?.map((grant) => ({ ...grant, actions: [...grant.actions] })) ?? user.grants,
          quota: quota ?? user.quota,
          disabled: disabled ?? user.disabled,
          epoch: disabled === true ? user.epoch + 1 : user.epoch,
        }));
      return toProfile(userId, isLoss ? await withoutAdmin(userId, adminId, apply) : await apply());
    },
  };
}

const isActiveAdmin = ({ role, disabled }: User): boolean => role === 'admin' && !disabled;

/** What a member may do when nobody has said otherwise: everything in the default bucket. */
export const defaultGrants = (bucketName: string): User['grants'] => [{ bucketName, prefix: '', actions: [...SCOPES] }];

/** Turns an account into the person behind a call. */
export const toMember = (userId: string, { role, grants, quota }: User): Member => ({
  kind: 'member',
  userId,
  role,
  grants,
  quota,
});

/** Shows an account to an admin, or to its owner. */
export function toProfile(userId: string, user: User): Profile {
  const { name, tfs, email, role, grants, quota, disabled, createdAt, phone, wechat } = user;
  const shown = { name, tfs, email, role, grants, quota, disabled, createdAt };
  return { userId, phone: maskPhone(phone), wechatBound: wechat !== undefined, ...shown };
}

/** The refusal of a person who is known but shut out. */
export const accountDisabled = (): AppError =>
  new AppError('AccessDenied', { zh: '账号已停用，请联系管理员', en: 'The account is disabled; ask an admin' });

const wouldLockOut = (): AppError =>
  new AppError('AccessDenied', {
    zh: '不能停用自己或取消自己的管理员；请让另一位管理员操作',
    en: 'You cannot disable yourself or give up your own admin role; another admin can do it',
  });

const noSuchUser = (): AppError =>
  new AppError('NoSuchUser', {
    zh: '没有这个账号；请用 auth/listUsers 查看 userId',
    en: 'There is no such account; auth/listUsers shows the userIds',
  });
