import { AppError } from '../errors.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

/**
 * Addresses and form fields end up in logs and histories, so what is found there may be lost without much harm: an API
 * token that can upload and nothing else.
 */
export const refuseExposedTokens: Middleware<Context> = async function refuseExposedTokens(context, next) {
  const { caller, credentialPlace = 'header' } = context;
  if (credentialPlace !== 'header' && caller.kind === 'member') {
    const isNarrow = caller.narrowing?.scopes.every((scope) => scope === 'upload') === true;
    if (!isNarrow) throw exposed();
  }
  await next();
};

const exposed = (): AppError =>
  new AppError('AccessDenied', {
    zh: '放在网址或表单里的 token 会留在日志里，所以只能是仅有 upload 权限的 API token；请用 client/config 或 auth/createToken（scopes: ["upload"]）新建一个，或把 token 放进 Authorization 请求头',
    en: 'Tokens in an address or a form end up in logs, so only an API token with the scope upload alone will do; make one by client/config or auth/createToken (scopes: ["upload"]), or use the Authorization header',
  });
