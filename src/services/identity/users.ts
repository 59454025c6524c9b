import { createHmac } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { ACTIONS, type Member } from '../access/access.ts';
import { parseDocument } from '../documents.ts';
import { readOrCreateKey } from './keys.ts';

const USERS = 'users';
const SETTINGS = 'settings';

const actions = v.array(v.picklist(ACTIONS));
const grant = v.object({ bucketName: v.string(), prefix: v.string(), actions });
const quota = v.object({
  bytes: v.optional(v.number()),
  objects: v.optional(v.number()),
  uploadsPerDay: v.optional(v.number()),
});
const apiToken = v.object({
  id: v.string(),
  name: v.string(),
  /** SHA-256 of the secret, hex. */
  hash: v.string(),
  scopes: actions,
  bucketName: v.optional(v.string()),
  prefix: v.optional(v.string()),
  maxBytes: v.optional(v.number()),
  expiresAt: v.optional(v.string()),
  createdAt: v.string(),
});

const userDocument = v.object({
  phone: v.string(),
  name: v.string(),
  tfs: v.string(),
  email: v.string(),
  passwordHash: v.string(),
  role: v.picklist(['admin', 'member']),
  grants: v.array(grant),
  quota,
  disabled: v.boolean(),
  /** Raised to end every session at once. */
  epoch: v.number(),
  tokens: v.array(apiToken),
  /** Keyed hash of the bound WeChat identity. */
  wechat: v.optional(v.string()),
  createdAt: v.string(),
});

/** An account as it is stored. */
export type User = v.InferOutput<typeof userDocument>;

/** An API token as it is stored, in its owner's document. */
export type StoredToken = v.InferOutput<typeof apiToken>;

/** The documents of the people. */
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
  /** Changes an account, again and again until nobody else changed it meanwhile. @throws {AppError} NoSuchUser, and what `change` throws */
  update(userId: string, change: (user: User) => User): Promise<User>;
  /** Whether there is any account yet. */
  isEmpty(): Promise<boolean>;
  list(options: { readonly after?: string; readonly limit: number }): Promise<{
    readonly users: readonly (User & { readonly userId: string })[];
    readonly after?: string;
  }>;
}

/** A seat that nobody took within this time is free again. */
const ABANDONED_MS = 60_000;

interface UsersOptions {
  readonly documents: DocumentStore;
  readonly now: () => Date;
  /** Whoever has this phone is an admin, whatever its document says: the way back in. */
  readonly adminPhone: string | undefined;
}

/** Creates the store of people. */
export function createUsers({ documents, now, adminPhone }: UsersOptions): Users {
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

  const toUser = (doc: unknown): User => {
    const user = parseDocument(userDocument, doc);
    return user.phone === adminPhone ? { ...user, role: 'admin', disabled: false } : user;
  };

  const find: Users['find'] = async (userId) => {
    const stored = await documents.read(USERS, userId);
    return stored && toUser(stored.doc);
  };

  /** The seat is taken before the account is made; one whose taker never arrived is given to the next. */
  const isFirstAdmin = async (userId: string): Promise<boolean> => {
    const claim = { userId, at: now().getTime() };
    const stored = await documents.read(SETTINGS, 'first-admin');
    if (stored === undefined) {
      return (await documents.create(SETTINGS, 'first-admin', claim)) || isFirstAdmin(userId);
    }
    const taken = parseDocument(v.object({ userId: v.string(), at: v.number() }), stored.doc);
    if (taken.userId === userId) return true;
    if (claim.at - taken.at < ABANDONED_MS || (await find(taken.userId)) !== undefined) return false;
    return documents.replace(SETTINGS, 'first-admin', claim, stored.revision);
  };

  const update: Users['update'] = async (userId, change) => {
    for (;;) {
      const stored = await documents.read(USERS, userId);
      if (stored === undefined) throw noSuchUser();
      const user = change(toUser(stored.doc));
      if (await documents.replace(USERS, userId, toJson(user), stored.revision)) return user;
    }
  };

  return {
    hash,
    find,
    get: async (userId) => {
      const user = await find(userId);
      if (user === undefined) throw noSuchUser();
      return user;
    },
    update,
    idOf: async (phone) => `u_${await hash(phone)}`,
    create: async (userId, user) => {
      const role = (await isFirstAdmin(userId)) ? 'admin' : 'member';
      return documents.create(USERS, userId, toJson({ ...user, role }));
    },
    isEmpty: async () => (await documents.list(USERS, { limit: 1 })).documents.length === 0,
    list: async (options) => {
      const page = await documents.list(USERS, options);
      const users = page.documents.map(({ id, doc }) => ({ ...toUser(doc), userId: id }));
      return { users, ...(page.after !== undefined && { after: page.after }) };
    },
  };
}

/** What a member may do when nobody has said otherwise: everything in the default bucket. */
export const defaultGrants = (bucketName: string): User['grants'] => [
  { bucketName, prefix: '', actions: [...ACTIONS] },
];

/** Turns an account into the person behind a call. */
export const toMember = (userId: string, { role, grants, quota }: User): Member => ({
  kind: 'member',
  userId,
  role,
  grants,
  quota,
});

/** Shows a phone so that its owner knows it and nobody else does. */
export const maskPhone = (phone: string): string => `${phone.slice(0, 3)}****${phone.slice(-4)}`;

const noSuchUser = (): AppError =>
  new AppError('NoSuchUser', {
    zh: '没有这个账号；请用 auth/listUsers 查看 userId',
    en: 'There is no such account; auth/listUsers shows the userIds',
  });

/** Drops what is `undefined`, which JSON does not have. */
const toJson = (user: User) => JSON.parse(JSON.stringify(user));
