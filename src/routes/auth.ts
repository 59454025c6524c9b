import type { authContract } from '../contract/auth.ts';
import { type Caller, requireMember } from '../services/access/access.ts';
import type { Usage } from '../services/access/usage.ts';
import type { AccountChanges } from '../services/identity/account-changes.ts';
import type { Accounts } from '../services/identity/accounts.ts';
import type { ApiTokens } from '../services/identity/api-tokens.ts';
import type { Invitations } from '../services/identity/invitations.ts';
import type { SessionList } from '../services/identity/session-list.ts';
import type { Sessions } from '../services/identity/sessions.ts';
import { toProfile, type Users } from '../services/identity/users.ts';
import type { Wechat } from '../services/identity/wechat.ts';
import type { Handlers } from './handlers.ts';

/** What the routes under `auth/*` stand on. */
export interface AuthServices {
  readonly accounts: Accounts;
  readonly accountChanges: AccountChanges;
  readonly sessions: Sessions;
  readonly sessionList: SessionList;
  readonly apiTokens: ApiTokens;
  readonly wechat: Wechat;
  readonly invitations: Invitations;
  readonly users: Users;
  readonly usage: Usage;
}

/** Routes under `auth/*`. */
export const authRoutes = (services: AuthServices): Handlers<typeof authContract> => {
  const { accounts, accountChanges, sessions, sessionList, apiTokens, wechat, invitations, users, usage } = services;
  return {
    'auth/register': (registration, { clientIp }) => accounts.register(registration, clientIp),
    'auth/login': async ({ phone, upwd }, { clientIp, userAgent }) =>
      sessions.open(await accounts.prove(phone, upwd, clientIp), userAgent),
    'auth/refresh': ({ refreshToken }, { clientIp }) => sessions.refresh(refreshToken, clientIp),
    'auth/logout': async (_input, { caller }) => {
      const member = requireMember(caller);
      if (member.tokenId === undefined) await sessions.close(member);
      else await apiTokens.revoke(member.userId, member.tokenId);
      return {};
    },
    'auth/logoutAll': async (_input, { caller }) => {
      await sessions.closeAll(userIdOf(caller));
      return {};
    },
    'auth/logoutOthers': async (_input, { caller }) => {
      await sessionList.revokeOthers(requireMember(caller));
      return {};
    },
    'auth/listSessions': (_input, { caller }) => sessionList.list(requireMember(caller)),
    'auth/revokeSession': async ({ sessionId }, { caller }) => {
      await sessionList.revoke(userIdOf(caller), sessionId);
      return {};
    },
    'auth/change': async (change, { clientIp }) => {
      await accounts.changePassword(change, clientIp);
      return {};
    },
    'auth/resetPassword': async ({ reset, npwd }, { clientIp }) => {
      await accountChanges.reset(reset, npwd, clientIp);
      return {};
    },
    'auth/updateMe': (change, { caller, clientIp }) => accountChanges.change(requireMember(caller), change, clientIp),
    'auth/deleteAccount': ({ upwd, images }, { caller, clientIp }) =>
      accountChanges.remove(requireMember(caller), upwd, images, clientIp),
    'auth/me': async (_input, { caller }) => {
      const userId = userIdOf(caller);
      return { ...(await users.profile(userId)), usage: await usage.read(userId) };
    },
    'auth/whoami': async (_input, { caller }) => {
      const { userId, tokenId } = requireMember(caller);
      const { name, role } = await users.get(userId);
      const token = tokenId === undefined ? undefined : await apiTokens.show(userId, tokenId);
      return { userId, name, role, ...(token && { token: { ...token, scopes: [...token.scopes] } }) };
    },
    'auth/createToken': (request, { caller }) => apiTokens.create(userIdOf(caller), request),
    'auth/listTokens': (_input, { caller }) => apiTokens.list(userIdOf(caller)),
    'auth/revokeToken': async ({ tokenId }, { caller }) => {
      await apiTokens.revoke(userIdOf(caller), tokenId);
      return {};
    },
    'auth/wechatLogin': async (_input, { identity }) => sessions.open(await wechat.prove(identity), 'WeChat'),
    'auth/wechatBind': async ({ phone, upwd }, { identity, clientIp }) => {
      await wechat.bind(identity, await accounts.prove(phone, upwd, clientIp));
      return {};
    },
    'auth/wechatUnbind': async (_input, { caller }) => {
      await wechat.unbind(userIdOf(caller));
      return {};
    },
    'auth/invite': async ({ expiresIn }) => {
      const { expiresAt, ...made } = await invitations.create(expiresIn);
      return { ...made, expiresAt: expiresAt.toISOString() };
    },
    'auth/listInvitations': () => invitations.list(),
    'auth/withdrawInvitation': async ({ invitationId }) => {
      await invitations.withdraw(invitationId);
      return {};
    },
    'auth/createPasswordReset': async ({ userId, expiresIn }) => {
      const { reset, expiresAt } = await accountChanges.createReset(userId, expiresIn);
      return { reset, expiresAt: expiresAt.toISOString() };
    },
    'auth/listUsers': async ({ pageSize, after }) => {
      const page = await users.list({ limit: pageSize, after });
      return { ...page, users: page.users.map(({ userId, ...user }) => toProfile(userId, user)) };
    },
    'auth/updateUser': (change, { caller }) => users.administer(userIdOf(caller), change),
  };
};

const userIdOf = (caller: Caller): string => requireMember(caller).userId;
