import type { Middleware } from '../router/index.ts';
import type { Callers } from '../services/identity/callers.ts';
import type { Context } from './context.ts';

/** Finds out who calls. A bad credential counts as none, so that a client with a stale token can still sign in. */
export const authenticate = (callers: Callers): Middleware<Context> =>
  async function authenticate(context, next) {
    context.caller = await callers.identify(context.token, context.identity);
    await next();
  };
