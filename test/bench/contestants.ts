import type * as images from '../../src/images/index.ts';
import type * as router from '../../src/router/index.ts';
import type { createFileObjectStore } from '../../src/stores/objects/file-system/object-store.ts';

/** A state of the code that is measured: this one, or a commit beside it. */
export interface Subject {
  readonly name: string;
  /** The server, built. */
  readonly server: string;
  /** The cloud function, built and compiled. */
  readonly function: string;
  readonly router: typeof router;
  readonly images: typeof images;
  readonly createFileObjectStore: typeof createFileObjectStore;
}

/** What one round of a contestant took. */
export interface Measured {
  /** In the unit of the row. */
  readonly value: number;
  /** Processor time of its process for one operation, in milliseconds, where it is known. */
  readonly cpu?: number | undefined;
}

/** Who takes part in a row: ours in one or two states, who does the same otherwise, and what nobody can do better. */
export interface Contestant {
  readonly name: string;
  readonly role: 'subject' | 'peer' | 'limit';
  measure(round: number): Promise<Measured>;
}

/** A line of the table. */
export interface Row {
  readonly name: string;
  readonly unit: '/s' | 'MB/s' | 'ns' | 'ms';
  /** Rounds that are counted, more where one is short. */
  readonly rounds: number;
  /** Runs `work` with the contestants, and clears them away. `undefined` where they cannot be had here. */
  during<T>(work: (contestants: readonly Contestant[]) => Promise<T>): Promise<T | undefined>;
}

/** The value in the middle. */
export const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;

/** Does a task `times` times, so many at once, and says how many a second. */
export async function perSecond(
  times: number,
  atOnce: number,
  task: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const started = performance.now();
  const work = async (): Promise<void> => {
    for (let index = next++; index < times; index = next++) await task(index);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return (times * 1000) / (performance.now() - started);
}

/** The same, with the processor time that a server has used meanwhile. */
export async function perSecondOf(
  { cpu }: { cpu(): Promise<number> },
  [times, atOnce]: readonly [times: number, atOnce: number],
  task: (index: number) => Promise<unknown>,
): Promise<Measured> {
  const before = await cpu();
  const value = await perSecond(times, atOnce, task);
  return { value, cpu: ((await cpu()) - before) / times };
}
