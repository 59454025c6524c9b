/** How often something is tried, and how long to wait in between. */
export interface RetryOptions {
  /** Attempts altogether. */
  readonly tries: number;
  /** Milliseconds to wait after so many failed attempts, from 1; `undefined` ends it with the error. */
  readonly delayMs: (error: unknown, failed: number) => number | undefined;
}

/** Waits. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Tries until it works, is not worth another try, or was tried often enough; then what the last attempt threw is thrown. */
export async function retry<Result>(
  attempt: (failed: number) => Promise<Result>,
  { tries, delayMs }: RetryOptions,
): Promise<Result> {
  for (let failed = 0; ; ) {
    try {
      return await attempt(failed);
    } catch (error) {
      failed += 1;
      const delay = failed < tries ? delayMs(error, failed) : undefined;
      if (delay === undefined) throw error;
      await sleep(delay);
    }
  }
}
