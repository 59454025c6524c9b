import type { Logger } from '../logger.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

/** Writes one line per call; a `$url` that is no name of ours is foreign text, and may be a token that was put in a path. */
export const logRequests = (logger: Logger, now: () => Date, isKnown: (url: string) => boolean): Middleware<Context> =>
  async function logRequests(context, next) {
    const start = now().getTime();
    await next();
    const failed = context.envelope?.success === false ? context.envelope : undefined;
    logger.info('request', {
      requestId: context.requestId,
      $url: typeof context.$url === 'string' && isKnown(context.$url) ? context.$url : 'unknown',
      transport: context.transport,
      code: context.envelope?.code,
      ...(failed && { error: failed.error }),
      ...(context.caller.kind === 'member' && { userId: context.caller.userId }),
      durationMs: now().getTime() - start,
    });
  };
