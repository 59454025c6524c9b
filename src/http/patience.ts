import { beforeDeadline } from '../concurrency/deadline.ts';

/** What is given up, and what a client wins back. */
export interface Patience {
  /** How long a body may keep us waiting, over and above what its bytes win back. */
  readonly patienceMs: number;
  /** Bytes that win back one second of patience, so that a large upload may take hours and a dripping one may not. */
  readonly bytesPerSecond: number;
}

/**
 * The time in which this process had nothing to do but wait, in milliseconds from an arbitrary point: the only time that a
 * client can be blamed for. While we compute, bytes that have arrived long ago are not seen.
 */
const waitedMs = (): number => performance.eventLoopUtilization().idle;

/** Reads a body for as long as its client does not keep us waiting. @throws what `giveUp` makes */
export async function* readPatiently(
  body: AsyncIterator<Uint8Array>,
  { patienceMs, bytesPerSecond }: Patience,
  giveUp: () => Error,
): AsyncGenerator<Uint8Array> {
  let leftMs = patienceMs;
  for (;;) {
    const since = waitedMs();
    const next = await waitFor(body.next(), leftMs, giveUp);
    if (next.done) return;
    const wonMs = (next.value.byteLength / bytesPerSecond) * 1000;
    leftMs = Math.min(patienceMs, leftMs - (waitedMs() - since) + wonMs);
    yield next.value;
  }
}

async function waitFor<Value>(value: Promise<Value>, ms: number, giveUp: () => Error): Promise<Value> {
  const until = waitedMs() + ms;
  for (let restMs = ms; restMs > 0; restMs = until - waitedMs()) {
    try {
      return await beforeDeadline(value, Math.max(restMs, SHORTEST_MS), () => LATE);
    } catch (error) {
      if (error !== LATE) throw error;
    }
  }
  // An immediate comes after the loop has read its sockets; what lay in this one counts.
  await new Promise((resolve) => setImmediate(resolve));
  return beforeDeadline(value, SHORTEST_MS, giveUp);
}

const SHORTEST_MS = 5;
const LATE = new Error('late');
