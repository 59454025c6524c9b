import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { ProvenUser } from './accounts.ts';
import { accountDisabled, type User, type Users } from './users.ts';

/** Accounts by their WeChat identity. */
export const BINDINGS = defineCollection({
  name: 'wechat',
  schema: v.object({ userId: v.string() }),
  retention: { kept: 'at most one document an account, which unbinding removes' },
});

/** Who the platform says is calling; never what an event says. */
export interface PlatformIdentity {
  readonly openid: string;
  readonly appid: string;
}

/** Ties WeChat identities to accounts, one to one. */
export interface Wechat {
  /** The account that an identity is bound to. */
  find(identity: PlatformIdentity): Promise<ProvenUser | undefined>;
  /** Whether a signed-in account is bound to somebody else than the one who calls. */
  contradicts(identity: PlatformIdentity, user: User): Promise<boolean>;
  /** Signs the caller in by its identity alone. @throws {AppError} AccessDenied when there is none or it is not bound */
  prove(identity: PlatformIdentity | undefined): Promise<ProvenUser>;
  /** Binds the caller's identity to an account. @throws {AppError} BindingExists when either is bound to another */
  bind(identity: PlatformIdentity | undefined, proven: ProvenUser): Promise<void>;
  /** Unbinds an account. */
  unbind(userId: string): Promise<void>;
}

/** Creates the WeChat service. */
export function createWechat(documents: DocumentStore, users: Users): Wechat {
  const bindings = openCollection(documents, BINDINGS);
  const idOf = async ({ appid, openid }: PlatformIdentity) => `w_${await users.hash(`${appid} ${openid}`)}`;

  const find: Wechat['find'] = async (identity) => {
    const id = await idOf(identity);
    const bound = await bindings.read(id);
    const user = bound && (await users.find(bound.userId));
    return bound && user?.wechat === id ? { userId: bound.userId, user } : undefined;
  };

  const prove: Wechat['prove'] = async (identity) => {
    if (identity === undefined) throw notFromWechat();
    const proven = await find(identity);
    if (proven === undefined) throw notBound();
    if (proven.user.disabled) throw accountDisabled();
    return proven;
  };

  const bind: Wechat['bind'] = async (identity, { userId }) => {
    if (identity === undefined) throw notFromWechat();
    const id = await idOf(identity);
    await claim(id, userId);
    await users.update(userId, (user) => {
      if (user.wechat !== undefined && user.wechat !== id) throw bindingExists();
      return { ...user, wechat: id };
    });
    await confirm(id, userId);
  };

  /** A binding whose account does not know of it was never finished, and may be taken over. */
  const claim = async (id: string, userId: string): Promise<void> => {
    await bindings.upsert(id, async (bound) => {
      if (bound?.userId === userId) return bound;
      if (bound !== undefined && (await users.find(bound.userId))?.wechat === id) throw bindingExists();
      return { userId };
    });
  };

  /** Writes a claim again once the account knows of it, so that whoever saw it unfinished comes too late to take it over. */
  const confirm = async (id: string, userId: string): Promise<void> => {
    const confirmed = await bindings.update(id, (bound) => (bound.userId === userId ? { ...bound } : bound));
    if (confirmed?.userId === userId) return;
    await users.update(userId, ({ wechat, ...user }) => (wechat === id ? user : { ...user, wechat }));
    throw bindingExists();
  };

  const unbind: Wechat['unbind'] = async (userId) => {
    const bound = (await users.find(userId))?.wechat;
    if (bound === undefined) return;
    await users.update(userId, ({ wechat: _, ...user }) => user);
    await bindings.remove(bound);
  };

  return {
    find,
    prove,
    bind,
    unbind,
    contradicts: async (identity, user) => user.wechat !== undefined && user.wechat !== (await idOf(identity)),
  };
}

const notFromWechat = (): AppError =>
  new AppError('AccessDenied', {
    zh: '只能在小程序里通过 wx.cloud.callFunction 调用',
    en: 'This works only from a mini-program, by wx.cloud.callFunction',
  });

const notBound = (): AppError =>
  new AppError('AccessDenied', {
    zh: '此微信尚未绑定账号；请先调用 auth/wechatBind（phone、upwd）',
    en: 'This WeChat identity is not bound to an account; call auth/wechatBind with phone and upwd first',
  });

const bindingExists = (): AppError =>
  new AppError('BindingExists', {
    zh: '此微信或此账号已绑定；请先在原账号调用 auth/wechatUnbind',
    en: 'This WeChat identity or this account is bound already; call auth/wechatUnbind from the bound account first',
  });
