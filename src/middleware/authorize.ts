import type { Access, RouteContract, Scope } from '../contract/route-contract.ts';
import { AppError, type Text } from '../errors.ts';
import type { Middleware } from '../router/index.ts';
import type { Member } from '../services/access/access.ts';
import type { Context } from './context.ts';

const SIGN_IN: Text = {
  zh: '请先登录：调用 auth/login，把返回的 token 放进 Authorization 请求头（或事件的 $token）',
  en: 'Sign in first: call auth/login and send its token in the Authorization header (or as $token of the event)',
};
const SIGN_IN_AGAIN: Text = {
  zh: 'token 无效、已过期或已撤销；请重新调用 auth/login',
  en: 'The token is not valid, has expired or was revoked; call auth/login again',
};

/** Lets only those through whom the contract names. */
export const authorize = ({ access, scope }: Pick<RouteContract, 'access' | 'scope'>): Middleware<Context> =>
  async function authorize({ caller }, next) {
    if (access !== 'public') {
      if (caller.kind === 'anonymous') {
        throw new AppError('InvalidToken', caller.rejectedToken ? SIGN_IN_AGAIN : SIGN_IN);
      }
      requireRole(caller, access);
      requireScope(caller, scope);
    }
    await next();
  };

function requireRole({ role }: Member, access: Access): void {
  if (access !== 'admin' || role === 'admin') return;
  throw new AppError('AccessDenied', { zh: '此操作需要管理员', en: 'This needs an admin' });
}

function requireScope({ narrowing }: Member, scope: Scope | undefined): void {
  if (narrowing === undefined || (scope !== undefined && narrowing.scopes.includes(scope))) return;
  throw new AppError('AccessDenied', {
    zh: scope === undefined ? '此操作不能用 API token，请用 auth/login 的 token' : `此 token 缺少 ${scope} 权限`,
    en:
      scope === undefined
        ? 'API tokens may not do this; use a token from auth/login'
        : `This token lacks the scope ${scope}`,
  });
}
