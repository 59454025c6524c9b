import { AppError } from '../errors.ts';
import { networkOf } from '../naming/network.ts';
import type { Middleware } from '../router/index.ts';
import type { Caller } from '../services/access/access.ts';
import type { Budget, Idempotency } from '../services/idempotency.ts';
import { ReceivedImage } from '../services/uploads/received-image.ts';
import type { Context } from './context.ts';

/** Some 32,000 calls in a day. */
const BYTES_OF_MEMBER = 32 * 1024 * 1024;
const BYTES_OF_STRANGER = 1024 * 1024;

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
      budget: toBudget(context),
      content: JSON.stringify({ ...context.given, ...Object(context.input), file: context.image }, byContent),
    };
    context.output = await idempotency.once(call, async () => {
      await next();
      return context.output;
    });
  };

/** A narrowed token has no part in the answers of a wider one. */
function toScope(caller: Caller): string {
  if (caller.kind === 'anonymous') return 'anonymous';
  return caller.narrowing === undefined ? caller.userId : `${caller.userId} ${JSON.stringify(caller.narrowing)}`;
}

/** Strangers are counted by their address, in no more than 65,536 budgets. */
const toBudget = ({ caller, clientIp = '' }: Context): Budget =>
  caller.kind === 'member'
    ? { name: caller.userId, bytes: BYTES_OF_MEMBER }
    : { name: networkOf(clientIp), bytes: BYTES_OF_STRANGER, spread: 4 };

/** An image is the same when its bytes are. */
const byContent = (_name: string, value: unknown): unknown =>
  value instanceof ReceivedImage ? { sha256: value.sha256, name: value.originalName } : value;

const badKey = (): AppError =>
  new AppError('InvalidArgument', {
    zh: 'Idempotency-Key（或事件的 $idempotencyKey）应为 1–255 个可见 ASCII 字符，如一个 UUID',
    en: 'Idempotency-Key ($idempotencyKey in an event) must be 1–255 visible ASCII characters, such as a UUID',
  });
