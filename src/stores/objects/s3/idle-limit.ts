import { Unanswered } from '../../../concurrency/resilience.ts';

const WINDOW_MS = 3500;
/** In each window, so that a line of less than 18 kB/s counts as dead too. */
const MIN_BYTES = 64 * 1024;
/** How finely progress is seen. */
const SLICE_BYTES = 64 * 1024;

/**
 * Watches a transfer of unknown length: `signal` is aborted when the store moves too few bytes in the time that we wait
 * for it. Time that the caller takes does not count.
 */
export interface IdleLimit {
  readonly signal: AbortSignal;
  /** We wait for the store from now on. */
  wait(): void;
  /** The store waits for us, or all is done. */
  rest(): void;
  progress(bytes: number): void;
}

/** Creates a limit that rests. */
export function createIdleLimit(): IdleLimit {
  const controller = new AbortController();
  let left = WINDOW_MS;
  let bytes = 0;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const expire = (): void => controller.abort(new Unanswered('The transfer stands still'));
  const rest = (): void => {
    clearTimeout(timer);
    if (since !== undefined) left -= performance.now() - since;
    since = undefined;
  };
  return {
    signal: controller.signal,
    rest,
    wait: () => {
      rest();
      since = performance.now();
      timer = setTimeout(expire, Math.max(0, left));
    },
    progress: (moved) => {
      bytes += moved;
      if (bytes < MIN_BYTES) return;
      bytes = 0;
      left = WINDOW_MS;
      if (since !== undefined) since = performance.now();
    },
  };
}

/** Passes bytes on to the store in slices, and watches how it takes them. */
export async function* meterUpload(chunks: AsyncIterable<Uint8Array>, idle: IdleLimit): AsyncGenerator<Uint8Array> {
  idle.rest();
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.byteLength; start += SLICE_BYTES) {
      const slice = chunk.subarray(start, start + SLICE_BYTES);
      idle.wait();
      yield slice;
      idle.progress(slice.byteLength);
    }
    idle.rest();
  }
  idle.wait();
}
