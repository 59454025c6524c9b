/*
 * The page of images and the albums that clients of Lsky show, by records in SQLite: of 10³ and of 10⁵ images, interleaved,
 * in one run. The bed's objects are not there at all: whatever would look at one finds nothing, and the check says so.
 */
import { strict as assert } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Member } from '../../src/services/access/access.ts';
import { createAlbumImages } from '../../src/services/library/album-images.ts';
import { createAlbums } from '../../src/services/library/albums.ts';
import { createEmbeds } from '../../src/services/objects/embeds.ts';
import { createSqliteImageRecords } from '../../src/stores/records/sqlite/image-records.ts';
import { imageRecord, numberedImageId } from '../support/image-record.ts';
import { BUCKET, createMemoryBed } from '../support/memory/bed.ts';

const SIZES = [1_000, 100_000];
const BATCH = 2_000;
const ROUNDS = 51;
const ALBUMS = 20;
/** The images of an album, however many the bed has. */
const IN_ALBUM = 40;
const BASE = Date.UTC(2024, 0, 1);
const MOUNT = 'https://example.com/imagepic';

interface Listings {
  readonly size: number;
  readonly asks: ReadonlyMap<string, () => Promise<{ readonly total: number }>>;
}

function recordOf(number: number, ownerId: string) {
  const album = number < ALBUMS * IN_ALBUM ? `album-${number % ALBUMS}/` : '2026/01/';
  const at = new Date(BASE + number * 1000);
  return imageRecord({
    imageId: numberedImageId(number),
    ownerId,
    bucket: BUCKET,
    key: `${album}IMG_${number}.png`,
    originalName: `holiday ${number}.png`,
    size: 10_000 + ((number * 7919) % 1_000_000),
    createdAt: at,
    updatedAt: at,
  });
}

async function open(size: number, folder: string): Promise<Listings> {
  const bed = await createMemoryBed();
  const { userId, caller } = await bed.person();
  const member: Member = caller;
  const records = createSqliteImageRecords({ file: join(folder, `${size}.db`), now: () => new Date() });
  for (let first = 0; first < size; first += BATCH) {
    const length = Math.min(BATCH, size - first);
    await Promise.all(Array.from({ length }, (_, index) => records.put(recordOf(first + index, userId))));
  }
  const { access, buckets, reader, links, store, documents } = bed;
  const completeRecords = async () => records;
  const parts = { documents, objectStore: store, buckets, reader, access, completeRecords };
  const albums = createAlbums({ ...parts, defaultBucket: BUCKET });
  const embeds = createEmbeds({ links, variantLinks: links, hasVariants: async () => false });
  const images = createAlbumImages({ ...parts, albums, links, embeds });
  for (let number = 0; number < ALBUMS; number += 1) {
    await albums.numberOf({ bucketName: BUCKET, folder: `album-${number}` });
  }
  const ask = (changes: object) => () =>
    images.page(member, { order: 'newest', keyword: '', page: 1, ...changes }, MOUNT);
  const albumId = await albums.numberOf({ bucketName: BUCKET, folder: 'album-3' });
  return {
    size,
    asks: new Map<string, () => Promise<{ readonly total: number }>>([
      ['images, page 1', ask({})],
      ['images, page 20', ask({ page: 20 })],
      ['images, the smallest', ask({ order: 'least' })],
      ['images of an album', ask({ albumId })],
      [`${ALBUMS} albums, counted`, () => albums.list(member, 1)],
      ['profile: how many albums', async () => ({ total: await albums.total(member) })],
    ]),
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Measures listings. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-listings-'));
  try {
    const beds = await Promise.all(SIZES.map((size) => open(size, folder)));
    for (const { size, asks } of beds) {
      assert.ok(((await asks.get('images, page 1')?.())?.total ?? 0) >= Math.min(size, 10_000));
      assert.equal((await asks.get('images of an album')?.())?.total, IN_ALBUM);
    }
    console.log(`Listings by records in SQLite, medians of ${ROUNDS} interleaved rounds`);
    console.log(`  ${''.padEnd(26)}${SIZES.map((size) => size.toLocaleString('en').padStart(14)).join('')}`);
    for (const name of beds[0]?.asks.keys() ?? []) {
      const times = beds.map((): number[] => []);
      for (let round = 0; round <= ROUNDS; round += 1) {
        for (const [index, { asks }] of beds.entries()) {
          const took = await time(asks.get(name) ?? (() => Promise.resolve()));
          if (round > 0) times[index]?.push(took);
        }
      }
      const medians = times.map(median);
      const growth = ((medians.at(-1) ?? 0) / (medians[0] ?? 0)).toFixed(2);
      console.log(
        `  ${name.padEnd(26)}${medians.map((ms) => `${ms.toFixed(2)} ms`.padStart(14)).join('')}   ×${growth}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
