import { beforeDeadline } from '../../concurrency/deadline.ts';
import { AppError } from '../../errors.ts';

/** How long a look may take, so that a store which is away is reported in time. */
const LOOK_MS = 1000;

/**
 * Does something of which the answer may be lost: where `look` then sees that it was done, it was.
 *
 * @throws what `act` threw, where nothing is to be seen of it
 */
export async function despiteLostAnswer<Result>(
  act: () => Promise<Result>,
  look: () => Promise<Result | undefined>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!isInDoubt(error)) throw error;
    const seen = await beforeDeadline(look(), LOOK_MS, () => error).catch(() => undefined);
    if (seen === undefined) throw error;
    return seen;
  }
}

/** Whether it may have been done all the same; a refusal says that it was not. */
export const isInDoubt = (error: unknown): boolean => error instanceof AppError && error.code === 'ServiceUnavailable';
