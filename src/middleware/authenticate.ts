import type { Middleware } from '../router/index.ts';
import type { Credentials } from '../services/identity/credentials.ts';
import type { Context } from './context.ts';

/** Finds out who calls. A bad credential counts as none, so that a client with a stale token can still sign in. */
export const authenticate = (credentials: Credentials): Middleware<Context> =>
  async function authenticate(context, next) {
    context.caller = await credentials.identify(context.token, context.identity);
    await next();
  };
