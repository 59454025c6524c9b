import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageRecord, ImageRecords, ImageSearch } from '../../src/ports/image-records.ts';
import { imageRecord, newImageId } from '../support/image-record.ts';
import { describeImageRecordsModel } from './image-records-model.suite.ts';
import { describeImageSearch } from './image-records-search.suite.ts';

/** Records to test, and what closes them. */
export interface OpenedImageRecords {
  readonly records: ImageRecords;
  close(): Promise<void>;
}

const NASTY = [
  '\'"`',
  '%',
  '_',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00a',
  '\\',
  '\n',
  "'); DROP TABLE images; --",
  '\u{10ffff}',
];
const refused = { code: 'InvalidArgument' };

/** How often the property is tried; 5,000 are some minutes for each adapter. */
const RUNS = Number(process.env['IMAGEPIC_MODEL_RUNS'] ?? 30);

/** States what all adapters of `ImageRecords` promise. */
export function describeImageRecords(
  name: string,
  open: () => Promise<OpenedImageRecords>,
  { numRuns = RUNS }: { readonly numRuns?: number } = {},
): void {
  describe(`${name} image records`, () => {
    let opened: OpenedImageRecords;
    let records: ImageRecords;

    beforeAll(async () => {
      opened = await open();
      records = opened.records;
    });
    afterAll(async () => {
      await records.close?.();
      await opened.close();
    });

    const stored = async (given: Partial<ImageRecord> = {}) => {
      const record = imageRecord(given);
      expect(await records.put(record)).toBe(true);
      const { revision = '' } = (await records.get(record.imageId)) ?? {};
      return { record, revision };
    };

    const full: Partial<ImageRecord> = {
      ...{
        ownerId: 'u_1',
        title: '猫 🐱',
        originalName: 'IMG_1.HEIC',
        description: 'line\nbreak',
        tags: ['猫', 'cat'],
      },
      ...{ albumIds: ['a1', 'a2'], contentType: 'image/avif', size: Number.MAX_SAFE_INTEGER, width: 1, height: 0 },
      ...{ frames: 12, sha256: 'a'.repeat(64), thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI' },
      ...{ createdAt: new Date(0), updatedAt: new Date('9999-12-31T23:59:59.999Z') },
      ...{ expiresAt: new Date(1), removedAt: new Date(2) },
    };

    describe('put and get', () => {
      it.each<[string, Partial<ImageRecord>]>([
        ['with nothing but what must be', {}],
        ['with all that may be', full],
        ['with a key of 1,024 bytes', { key: `${'图'.repeat(341)}a` }],
        ['512 folders down', { key: `${'a/'.repeat(511)}a` }],
        ['with as much text as there may be', { title: '猫'.repeat(1024), description: 'ﷺ'.repeat(10_000) }],
        ['with a hundred long tags', { tags: Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(200, '图')) }],
      ])('give back a record %s', async (_, given) => {
        const { record, revision } = await stored(given);
        expect(await records.get(record.imageId)).toEqual({ ...record, revision });
      });

      it.each(NASTY)('give back %j wherever people write', async (text) => {
        const { record, revision } = await stored({ title: text, originalName: text, description: text, tags: [text] });
        expect(await records.get(record.imageId)).toEqual({ ...record, revision });
        const within = [{ bucket: 'images', prefix: '' }];
        const found = await records.search({ within, tags: [text], state: 'present', order: 'newest', limit: 10 });
        expect(found.images).toEqual([{ ...record, revision }]);
        await records.remove(record.imageId);
      });

      it('know nothing of an image that has no record', async () => {
        expect(await records.get(newImageId())).toBeUndefined();
      });

      it('keep the first of two of one id', async () => {
        const { record, revision } = await stored({ title: 'first' });
        expect(await records.put({ ...record, title: 'second' })).toBe(false);
        expect(await records.get(record.imageId)).toEqual({ ...record, revision });
      });

      it('let one of many at once put a record', async () => {
        const record = imageRecord();
        const won = await Promise.all(
          Array.from({ length: 20 }, (_, index) => records.put({ ...record, title: `${index}` })),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect((await records.get(record.imageId))?.title).toBe(`${won.indexOf(true)}`);
      });

      it('share no value with who called', async () => {
        const tags = ['a'];
        const { record } = await stored({ tags });
        tags.push('b');
        const found = await records.get(record.imageId);
        Reflect.get(found ?? {}, 'tags').push('c');
        expect((await records.get(record.imageId))?.tags).toEqual(['a']);
      });
    });

    describe('replace', () => {
      it('stores where the revision is the stored one, and gives a new one', async () => {
        const { record, revision } = await stored();
        const next = { ...record, ...full };
        expect(await records.replace(next, revision)).toBe(true);
        const found = await records.get(record.imageId);
        expect(found).toEqual({ ...next, revision: found?.revision });
        expect(found?.revision).not.toBe(revision);
      });

      it('changes nothing where it is another, or the record is gone', async () => {
        const { record, revision } = await stored();
        await records.replace({ ...record, title: 'second' }, revision);
        for (const stale of [revision, '', 'x', '\0', "' OR 1=1 --", '\ud800']) {
          expect(await records.replace({ ...record, title: 'third' }, stale)).toBe(false);
        }
        const { revision: current = '', title } = (await records.get(record.imageId)) ?? {};
        expect(title).toBe('second');
        await records.remove(record.imageId);
        expect(await records.replace(record, current)).toBe(false);
        expect(await records.get(record.imageId)).toBeUndefined();
      });

      it('lets one of many at once through', async () => {
        const { record, revision } = await stored();
        const done = await Promise.all(
          Array.from({ length: 20 }, (_, index) => records.replace({ ...record, title: `${index}` }, revision)),
        );
        expect(done.filter(Boolean)).toHaveLength(1);
        expect((await records.get(record.imageId))?.title).toBe(`${done.indexOf(true)}`);
      });

      it('never takes a revision of a life before', async () => {
        const { record, revision } = await stored();
        await records.remove(record.imageId);
        await records.put(record);
        expect(await records.replace(record, revision)).toBe(false);
      });
    });

    it('removes a record only as it was known, where that is said', async () => {
      const { record, revision } = await stored();
      expect(await records.replace({ ...record, title: 'Another' }, revision)).toBe(true);
      expect(await records.remove(record.imageId, revision)).toBe(false);
      const known = await records.get(record.imageId);
      expect(known).toMatchObject({ title: 'Another' });
      expect(await records.remove(record.imageId, known?.revision)).toBe(true);
      expect(await records.get(record.imageId)).toBeUndefined();
      expect(await records.remove(record.imageId, revision)).toBe(true);
    });

    it('removes a record, also one that is gone', async () => {
      const { record } = await stored();
      await records.remove(record.imageId);
      await records.remove(record.imageId);
      expect(await records.get(record.imageId)).toBeUndefined();
      expect(await records.put(record)).toBe(true);
    });

    it.each<[string, Partial<Record<keyof ImageRecord, unknown>>]>([
      ['imageId', { imageId: 'x' }],
      ['imageId', { imageId: "0000000000000000000000000'" }],
      ['imageId', { imageId: '80000000000000000000000000' }],
      ['bucket', { bucket: '' }],
      ['bucket', { bucket: 'a/b' }],
      ['bucket', { bucket: 'a\0' }],
      ['key', { key: 'a//b' }],
      ['key', { key: 'a\0b' }],
      ['key', { key: '\ud800' }],
      ['key', { key: 'x'.repeat(1025) }],
      ['ownerId', { ownerId: '' }],
      ['ownerId', { ownerId: '\ud800' }],
      ['title', { title: 'x'.repeat(1025) }],
      ['description', { description: 'x'.repeat(10_001) }],
      ['tags', { tags: ['a', 'a'] }],
      ['tags', { tags: [''] }],
      ['tags', { tags: ['x'.repeat(201)] }],
      ['tags', { tags: Array.from({ length: 101 }, String) }],
      ['albumIds', { albumIds: ['\0'] }],
      ['contentType', { contentType: '' }],
      ['size', { size: -1 }],
      ['size', { size: 2 ** 53 }],
      ['width', { width: 1.5 }],
      ['frames', { frames: 0 }],
      ['sha256', { sha256: 'A'.repeat(64) }],
      ['createdAt', { createdAt: new Date(Number.NaN) }],
      ['updatedAt', { updatedAt: new Date(-1) }],
      ['removedAt', { removedAt: new Date('+010000-01-01T00:00:00.000Z') }],
    ])('refuses a record by its %s: %j', async (field, wrong) => {
      // What no caller may send, but for the test.
      const record = { ...imageRecord(), ...wrong } as ImageRecord;
      await expect(records.put(record)).rejects.toMatchObject({ ...refused, message: `The ${field} is not valid` });
      await expect(records.replace(record, 'r')).rejects.toMatchObject(refused);
    });

    it.each(['', 'x', '\0', '0000000000000000000000000', '../../../../../../etc/passwd'])(
      'refuses the id %j',
      async (imageId) => {
        await expect(records.get(imageId)).rejects.toMatchObject(refused);
        await expect(records.remove(imageId)).rejects.toMatchObject(refused);
      },
    );

    it.each<[string, object]>([
      ['limit', { limit: 0 }],
      ['limit', { limit: 1001 }],
      ['limit', { limit: 1.5 }],
      ['order', { order: 'random' }],
      ['order', { order: 'constructor' }],
      ['state', { state: 'all' }],
      ['within', { within: [{ bucket: '', prefix: '' }] }],
      ['within', { within: [{ bucket: 'images', prefix: '\0' }] }],
      ['within', { within: [{ bucket: 'images', key: '/' }] }],
      ['within', { within: Array.from({ length: 101 }, () => ({ bucket: 'images', prefix: '' })) }],
      ['owner', { owner: '\0' }],
      ['tags', { tags: Array.from({ length: 17 }, String) }],
      ['album', { album: '' }],
      ['type', { type: '' }],
      ['from', { from: new Date(Number.NaN) }],
      ['offset', { offset: -1 }],
      ['offset', { offset: 1.5 }],
      ['offset', { offset: 10_001 }],
      ['after', { after: '' }],
      ['after', { after: 'x' }],
      ['after', { after: cursor('null') }],
      ['after', { after: cursor('["newest"]') }],
      ['after', { after: cursor('["newest",1,"x"]') }],
      ['after', { after: cursor('["newest","1","00000000000000000000000000"]') }],
      ['after', { after: cursor('["oldest",1,"00000000000000000000000000"]') }],
      ['after', { order: 'name', after: cursor('["name","\\u0000","00000000000000000000000000"]') }],
      ['after', { order: 'name', after: cursor('["name",1,"00000000000000000000000000"]') }],
    ])('refuses a search by its %s: %j', async (field, wrong) => {
      const within = [{ bucket: 'images', prefix: '' }];
      // What no caller may send, but for the test.
      const search = { within, state: 'present', order: 'newest', limit: 10, ...wrong } as ImageSearch;
      await expect(records.search(search)).rejects.toMatchObject({ ...refused, message: `The ${field} is not valid` });
    });

    it('answers when asked whether it is there', async () => {
      await records.ping();
    });

    const newBucket = (): string => `suite-${randomBytes(6).toString('hex')}`;
    describeImageSearch(() => records, { newBucket });
    describeImageRecordsModel(() => records, { newBucket, numRuns });
  });
}

const cursor = (json: string): string => Buffer.from(json).toString('base64url');
