import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../../../src/ports/object-store.ts';
import { type Answer, PNG, useScriptedStore } from '../../../../support/scripted-store.ts';

const BYTES = Buffer.from('b');
const SEEN = {
  ...{ key: 'a.png', size: 1, etag: 'e', contentType: 'image/png', lastModified: new Date('2026-01-01T00:00:00Z') },
  metadata: {},
};
const STILL: Answer = {
  headers: { etag: '"e"', 'content-type': 'image/png', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' },
  body: 'b',
};

describe('a store that refuses by its status alone', () => {
  const wire = useScriptedStore();
  const writes = () => wire.seen.filter(({ method }) => method !== 'HEAD');
  const answer = (status: number, look: Answer = { status: 404 }) => {
    wire.reply = ({ method }) => (method === 'HEAD' ? look : { status });
  };
  const create = (store: ObjectStore) => store.put('images', 'a.png', BYTES, { ...PNG, ifNoneMatch: '*' });
  const replace = (store: ObjectStore) =>
    store.put('images', 'a.png', BYTES, { ...PNG, ifMatch: SEEN, hasLooked: true });
  const heeding = () => wire.open({ capabilities: async () => ({ conditionalWrite: true, conditionalReplace: true }) });

  it('B10 has an object already where 412 answers a write that is to create one', async () => {
    answer(412);
    expect(await create(wire.open())).toBeUndefined();
    expect(writes()).toHaveLength(1);
  });

  it('B10 has another object where 412 answers a write that is to replace one', async () => {
    answer(412);
    expect(await replace(heeding())).toBeUndefined();
  });

  it('B10 has no such object any more where 404 answers a write that is to replace one', async () => {
    answer(404);
    expect(await replace(heeding())).toBeUndefined();
  });

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html: try 409 again.
  it('B10 is asked again where 409 answers a write with a condition, and then looked at', async () => {
    answer(409, STILL);
    expect(await create(wire.open())).toBeUndefined();
    expect(writes()).toHaveLength(3);
  });

  it('B10 is busy where 409 answers each write that is to create an object, and there is none', async () => {
    answer(409);
    await expect(create(wire.open())).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('B10 is busy where 409 answers each write that is to replace an object, and it is still the same', async () => {
    answer(409, STILL);
    await expect(replace(heeding())).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    answer(409, { ...STILL, headers: { ...STILL.headers, etag: '"f"' } });
    expect(await replace(heeding())).toBeUndefined();
  });

  it('B10 writes after a 409 that passed', async () => {
    wire.reply = () => (writes().length === 1 ? { status: 409 } : { headers: { etag: '"new"' } });
    expect(await create(wire.open())).toEqual({ etag: 'new' });
  });

  it.each([409, 412])('B10 means no by %i where nothing was conditional', async (status) => {
    answer(status);
    await expect(wire.open().put('images', 'a.png', BYTES, PNG)).rejects.toMatchObject({
      code: 'InvalidArgument',
      details: { storeCode: `HTTP ${status}` },
    });
    expect(writes()).toHaveLength(1);
  });

  it.each<[string, number, string, (store: ObjectStore) => Promise<unknown>]>([
    ['put into no bucket', 404, 'NoSuchBucket', (store) => store.put('images', 'a.png', BYTES, PNG)],
    ['begin parts in no bucket', 404, 'NoSuchBucket', (store) => store.createMultipartUpload('images', 'a.png', PNG)],
    ['list no bucket', 404, 'NoSuchBucket', (store) => store.list('images', { limit: 1 })],
    ['send a part of nothing', 404, 'NoSuchUpload', (store) => store.uploadPart('images', 'a.png', 'u', 1, BYTES)],
    ['list parts of nothing', 404, 'NoSuchUpload', (store) => store.listParts('images', 'a.png', 'u')],
    ['make a bucket twice', 409, 'BucketAlreadyExists', (store) => store.makeBucket('images')],
    ['remove a bucket that holds images', 409, 'BucketNotEmpty', (store) => store.removeBucket('images')],
  ])('B10 is understood: %s', async (_, status, code, call) => {
    answer(status);
    await expect(call(wire.open())).rejects.toMatchObject({ code });
  });

  it.each<[string, number, string, unknown]>([
    ['has removed them', 204, '', []],
    ['has none of them', 404, '', [{ outcome: 'absent' }, { outcome: 'absent' }]],
    ['refuses', 403, '<Error><Code>AccessDenied</Code></Error>', [{ key: 'a.png' }, { key: 'b.png' }]],
  ])('B10 is asked to remove each of many by itself where it knows no other way (404), and %s', async (...row) => {
    const [, status, body, failures] = row;
    wire.reply = ({ method }) => (method === 'POST' ? { status: 404 } : { status, body });
    expect(await wire.open().removeMany('images', ['a.png', 'b.png'])).toMatchObject(failures as object);
    expect(wire.seen.map(({ method }) => method)).toEqual(['POST', 'DELETE', 'DELETE']);
  });

  it('B10 has nothing to remove, abort or read where it says 404', async () => {
    answer(404);
    const store = wire.open();
    expect(await store.remove('images', 'a.png')).toBe('absent');
    expect(await store.get('images', 'a.png')).toBeUndefined();
    await store.abortMultipartUpload('images', 'a.png', 'u');
    await store.removeBucket('images');
  });
});
