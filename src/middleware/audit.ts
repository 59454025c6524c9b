import type { Logger } from '../logger.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

/** What of an input says what was changed; nothing secret is among it. */
const TARGETS = ['bucketName', 'objectName', 'folder', 'userId', 'tokenId', 'role', 'disabled', 'scopes'];

/** Writes down every change: who did what to what, when and from where. */
export const audit = (logger: Logger): Middleware<Context> =>
  async function audit(context, next) {
    await next();
    const input = new Map(Object.entries(context.input ?? {}));
    const output = new Map(Object.entries(context.output ?? {}));
    logger.info('audit', {
      requestId: context.requestId,
      $url: context.$url,
      actor: context.caller.kind === 'member' ? context.caller.userId : 'anonymous',
      transport: context.transport,
      clientIp: context.clientIp,
      target: Object.fromEntries(
        TARGETS.flatMap((name) => {
          const value = output.get(name) ?? input.get(name);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    });
  };
