/** Waits for `work` at most `ms` milliseconds, then fails with what `late` makes; the work itself goes on unheard. */
export async function beforeDeadline<Result>(work: Promise<Result>, ms: number, late: () => unknown): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
