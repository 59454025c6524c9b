import { AppError } from '../errors.ts';
import type { Middleware } from '../router/index.ts';
import type { Caller } from '../services/access/access.ts';
import type { Idempotency } from '../services/idempotency.ts';
import { ReceivedImage } from '../services/uploads/received-image.ts';
import type { Context } from './context.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Lets a call that carries a key, and comes again because its answer was lost, happen once. */
export const idempotent = (idempotency: Idempotency): Middleware<Context> =>
  async function idempotent(context, next) {
    const key = context.idempotencyKey;
    if (key === undefined) return next();
    if (typeof key !== 'string' || !KEY.test(key)) throw badKey();
    const call = {
      key,
      scope: `${toScope(context.caller)} ${String(context.$url)}`,
      content: JSON.stringify({ ...context.given, ...Object(context.input), file: context.image }, byContent),
    };
    context.output = await idempotency.once(call, async () => {
      await next();
      return context.output;
    });
  };

/** A token that may less must not be given the answer that another of its owner got. */
const toScope = (caller: Caller): string =>
  caller.kind === 'member' ? [caller.userId, caller.credential].join(' ').trim() : 'anonymous';

/** An image is the same when its bytes are. */
const byContent = (_name: string, value: unknown): unknown =>
  value instanceof ReceivedImage ? { sha256: value.sha256, name: value.originalName } : value;

const badKey = (): AppError =>
  new AppError('InvalidArgument', {
    zh: 'Idempotency-Key（或事件的 $idempotencyKey）应为 1–255 个可见 ASCII 字符，如一个 UUID',
    en: 'Idempotency-Key ($idempotencyKey in an event) must be 1–255 visible ASCII characters, such as a UUID',
  });
