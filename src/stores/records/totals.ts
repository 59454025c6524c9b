import type { ImageTotal } from '../../ports/image-records.ts';
import { SAMPLES } from './encoding.ts';

/** Up to here images are counted one by one. */
const MAX_EXACT = 10_000;
/** How many are counted at most, and how many are looked at for an estimate. */
export const MAX_COUNTED = MAX_EXACT + 1;
export const MAX_SAMPLED = 4_000;

/** So many rows of the smallest samples were looked at, of which so many are counted, and the last has the sample `reach`. */
export interface Sampled {
  readonly looked: number;
  readonly hits: number;
  readonly reach: number;
}

/** How long a sample stands for what it is of, and how many are kept. */
const SAMPLE_MS = 60_000;
const MAX_SAMPLES = 500;

/** Keeps samples by what they are of: that there are more than can be counted is looked up each time, and how many more is an estimate anyway. */
export function createSamples(now: () => Date) {
  const kept = new Map<string, { readonly sampled: Sampled; readonly until: number }>();
  return (of: string, sample: () => Sampled): Sampled => {
    const time = now().getTime();
    const known = kept.get(of);
    if (known !== undefined && time < known.until) return known.sampled;
    const sampled = sample();
    if (kept.size >= MAX_SAMPLES) kept.clear();
    kept.set(of, { sampled, until: time + SAMPLE_MS });
    return sampled;
  };
}

/** What a count says; where it is more than can be counted one by one, `sample` looks at some. */
export async function toTotal(counted: number, sample: () => Promise<Sampled> | Sampled): Promise<ImageTotal> {
  if (counted <= MAX_EXACT) return { images: counted, isExact: true };
  const { looked, hits, reach } = await sample();
  const share = looked < MAX_SAMPLED ? 1 : (reach + 1) / SAMPLES;
  return { images: Math.max(MAX_COUNTED, Math.round(hits / share)), isExact: false };
}
