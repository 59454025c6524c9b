import { beforeEach, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../../src/ports/document-store.ts';
import { createListedFacts, LISTED_FACTS } from '../../../../src/services/objects/listed-facts.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let bed: MemoryBed;
let ann: MemoryPerson;
let heads: string[];
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  heads = [];
});

/** Another process on the same stores, whose requests for metadata are counted. */
const open = (isFailing: () => boolean = () => false, documents: DocumentStore = bed.documents) =>
  createListedFacts({
    ...bed,
    documents,
    store: {
      ...bed.store,
      head: async (bucket, key) => {
        heads.push(key);
        if (isFailing()) throw new Error('away');
        return bed.store.head(bucket, key);
      },
    },
  });
const putMany = async (count: number, from = 0) => {
  for (let index = from; index < from + count; index += 1) {
    const image = createImage({ bytes: Buffer.from(`image ${index}`), width: index + 1 });
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: `${String(index).padStart(5, '0')}.png` }, image);
  }
};
const listed = async () => {
  const { lists } = await bed.reader.list(ann.caller, {
    ...{ bucketName: BUCKET, prefix: '', pageSize: 10, pageNum: -1, recursive: true },
  });
  return lists.flatMap((entry) => ('name' in entry ? [entry] : []));
};
const widths = async (facts: ReturnType<typeof open>) =>
  (await facts.find(BUCKET, await listed())).map(({ width }) => width);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the facts of a listing', () => {
  it('are asked for once of each image, by one process', async () => {
    await putMany(20);
    const facts = open();
    expect(await widths(facts)).toEqual(upTo(20));
    expect(heads).toHaveLength(20);
    expect(await widths(facts)).toEqual(upTo(20));
    expect(heads).toHaveLength(20);
  });

  it('are read by another process from a document for some sixty images', async () => {
    await putMany(300);
    await widths(open());
    heads = [];
    const reads: string[] = [];
    const documents: DocumentStore = {
      ...bed.documents,
      read: async (...at) => {
        reads.push(at[1]);
        return bed.documents.read(...at);
      },
    };
    expect(await widths(open(undefined, documents))).toEqual(upTo(300));
    expect(heads.length).toBeLessThan(4);
    expect(reads.length).toBeLessThan(12);
  });

  it('are found anew only around an image that comes or goes', async () => {
    await putMany(300);
    await widths(open());
    await bed.objects.remove(ann.caller, BUCKET, '00150.png');
    heads = [];
    expect(await widths(open())).toEqual(upTo(300).filter((width) => width !== 151));
    expect(heads.length).toBeGreaterThan(0);
    expect(heads.length).toBeLessThan(300);
    heads = [];
    await widths(open());
    expect(heads.length).toBeLessThan(4);
  });

  it('are those of the image that is listed, and not of one that replaced it meanwhile', async () => {
    await putMany(4);
    const before = await listed();
    await bed.put(
      ann.caller,
      { bucketName: BUCKET, objectName: '00001.png' },
      createImage({ bytes: Buffer.from('other'), width: 99 }),
    );
    const found = await open().find(BUCKET, before);
    expect(found.map(({ width }) => width)).toEqual([1, undefined, 3, 4]);
  });

  it('are left out of a listing whose store does not answer, and found by the next', async () => {
    await putMany(40);
    let isFailing = true;
    const facts = open(() => isFailing);
    expect(await widths(facts)).toEqual(upTo(40).map(() => undefined));
    expect(heads.length).toBeLessThanOrEqual(16);
    isFailing = false;
    expect(await widths(facts)).toEqual(upTo(40));
  });

  it('are asked for of a thousand images in one listing at most', async () => {
    await putMany(1);
    const [image] = await listed();
    const many = Array.from({ length: 1500 }, (_, index) => ({
      name: '00000.png',
      lastModified: '',
      size: index,
      etag: image?.etag ?? '',
    }));
    const facts = open();
    const found = await facts.find(BUCKET, many);
    expect([heads.length, found.filter(({ width }) => width !== undefined).length]).toEqual([1000, 1000]);
    await facts.find(BUCKET, many);
    expect(heads).toHaveLength(1500);
  });

  it('are nothing of what came past the service, of which the store is asked again after a while', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      await bed.store.put(BUCKET, key, Buffer.from(key), { contentType: 'image/png' });
    }
    const facts = open();
    expect(await facts.find(BUCKET, await listed())).toEqual([{}, {}, {}, {}, {}]);
    await facts.find(BUCKET, await listed());
    await open().find(BUCKET, await listed());
    expect(heads).toHaveLength(5);
    bed.clock.now += 1.5 * DAY_MS;
    await open().find(BUCKET, await listed());
    expect(heads).toHaveLength(10);
  });

  it('are forgotten when nobody has looked for two months', async () => {
    await putMany(20);
    await widths(open());
    const { documents } = await bed.documents.list(LISTED_FACTS.name, { limit: 10 });
    expect(documents.length).toBeGreaterThan(0);
    const isKept = (days: number) =>
      documents.every(
        ({ id, doc }) => LISTED_FACTS.expire(id, doc, new Date(bed.clock.now + days * DAY_MS)) === undefined,
      );
    expect([isKept(59), isKept(61)]).toEqual([true, false]);
  });
});
