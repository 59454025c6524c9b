import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { Bed, NodeSource } from '../../src/client/node/index.ts';
import { streamLargePng } from './large-png.ts';
import { makePng } from './png.ts';

const MIB = 1024 ** 2;

/** Writes so many small pictures and so many large ones, each unlike any other. @returns their paths */
export async function makeImageFiles(
  folder: string,
  { small, large }: { readonly small: number; readonly large: number },
): Promise<readonly string[]> {
  const paths = Array.from({ length: small + large }, (_, index) => join(folder, `${index}.png`));
  for (const [index, path] of paths.entries()) {
    // Of the large ones each has another size, from a whole put to three parts.
    const bytes = index < small ? undefined : await buffer(streamLargePng((5 + 2 * (index - small)) * MIB));
    await writeFile(path, bytes ?? makePng(10 + (index % 50), 40, { noise: true }));
  }
  return paths;
}

/** Holds a bed to having these files in `folder`, each once, and nothing else. */
export async function expectExactly(bed: Bed<NodeSource>, paths: readonly string[], folder = ''): Promise<void> {
  const { lists } = await bed.object.listObjects({ bucketName: 'images', recursive: true, pageNum: -1 });
  const stored = lists.flatMap((entry) => ('name' in entry ? [{ name: entry.name, size: entry.size }] : []));
  const expected = await Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(path);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { name: `${folder}${sha256.slice(0, 32)}.png`, size: bytes.byteLength };
    }),
  );
  const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
    one.name < other.name ? -1 : 1;
  expect(stored.sort(byName)).toEqual(expected.sort(byName));
  // The books of what was acknowledged are right once the killed calls are settled.
  let cursor: string | undefined;
  do {
    const slice: Awaited<ReturnType<typeof bed.bucket.reconcile>> = await bed.bucket.reconcile({
      repair: true,
      ...(cursor !== undefined && { cursor }),
    });
    ({ cursor } = slice);
  } while (cursor !== undefined);
  const bytes = expected.reduce((sum, { size }) => sum + size, 0);
  expect((await bed.auth.me()).usage).toEqual({ objects: paths.length, bytes });
}
