import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { Legacy } from '../../naming/account.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { Member } from '../access/access.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { type Accounts, accountExists, invalidCredentials } from './accounts.ts';
import type { Emails } from './emails.ts';
import type { PasswordPolicy } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import { LEFT_IDS, type Phones } from './phones.ts';
import type { Rate, Throttle } from './throttle.ts';
import { type Profile, toProfile, type User, type Users } from './users.ts';
import type { Wechat } from './wechat.ts';

/** Ways back in that admins have made, by the hash of their code. */
export const PASSWORD_RESETS = defineCollection({
  name: 'password-resets',
  schema: v.object({
    userId: v.string(),
    expiresAt: v.string(),
    used: v.boolean(),
    /** Of the password that was forgotten: a code is void once there is another. */
    passwordHash: v.string(),
  }),
  retention: { isExpired: ({ expiresAt }, now) => Date.parse(expiresAt) <= now.getTime() },
});

/** What a person changes of its own account. */
export interface OwnChange {
  readonly upwd: string;
  readonly name?: string | undefined;
  readonly tfs?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
}

/** The second half of an account: how it changes, how it is got back, and how it ends. */
export interface AccountChanges {
  /** Changes an account, proved by its password. @throws {AppError} InvalidCredentials, TooManyRequests; AccountExists for a phone that somebody has */
  change(member: Member, change: OwnChange, clientIp: string | undefined): Promise<Profile>;
  /** Makes a code by which somebody who forgot the password sets another, once. @throws {AppError} NoSuchUser */
  createReset(userId: string, expiresInSeconds: number): Promise<{ readonly reset: string; readonly expiresAt: Date }>;
  /** Sets a password by such a code; every session and every API token of the account ends. @throws {AppError} InvalidCredentials, WeakPassword, TooManyRequests */
  reset(code: string, npwd: string, clientIp: string | undefined): Promise<void>;
  /** Deletes an account, proved by its password: it is gone at once, its images as soon as they can be. @throws {AppError} as `change`; AccessDenied for the last admin */
  remove(
    member: Member,
    upwd: string,
    images: Legacy,
    clientIp: string | undefined,
  ): Promise<{ readonly finished: boolean }>;
}

interface AccountChangesOptions {
  readonly documents: DocumentStore;
  readonly users: Users;
  readonly phones: Phones;
  readonly emails: Emails;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
  readonly throttle: Throttle;
  readonly wechat: Wechat;
  /** What is done with the images of whoever leaves. */
  readonly departures: {
    begin(userId: string, images: Legacy, heirId: string): Promise<void>;
    run(budget: { readonly budgetMs: number }): Promise<{ readonly finished: boolean }>;
  };
  readonly now: () => Date;
}

const RESETS_FROM: Rate = { name: 'reset-ip', most: 100, windowSeconds: 15 * 60 };
/** How long whoever leaves waits for the images; the rest is the job's. */
const LEAVING_MS = 3000;

/** Creates the service of accounts that are there already. */
export function createAccountChanges(options: AccountChangesOptions): AccountChanges {
  const { documents, users, phones, emails, accounts, passwords, passwordPolicy } = options;
  const { throttle, wechat, departures, now } = options;
  const resets = openCollection(documents, PASSWORD_RESETS);
  const left = openCollection(documents, LEFT_IDS);

  const prove = async ({ userId }: Member, upwd: string, clientIp: string | undefined): Promise<User> => {
    const { phone } = await users.get(userId);
    const proven = await accounts.prove(phone, upwd, clientIp);
    if (proven.userId !== userId) throw invalidCredentials();
    return proven.user;
  };

  const store = (userId: string, proven: User, change: Partial<User>): Promise<User> =>
    users.update(userId, (stored) => {
      if (stored.passwordHash !== proven.passwordHash) throw invalidCredentials();
      return { ...stored, ...change };
    });

  const change: AccountChanges['change'] = async (member, own, clientIp) => {
    const proven = await prove(member, own.upwd, clientIp);
    const { email = proven.email } = own;
    if (email === proven.email) return changeProven(member, proven, own);
    await emails.claim(email, member.userId);
    const profile = await changeProven(member, proven, own);
    // Once more, in case that another change took it off meanwhile.
    await emails.claim(email, member.userId);
    await emails.release(proven.email, member.userId);
    return profile;
  };

  const changeProven = async ({ userId }: Member, proven: User, own: OwnChange): Promise<Profile> => {
    const { upwd: _, phone, ...rest } = own;
    const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    if (phone === undefined || phone === proven.phone) return toProfile(userId, await store(userId, proven, said));
    if (!(await phones.claim(phone, userId))) throw accountExists();
    // A phone that is only said to be one's own proves nothing, least of all that one is the admin.
    const changed = await store(userId, proven, { ...said, phone, adminProved: false });
    await phones.release(proven.phone, userId);
    return toProfile(userId, changed);
  };

  const redeem = async (code: string, npwd: string): Promise<void> => {
    const id = toId(code);
    const found = await resets.read(id);
    if (found === undefined || found.used || new Date(found.expiresAt) <= now()) throw resetOver();
    const user = await users.find(found.userId);
    if (user === undefined || user.passwordHash !== found.passwordHash) throw resetOver();
    // What may be refused comes before what is used up.
    await passwordPolicy.require(npwd, [user.phone, user.name, user.email]);
    const passwordHash = await passwords.hash(npwd);
    await resets.update(id, (reset) => {
      if (reset.used) throw resetOver();
      return { ...reset, used: true };
    });
    await users.update(found.userId, (stored) => {
      if (stored.passwordHash !== found.passwordHash) throw resetOver();
      return { ...stored, passwordHash, epoch: stored.epoch + 1, tokens: [] };
    });
  };

  /** From the last step to the first, so that whoever asks again after a failure finds the account as it was. */
  const forget = async (userId: string, user: User, heirId: string): Promise<void> => {
    if (user.wechat !== undefined) await wechat.unbind(userId);
    await left.create(userId, { at: now().getTime() });
    await users.remove(userId, heirId);
    await phones.release(user.phone, userId);
    await emails.release(user.email, userId);
  };

  return {
    change,
    createReset: async (userId, expiresInSeconds) => {
      const { passwordHash } = await users.get(userId);
      const reset = randomBytes(16).toString('hex');
      const expiresAt = new Date(now().getTime() + expiresInSeconds * 1000);
      await resets.create(toId(reset), { userId, passwordHash, used: false, expiresAt: expiresAt.toISOString() });
      return { reset, expiresAt };
    },
    reset: async (code, npwd, clientIp) => {
      await throttle.consumeFrom(RESETS_FROM, clientIp);
      await redeem(code, npwd);
      await throttle.refundFrom(RESETS_FROM, clientIp);
    },
    remove: async (member, upwd, images, clientIp) => {
      const { userId } = member;
      const user = await prove(member, upwd, clientIp);
      const heirId = await users.findOtherAdmin(userId);
      if (heirId === undefined) throw lastAdmin();
      if (images !== 'keep') await departures.begin(userId, images, heirId);
      await forget(userId, user, heirId);
      return images === 'keep' ? { finished: true } : departures.run({ budgetMs: LEAVING_MS });
    },
  };
}

const toId = (code: string): string => createHash('sha256').update(code).digest('hex');

const resetOver = (): AppError =>
  new AppError('InvalidCredentials', {
    zh: '重置码不正确、已用过或已过期；请管理员用 auth/createPasswordReset 再发一个',
    en: 'The reset code is wrong, used up or has expired; ask an admin for another (auth/createPasswordReset)',
  });

const lastAdmin = (): AppError =>
  new AppError('AccessDenied', {
    zh: '没有其他可用的管理员，不能注销；请先用 auth/updateUser 把另一个账号设为管理员',
    en: 'There is no other admin, so this account cannot be deleted; make somebody else one by auth/updateUser first',
  });
