/*
 * Records of images in SQLite and PostgreSQL: what is asked of 10³, 10⁵ and 10⁶ of them, interleaved, in one run. SQLite is
 * loaded through its adapter, which commits in one go what comes at once; PostgreSQL by rows made of the adapter's parts.
 */
import { strict as assert } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import pg from 'pg';
import type { ImageRecord, ImageRecords, ImageSearch } from '../../src/ports/image-records.ts';
import { toCursor } from '../../src/stores/records/cursor.ts';
import { decodeRecord, toRow } from '../../src/stores/records/encoding.ts';
import { createPostgresImageRecords } from '../../src/stores/records/postgres/image-records.ts';
import { createSqliteImageRecords } from '../../src/stores/records/sqlite/image-records.ts';
import { termsOf } from '../../src/stores/records/terms.ts';
import { nextRevision } from '../../src/stores/revision.ts';
import { imageRecord, numberedImageId } from '../support/image-record.ts';
import { isPostgresMissing, type Postgres, startPostgres } from '../support/postgres.ts';

const ROUNDS = 51;
const BATCH = 2_000;
const PAGE = 50;
const DEPTH = 1_000;
/** The images that a rare word finds, and those of the album, however many there are. */
const RARE = 20;
const IN_ALBUM = 200;
const BASE = Date.UTC(2020, 0, 1);
const NOUNS = 'harbour mountain river garden street market window portrait bridge forest 城市 日落 山谷 海边'.split(
  ' ',
);
const KINDS = 'early quiet yellow winter summer narrow distant broken golden 旧的 夜里 雨后'.split(' ');

const SEARCH: ImageSearch = {
  within: [{ bucket: 'images', prefix: '' }],
  state: 'present',
  order: 'newest',
  limit: PAGE,
};
const WORD: ImageSearch = { ...SEARCH, text: 'seaside' };
const RARE_WORD: ImageSearch = { ...SEARCH, text: 'penguin' };
const TAG: ImageSearch = { ...SEARCH, tags: ['travel'] };
const ALBUM: ImageSearch = { ...SEARCH, album: 'album-of-all' };

interface Bed {
  readonly size: number;
  readonly records: ImageRecords;
  /** Reads these by their ids in one statement: what the rows of a page take by themselves. */
  readMany(imageIds: readonly string[]): Promise<readonly ImageRecord[]>;
  close(): Promise<void>;
}

interface Store {
  readonly name: string;
  /** Records of so many images, loaded. */
  open(size: number): Promise<Bed>;
}

type Measure = (bed: Bed, round: number) => Promise<unknown>;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const isOneOf = (number: number, size: number, many: number): boolean => number % Math.max(1, size / many) === 0;

/** The record of a number: the higher, the newer. */
function recordOf(number: number, size: number): ImageRecord {
  const words = [KINDS[number % KINDS.length], NOUNS[(number * 7 + (number >> 5)) % NOUNS.length]];
  if (number % 100 === 0) words.push('seaside');
  if (isOneOf(number, size, RARE)) words.push('penguin');
  const at = new Date(BASE + number * 1000);
  return imageRecord({
    imageId: numberedImageId(number),
    key: `2026/${String((number % 12) + 1).padStart(2, '0')}/IMG_${number}.png`,
    ownerId: `user-${number % 50}`,
    title: words.join(' '),
    originalName: `IMG_${number}.png`,
    tags: [`tag-${number % 40}`, ...(number % 1000 === 0 ? ['travel'] : [])],
    albumIds: isOneOf(number, size, IN_ALBUM) ? ['album-of-all'] : [],
    size: 10_000 + ((number * 7919) % 1_000_000),
    createdAt: at,
    updatedAt: at,
  });
}

async function load(size: number, keep: (records: readonly ImageRecord[]) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < size; first += BATCH) {
    const length = Math.min(BATCH, size - first);
    await keep(Array.from({ length }, (_, index) => recordOf(first + index, size)));
  }
}

/** What was loaded is there for the adapter: by id, by a word, a tag and the album. */
async function check({ records, size }: Bed): Promise<void> {
  for (const number of [0, size >> 1, size - 1]) {
    const { revision, ...found } = (await records.get(numberedImageId(number))) ?? {};
    assert.deepEqual(found, recordOf(number, size), `record ${number}, revision ${revision}`);
  }
  const numbers = async (search: ImageSearch) =>
    (await records.search({ ...search, limit: 1000 })).images.map(({ imageId }) => Number(imageId));
  const every = (step: number): number[] => {
    const all = Array.from({ length: Math.ceil(size / step) }, (_, index) => index * step);
    return all.reverse().slice(0, 1000);
  };
  assert.deepEqual(await numbers(WORD), every(100));
  assert.deepEqual(await numbers(RARE_WORD), every(size / RARE));
  assert.deepEqual(await numbers(TAG), every(1000));
  assert.deepEqual(await numbers(ALBUM), every(size / IN_ALBUM));
}

/** Its columns are texts. */
const decodeRow = (row: unknown): ImageRecord => {
  const { record, revision } = row as Readonly<Record<string, string>>;
  return decodeRecord(record, revision);
};

const openSqlite = (folder: string): Store => ({
  name: 'SQLite',
  open: async (size) => {
    const file = join(folder, `${size}.db`);
    const records = createSqliteImageRecords({ file, now: () => new Date() });
    await load(size, (batch) => Promise.all(batch.map((record) => records.put(record))));
    const connection = new Libsql(file);
    const select = connection.prepare<unknown[]>(
      'SELECT revision, record FROM images WHERE image_id IN (SELECT value FROM json_each(?))',
    );
    const readMany: Bed['readMany'] = async (imageIds) => select.all(JSON.stringify(imageIds)).map(decodeRow);
    return { size, records, readMany, close: async () => void connection.close() };
  },
});

const openPostgres = ({ connection, sql }: Postgres): Store => ({
  name: 'PostgreSQL',
  open: async (size) => {
    const database = `bench_${size}`;
    await sql(`CREATE DATABASE ${database}`);
    const records = createPostgresImageRecords({ ...connection, database, now: () => new Date() });
    // The adapter makes its table.
    await records.ping();
    const { host, port, user, password } = connection;
    const client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    const insert = `INSERT INTO imagepic_images
      SELECT * FROM json_populate_recordset(NULL::imagepic_images, $1::json)`;
    await load(size, (batch) => {
      const rows = batch.map((record) => ({
        ...toRow(record),
        revision: nextRevision(undefined),
        terms: termsOf(record),
      }));
      return client.query(insert, [JSON.stringify(rows)]);
    });
    // What the server does by itself a while after so many writes.
    await client.query('VACUUM ANALYZE imagepic_images');
    const select = 'SELECT revision, record FROM imagepic_images WHERE image_id = ANY ($1)';
    const readMany: Bed['readMany'] = async (imageIds) => (await client.query(select, [imageIds])).rows.map(decodeRow);
    const close = async () => void (await Promise.all([client.end(), records.close?.()]));
    return { size, records, readMany, close };
  },
});

/** Where the page of this depth begins, or the last whole one where there are not so many. */
function pageAt(depth: number, size: number): ImageSearch {
  const pages = Math.min(depth - 1, size / PAGE - 1);
  return { ...SEARCH, after: toCursor(recordOf(size - pages * PAGE, size), 'newest') };
}

/** The ids of a page of the tag, which lie apart as those of every search but for all do. */
const scattered = (size: number): readonly string[] =>
  Array.from({ length: Math.min(PAGE, size / 1000) }, (_, index) => numberedImageId(size - 1000 * (index + 1)));

const READ = 'read by id';
const INSERT = 'insert';
const MEASURES = new Map<string, Measure>([
  [READ, ({ records, size }, round) => records.get(numberedImageId((round * 7919) % size))],
  [`${PAGE} by id in one statement`, ({ size, readMany }) => readMany(scattered(size))],
  [`word, in every 100th`, ({ records }) => records.search(WORD)],
  [`word, in ${RARE}`, ({ records }) => records.search(RARE_WORD)],
  ['tag, of every 1,000th', ({ records }) => records.search(TAG)],
  [`album of ${IN_ALBUM}`, ({ records }) => records.search(ALBUM)],
  ['newest page, depth 1', ({ records }) => records.search(SEARCH)],
  [`newest page, depth ${DEPTH}`, ({ records, size }) => records.search(pageAt(DEPTH, size))],
  [INSERT, ({ records, size }, round) => records.put(recordOf(size + round, size))],
]);

/** The median of each measure of each bed, in milliseconds, by measure; a first round counts for nothing. */
async function measure(beds: readonly Bed[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map([...MEASURES.keys()].map((name) => [name, beds.map((): number[] => [])]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, work] of MEASURES) {
      // Each goes first in its turn: whoever does has colder caches.
      for (const index of beds.map((_, place) => (place + round) % beds.length)) {
        const bed = beds[index];
        if (bed === undefined) continue;
        const started = performance.now();
        await work(bed, round);
        if (round > 0) times.get(name)?.[index]?.push(performance.now() - started);
      }
    }
  }
  return new Map([...times].map(([name, ofBeds]) => [name, ofBeds.map(median)]));
}

function report(sizes: readonly number[], medians: ReadonlyMap<string, readonly number[]>): void {
  const reads = medians.get(READ) ?? [];
  console.log(`  ${''.padEnd(26)}${sizes.map((size) => size.toLocaleString('en').padStart(22)).join('')}`);
  for (const [name, times] of medians) {
    const cells = times.map((time, index) => {
      const ratio = `×${(time / (reads[index] ?? Number.NaN)).toFixed(1)}`;
      return `${time.toFixed(2).padStart(12)} ms ${ratio.padStart(6)}`;
    });
    const base = times.at(name === INSERT ? 0 : -2) ?? Number.NaN;
    const growth = ((times.at(-1) ?? Number.NaN) / base).toFixed(2);
    console.log(`  ${name.padEnd(26)}${cells.join('')}   ×${growth}`);
  }
}

async function compare(store: Store, sizes: readonly number[]): Promise<void> {
  const beds: Bed[] = [];
  for (const size of sizes) {
    const started = performance.now();
    const bed = await store.open(size);
    await check(bed);
    beds.push(bed);
    console.log(`${store.name}: ${size} loaded in ${((performance.now() - started) / 1000).toFixed(0)} s, found again`);
  }
  const medians = await measure(beds);
  console.log(`\n${store.name}: pages of ${PAGE}, medians of ${ROUNDS} interleaved rounds; × a read by id of as many;`);
  console.log(`at the end the most over the next fewer, and for ${INSERT} over the fewest`);
  report(sizes, medians);
  console.log('');
  for (const { close } of beds) await close();
}

/** Measures records. IMAGEPIC_BENCH_RECORDS names other numbers of them, rising multiples of 1,000. */
export async function run(): Promise<void> {
  const sizes = (process.env['IMAGEPIC_BENCH_RECORDS'] ?? '1000,100000,1000000').split(',').map(Number);
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-records-'));
  try {
    await compare(openSqlite(folder), sizes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (isPostgresMissing) return console.log('PostgreSQL: left out, it is not installed');
  const postgres = await startPostgres();
  try {
    await compare(openPostgres(postgres), sizes);
  } finally {
    await postgres.stop();
  }
}
