import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { PasswordPolicy } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import type { Rate, Throttle } from './throttle.ts';
import type { Users } from './users.ts';

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

/** The way back in for whoever forgot the password. */
export interface PasswordResets {
  /** Makes a code by which somebody who forgot the password sets another, once. @throws {AppError} NoSuchUser */
  create(userId: string, expiresInSeconds: number): Promise<{ readonly reset: string; readonly expiresAt: Date }>;
  /** Sets a password by such a code; every session and every API token of the account ends. @throws {AppError} InvalidCredentials, WeakPassword, TooManyRequests */
  redeem(code: string, npwd: string, clientIp: string | undefined): Promise<void>;
}

/** What resetting a password needs. */
export interface PasswordResetsOptions {
  readonly documents: DocumentStore;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
  readonly throttle: Throttle;
  readonly now: () => Date;
}

const RESETS_FROM: Rate = { name: 'reset-ip', most: 100, windowSeconds: 15 * 60 };

/** Creates the service of reset codes. */
export function createPasswordResets(options: PasswordResetsOptions): PasswordResets {
  const { documents, users, passwords, passwordPolicy, throttle, now } = options;
  const resets = openCollection(documents, PASSWORD_RESETS);

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

  return {
    create: async (userId, expiresInSeconds) => {
      const { passwordHash } = await users.get(userId);
      const reset = randomBytes(16).toString('hex');
      const expiresAt = new Date(now().getTime() + expiresInSeconds * 1000);
      await resets.create(toId(reset), { userId, passwordHash, used: false, expiresAt: expiresAt.toISOString() });
      return { reset, expiresAt };
    },
    redeem: async (code, npwd, clientIp) => {
      await throttle.consumeFrom(RESETS_FROM, clientIp);
      await redeem(code, npwd);
      await throttle.refundFrom(RESETS_FROM, clientIp);
    },
  };
}

const toId = (code: string): string => createHash('sha256').update(code).digest('hex');

const resetOver = (): AppError =>
  new AppError('InvalidCredentials', {
    zh: '重置码不正确、已用过或已过期；请管理员用 auth/createPasswordReset 再发一个',
    en: 'The reset code is wrong, used up or has expired; ask an admin for another (auth/createPasswordReset)',
  });
