import type { AccessLevel, RouteContract } from '../contract/route-contract.ts';
import { AppError, type Text } from '../errors.ts';
import type { Middleware } from '../router/index.ts';
import type { Member } from '../services/access/access.ts';
import type { Context } from './context.ts';

type CredentialKind = NonNullable<Context['credentialKind']>;

const NO_TOKEN: Readonly<Record<CredentialKind, Text>> = {
  session: {
    zh: '请先登录：调用 auth/login，把返回的 token 放进 Authorization 请求头（或事件的 $token）',
    en: 'Sign in first: call auth/login and send its token in the Authorization header (or as $token of the event)',
  },
  'api-token': {
    zh: '没有收到 token：请把 API token 放进 Authorization 请求头（Bearer <token>）；用 client/config 可生成带 token 的客户端配置',
    en: 'No token came: send an API token in the Authorization header (Bearer <token>); client/config makes client settings with one',
  },
};
const WRONG_TOKEN: Readonly<Record<CredentialKind, Text>> = {
  session: {
    zh: 'token 无效、已过期或已撤销；请重新调用 auth/login',
    en: 'The token is not valid, has expired or was revoked; call auth/login again',
  },
  'api-token': {
    zh: 'token 不正确、已过期或已撤销：请检查有没有少复制字符，或用 client/config 重新生成',
    en: 'The token is wrong, has expired or was revoked: see whether a letter is missing, or make a new one by client/config',
  },
};

/**
 * Lets only those through whom the contract names: somebody signed in, of the role, whose token has the route's scope.
 * That is what can be told before the body is read, so nobody else gets as far as sending it.
 *
 * What a call then does to which keys only its services know, and they ask `services/access` for each: there a token's
 * scopes count once more, together with its owner's grants. For most routes that repeats what was asked here; but
 * `copyObject` and `moveObject` do two things to two places, and the scope of a route is one.
 */
export const authorize = ({ access, scope }: Pick<RouteContract, 'access' | 'scope'>): Middleware<Context> =>
  async function authorize({ caller, credentialKind = 'session' }, next) {
    if (access !== 'public') {
      if (caller.kind === 'anonymous') {
        throw new AppError('InvalidToken', (caller.rejectedToken ? WRONG_TOKEN : NO_TOKEN)[credentialKind]);
      }
      requireRole(caller, access);
      requireScope(caller, scope);
    }
    await next();
  };

function requireRole({ role }: Member, access: AccessLevel): void {
  if (access !== 'admin' || role === 'admin') return;
  throw new AppError('AccessDenied', { zh: '此操作需要管理员', en: 'This needs an admin' });
}

function requireScope({ narrowing }: Member, scope: RouteContract['scope']): void {
  if (narrowing === undefined || scope === 'any' || (scope !== undefined && narrowing.scopes.includes(scope))) return;
  throw new AppError('AccessDenied', {
    zh: scope === undefined ? '此操作不能用 API token，请用 auth/login 的 token' : `此 token 缺少 ${scope} 权限`,
    en:
      scope === undefined
        ? 'API tokens may not do this; use a token from auth/login'
        : `This token lacks the scope ${scope}`,
  });
}
