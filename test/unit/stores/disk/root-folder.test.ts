import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../../src/ports/document-store.ts';
import type { ObjectStore } from '../../../../src/ports/object-store.ts';
import { createFileDocumentStore } from '../../../../src/stores/documents/file-system/document-store.ts';
import { createFileObjectStore } from '../../../../src/stores/objects/file-system/object-store.ts';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';

interface Stores {
  readonly documents: DocumentStore;
  readonly objects: ObjectStore;
}

const PUT = { contentType: 'image/png' };
const CALLS: readonly [string, (stores: Stores) => Promise<unknown>][] = [
  ['creating a document', ({ documents }) => documents.create('users', 'b', { n: 1 })],
  ['reading a document', ({ documents }) => documents.read('users', 'a')],
  ['replacing a document', ({ documents }) => documents.replace('users', 'a', { n: 2 }, 'r')],
  ['removing a document', ({ documents }) => documents.remove('users', 'a')],
  ['listing documents', ({ documents }) => documents.list('users', { limit: 1 })],
  ['counting', ({ documents }) => documents.increment('counters', 'a', { by: 1, expiresInSeconds: 60 })],
  ['a ping of the documents', ({ documents }) => documents.ping()],
  ['listing buckets', ({ objects }) => objects.listBuckets()],
  ['making a bucket', ({ objects }) => objects.makeBucket('fresh')],
  ['looking for a bucket', ({ objects }) => objects.bucketExists('images')],
  ['storing an object', ({ objects }) => objects.put('images', 'b', Buffer.from('b'), PUT)],
  ['reading an object', ({ objects }) => objects.get('images', 'a')],
  ['looking at an object', ({ objects }) => objects.head('images', 'a')],
  ['removing an object', ({ objects }) => objects.remove('images', 'a')],
  ['listing objects', ({ objects }) => objects.list('images', { limit: 1 })],
  ['beginning an upload', ({ objects }) => objects.createMultipartUpload('images', 'c', PUT)],
  ['a ping of the objects', ({ objects }) => objects.ping()],
];

describe('the folder of a store that vanishes while it runs', () => {
  let home: TempFolder;
  let data: string;
  let stores: Stores;

  beforeEach(async () => {
    home = await makeTempFolder();
    data = join(home.path, 'data');
    const now = (): Date => new Date();
    stores = {
      documents: createFileDocumentStore({ folder: join(data, 'documents'), now }),
      objects: createFileObjectStore({ folder: join(data, 'objects'), now, signing: { key: Buffer.alloc(32) } }),
    };
    await stores.documents.create('users', 'a', { n: 1 });
    await stores.objects.makeBucket('images');
    await stores.objects.put('images', 'a', Buffer.from('a'), PUT);
  });
  afterEach(() => home.remove());

  it.each(CALLS)('is not made anew by %s, which says where it was, and goes on when it is back', async (_, call) => {
    await rename(data, `${data}-gone`);
    await expect(call(stores)).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      text: { zh: expect.stringContaining(data), en: expect.stringContaining(data) },
    });
    expect(existsSync(data)).toBe(false);
    await rename(`${data}-gone`, data);
    expect((await stores.documents.read('users', 'a'))?.doc).toEqual({ n: 1 });
    expect(await stores.objects.head('images', 'a')).toMatchObject({ size: 1 });
  });

  it.each(CALLS)('is not taken for the empty place where it was mounted by %s', async (_, call) => {
    await rename(data, `${data}-gone`);
    for (const name of ['documents', 'objects']) await mkdir(join(data, name), { recursive: true });
    await expect(call(stores)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    const left = await readdir(join(data, 'documents'));
    expect(left.filter((name) => !name.startsWith('.'))).toEqual([]);
  });
});
