import { EventEmitter, once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../../src/logger.ts';
import { VARIANTS_PREFIX } from '../../../../src/naming/variant.ts';
import type { Transformation } from '../../../../src/ports/image-transformer.ts';
import type { ObjectStore } from '../../../../src/ports/object-store.ts';
import type { Caller, Member } from '../../../../src/services/access/access.ts';
import { forgetVariants } from '../../../../src/services/variants/forget-variants.ts';
import { openVariants } from '../../../../src/services/variants/open-variants.ts';
import { createVariantRecords, VARIANTS } from '../../../../src/services/variants/variant-records.ts';
import { BUCKET, createMemoryBed } from '../../../support/memory/bed.ts';

const PLACE = { bucketName: BUCKET, objectName: 'a.png' };
const MADE = Buffer.from('made');

let bed: Awaited<ReturnType<typeof createMemoryBed>>;
let caller: Member;
/** What was asked of the transformer, one entry a picture that it made. */
let encoded: Transformation[];
/** What happens while a picture is made. */
let whileMade: () => Promise<unknown>;
let bytesMade: Buffer;

beforeEach(async () => {
  bed = await createMemoryBed();
  ({ caller } = await bed.person());
  encoded = [];
  bytesMade = MADE;
  whileMade = async () => undefined;
  await bed.put(caller, PLACE);
});

/** The variants of one process, by a transformer that counts. */
function open(store: ObjectStore = bed.store) {
  const { documents, reader, recallHolder, links, now } = bed;
  return openVariants({
    ...{ documents, store, reader, recallHolder, links, now },
    redirects: undefined,
    keys: [Buffer.alloc(32, 7)],
    logger: createLogger(() => undefined, now),
    transformer: {
      transform: async (read, to) => {
        await read((bytes) => new Uint8Array(bytes));
        encoded.push(to);
        await whileMade();
        return { bytes: bytesMade, contentType: `image/${to.format}`, width: 2, height: 2 };
      },
    },
  });
}

const ask = async (
  { variants }: ReturnType<typeof open>,
  query: string,
  { as = caller, ...more }: { readonly as?: Caller; readonly accept?: string; readonly range?: { start: number } } = {},
) => {
  const wanted = { ...PLACE, accept: undefined, withBody: true, query: new URLSearchParams(query), ...more };
  const opened = await variants.open(as, wanted);
  if (!('body' in opened)) throw new TypeError('neither known nor made elsewhere');
  const { body, isOriginal, range } = opened;
  return { text: (body === undefined ? Buffer.alloc(0) : await buffer(body)).toString(), isOriginal, range };
};

const kept = async (): Promise<number> =>
  (await bed.store.list(BUCKET, { prefix: VARIANTS_PREFIX, limit: 1000 })).objects.length;
const records = async (): Promise<number> => (await bed.documents.list(VARIANTS.name, { limit: 9 })).documents.length;

describe('a variant', () => {
  it.each([
    ['png', 'w=320&f=webp', true],
    ['avif', 'p=thumb', true],
    ['png', 'p=thumb&anim=0', undefined],
    ['webp', 'p=thumb', undefined],
  ])('of a moving %s by %s is the image itself where it would stand still', async (format, query, isOriginal) => {
    const metadata = { width: '9', height: '9', frames: '3' };
    await bed.store.put(BUCKET, PLACE.objectName, Buffer.alloc(9000), { contentType: `image/${format}`, metadata });
    expect((await ask(open(), query)).isOriginal).toBe(isOriginal);
  });

  it('leaves nothing open where the image itself stands for it', async () => {
    const unread = new Set<string>();
    const store: ObjectStore = {
      ...bed.store,
      get: async (bucket, key, options) => {
        const opened = await bed.store.get(bucket, key, options);
        if (opened === undefined) return undefined;
        unread.add(key);
        const body = async function* () {
          yield* opened.body;
          unread.delete(key);
        };
        return { ...opened, body: body() };
      },
    };
    bytesMade = Buffer.from('larger than the image itself');
    const service = open(store);
    for (const _ of [1, 2, 3]) expect((await ask(service, 'w=320', { accept: 'image/webp' })).isOriginal).toBe(true);
    expect([...unread]).toEqual([]);
  });

  it('is encoded once for a hundred that ask at once, and never again', async () => {
    const service = open();
    await Promise.all(Array.from({ length: 100 }, () => ask(service, 'w=320&f=webp')));
    expect((await ask(service, 'w=320&f=webp')).text).toBe('made');
    expect(encoded).toHaveLength(1);
  });

  it('is encoded at most once a process', async () => {
    const processes = [open(), open()] as const;
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => ask(processes[index % 2 === 0 ? 0 : 1], 'w=320&f=webp')),
    );
    expect(encoded.length).toBeLessThanOrEqual(2);
    await ask(open(), 'w=320&f=webp');
    expect(encoded.length).toBeLessThanOrEqual(2);
  });

  it('is not encoded again by who looked for it before it was there, and hears of that after', async () => {
    const gate = new EventEmitter();
    let looks = 0;
    const service = open({
      ...bed.store,
      get: async (bucket, key, options) => {
        const found = await bed.store.get(bucket, key, options);
        if (!key.startsWith(VARIANTS_PREFIX)) return found;
        looks += 1;
        if (looks === 1) await once(gate, 'both have looked');
        else if (looks === 2) {
          gate.emit('both have looked');
          await once(gate, 'one has it');
        }
        return found;
      },
    });
    const [one, other] = [ask(service, 'w=320&f=webp'), ask(service, 'w=320&f=webp')];
    await one;
    gate.emit('one has it');
    expect((await other).text).toBe('made');
    expect(encoded).toHaveLength(1);
  });

  it.each([
    ['a JPEG or PNG that is to stand still, as it does', ['w=320&f=webp', 'w=320&f=webp&anim=0']],
    ['a still format', ['w=320&f=avif', 'w=320&f=avif&anim=0', 'w=320&f=avif&anim=1']],
    ['the quality of a format that has none', ['w=320&f=png', 'w=320&f=png&q=5', 'w=320&f=png&q=95']],
  ])('is one for %s', async (_, queries) => {
    const service = open();
    for (const query of queries) await ask(service, query);
    expect(encoded).toHaveLength(1);
  });

  it('is the image where a signature says nothing else', async () => {
    const service = open();
    const { url } = await service.addresses.make(caller, PLACE, { parameters: {}, expiresInSeconds: 60, mountUrl: '' });
    expect(url).toMatch(/\?e=\d+&s=/);
    const as = { kind: 'anonymous', rejectedToken: false } as const;
    expect(await ask(service, url.split('?')[1] ?? '', { as })).toMatchObject({ text: 'an image' });
    expect(encoded).toEqual([]);
  });

  it('gives a part of the image that stands for it', async () => {
    bytesMade = Buffer.from('larger than the image itself');
    const service = open();
    expect(await ask(service, 'w=320', { accept: 'image/webp' })).toMatchObject({ text: 'an image', isOriginal: true });
    expect(await ask(service, 'w=320', { accept: 'image/webp', range: { start: 3 } })).toMatchObject({
      ...{ text: 'image', isOriginal: true, range: { start: 3, end: 7 } },
    });
    await ask(service, 'w=640&f=webp');
    const refused = ask(service, 'w=640&f=webp', { range: { start: 1000 } });
    await expect(refused).rejects.toMatchObject({ code: 'InvalidRange' });
  });
});

describe('an image that goes', () => {
  it.each([
    ['is removed', () => bed.objects.remove(caller, PLACE.bucketName, PLACE.objectName)],
    [
      'is replaced past this service',
      () => bed.store.put(BUCKET, PLACE.objectName, Buffer.from('another'), { contentType: 'image/png' }),
    ],
  ])('takes what is still being made of it along when it %s', async (_, act) => {
    const books = createVariantRecords(bed);
    bed.events.on(
      forgetVariants(
        books,
        createLogger(() => undefined, bed.now),
      ),
    );
    whileMade = act;
    expect((await ask(open(), 'w=320&f=webp')).text).toBe('made');
    expect([await kept(), await records()]).toEqual([0, 0]);
  });

  it('leaves nothing of what was purged between its note and its bytes', async () => {
    const service = open({
      ...bed.store,
      put: async (...put) => {
        await open().purge(caller, PLACE);
        return bed.store.put(...put);
      },
    });

    expect((await ask(service, 'w=320&f=webp')).text).toBe('made');

    expect([await kept(), await records()]).toEqual([0, 0]);
  });

  it('leaves a record of what the store did not remove', async () => {
    const service = open();
    await ask(service, 'w=320&f=webp');
    const stuck = open({
      ...bed.store,
      removeMany: async (_, keys) => keys.map((key) => ({ key, outcome: 'failed' as const, cause: new Error('no') })),
    });
    await expect(stuck.purge(caller, PLACE)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect([await kept(), await records()]).toEqual([1, 1]);
    expect(await service.purge(caller, PLACE)).toBe(1);
    expect([await kept(), await records()]).toEqual([0, 0]);
  });
});
