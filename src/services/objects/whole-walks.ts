import { createTurns } from '../../concurrency/turns.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../access/access.ts';

/** How long a caller waits for a walk of its own. */
const PATIENCE_MS = 10_000;

/** Lets each caller walk a whole bucket once at a time, for such a walk costs what all members have stored. @throws {AppError} TooManyRequests */
export type WholeWalks = <Result>(caller: Caller, work: () => Promise<Result>) => Promise<Result>;

/** Creates the turns of the callers of one process. */
export function createWholeWalks(): WholeWalks {
  const turns = createTurns();
  return (caller, work) => {
    const name = caller.kind === 'member' ? caller.userId : '';
    return turns.take(name, { time: performance.now() + PATIENCE_MS, fail: tooManyWalks }, work);
  };
}

const tooManyWalks = (): AppError =>
  new AppError(
    'TooManyRequests',
    {
      zh: '你还有几个遍历整个存储桶的请求在进行；请等它们完成，或用 continuationToken: "" 开始逐页读取',
      en: 'Several of your requests already walk a whole bucket; wait for them, or page by token, beginning with continuationToken: ""',
    },
    { details: { retryAfterSeconds: 5 } },
  );
