import type { Lend } from '../../ports/image-transformer.ts';

/** What is kept of it for the next picture, each time: what photos of phones take. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/**
 * Memory that pictures are read into, one after another: what is allocated anew for each has V8 collect garbage, and the
 * system clear pages, for a tenth of the time that a variant takes.
 */
export type PictureMemory = <Result>(work: (lend: Lend) => Promise<Result>) => Promise<Result>;

/** Creates it; of as many pieces as there is work at once. */
export function createPictureMemory(): PictureMemory {
  const free: Uint8Array[] = [];
  return async (work) => {
    const lent: Uint8Array[] = [];
    const lend: Lend = (bytes) => {
      const kept = free.pop();
      const piece = kept !== undefined && kept.byteLength >= bytes ? kept : new Uint8Array(bytes);
      lent.push(piece);
      return piece.subarray(0, bytes);
    };
    try {
      return await work(lend);
    } finally {
      free.push(...lent.filter(({ byteLength }) => byteLength <= MAX_KEPT_BYTES));
    }
  };
}
