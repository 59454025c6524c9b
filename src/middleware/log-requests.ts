import type { Logger } from '../logger.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

/** Writes one line per call. */
export const logRequests = (logger: Logger, now: () => Date): Middleware<Context> =>
  async function logRequests(context, next) {
    const start = now().getTime();
    await next();
    const failed = context.envelope?.success === false ? context.envelope : undefined;
    logger.info('request', {
      requestId: context.requestId,
      $url: typeof context.$url === 'string' ? context.$url.slice(0, 64) : typeof context.$url,
      transport: context.transport,
      code: context.envelope?.code,
      ...(failed && { error: failed.error }),
      ...(context.caller.kind === 'member' && { userId: context.caller.userId }),
      durationMs: now().getTime() - start,
    });
  };
