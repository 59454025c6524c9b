import { randomBytes } from 'node:crypto';
import { toUlid } from '../../../src/naming/ulid.ts';
import type { ImageRecord, ImageRecords } from '../../../src/ports/image-records.ts';
import type { Caller, Member } from '../../../src/services/access/access.ts';
import { createExpiries } from '../../../src/services/library/expiries.ts';
import { createImageAlbums } from '../../../src/services/library/image-albums.ts';
import { createImageChanges } from '../../../src/services/library/image-changes.ts';
import { createImageSearch, type ImageQueries, refuse } from '../../../src/services/library/image-search.ts';
import { BUCKET, createMemoryBed, START } from './bed.ts';

/** Where answers say that images are. */
export const MOUNT = 'https://img.example.com/imagepic';

/** Two people who need no account to ask. */
export const ANN = `u_${'a'.repeat(32)}`;
export const BOB = `u_${'b'.repeat(32)}`;

/** Two buckets of the bed's own, and one that only the store has. */
export const OWN = [BUCKET, 'second'];
export const FOREIGN = 'foreign';

const KEYS = ['cat.png', 'team/cat.png', 'team/a/dog.png', 'teams/dog.png', `${ANN}/cat.png`, `${BOB}/team/dog.png`];

/** The id of the image of this number. */
export const idOf = (number: number): string => toUlid(START + number, Buffer.alloc(10, number));
/** A record of a bed in memory: of `<number>.png` unless told otherwise. */
export const record = (number: number, changes: Partial<ImageRecord> = {}): ImageRecord => ({
  imageId: idOf(number),
  ...{ bucket: BUCKET, key: `${number}.png`, title: '', originalName: '', description: '', tags: [], albumIds: [] },
  ...{ contentType: 'image/png', size: number, createdAt: new Date(START + number), updatedAt: new Date(START) },
  ...changes,
});

/** An image at every key of every bucket, no two of them alike in all that is asked for. */
export const RECORDS = [...OWN, FOREIGN].flatMap((bucket, first) =>
  KEYS.map((key, second) => {
    const number = 1 + first * KEYS.length + second;
    return record(number, {
      ...{ bucket, key, size: 1 + (number % 4), createdAt: new Date(START + (number % 5) * 1000) },
      ...(number % 3 > 0 && { ownerId: number % 3 === 1 ? ANN : BOB }),
      title: number % 2 === 0 ? 'holiday' : '',
      tags: [...(number % 2 === 0 ? ['pets'] : []), ...(number % 3 === 0 ? ['big'] : [])],
      contentType: number % 4 === 0 ? 'image/gif' : 'image/png',
      ...{ width: 3, height: 2, frames: 1, thumbhash: 'x' },
    });
  }),
);

/** Ann, or what she is told to be. */
export const member = (changes: Partial<Member> = {}): Member => ({
  ...{ kind: 'member', userId: ANN, role: 'member', grants: [], quota: {} },
  ...changes,
});
/** Who may do everything. */
export const admin = member({ role: 'admin' });
/** Opens a bed in memory that can be searched, by its own records or by others. */
export async function openSearchedBed(kind: 'shared' | 'private' = 'shared', others?: ImageRecords) {
  const bed = await createMemoryBed({ bed: kind, hasRecords: true });
  await bed.buckets.make('second', 'private');
  await bed.store.makeBucket(FOREIGN);
  const { access, buckets, links, library } = bed;
  const records = others ?? library?.records;
  if (records === undefined) throw new TypeError('it has records');
  const { documents } = bed;
  const newId = () => randomBytes(16).toString('hex');
  const imageChanges = createImageChanges({
    records,
    access,
    buckets,
    expiries: createExpiries(bed.documents),
    now: () => new Date(START),
  });
  const albums = createImageAlbums({
    imageChanges,
    refuse,
    records,
    documents,
    buckets,
    access,
    bed: kind,
    newId,
    now: () => new Date(START),
  });
  return {
    bed,
    access,
    records,
    albums,
    queries: createImageSearch({ records, buckets, access, links, albums, documents }),
  };
}

/** A question, of which only what matters need be said. */
export type Question = Omit<Parameters<ImageQueries['search']>[1], 'pageSize'> & {
  readonly pageSize?: number;
};

/** Asks for one page. */
export const ask = (queries: ImageQueries, caller: Caller, question: Question = {}) =>
  queries.search(caller, { pageSize: 50, ...question }, MOUNT);

/** Turns all pages. */
export async function askAll(queries: ImageQueries, caller: Caller, question: Question) {
  const pages = [await ask(queries, caller, question)];
  for (let token = pages[0]?.continuationToken; token !== undefined; token = pages.at(-1)?.continuationToken)
    pages.push(await ask(queries, caller, { ...question, continuationToken: token }));
  return pages;
}

/** Stores records. */
export async function fill(records: ImageRecords, all: readonly ImageRecord[]): Promise<void> {
  for (const one of all) await records.put(one);
}
