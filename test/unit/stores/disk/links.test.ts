import { mkdir, readdir, rename, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../../src/ports/document-store.ts';
import type { ObjectStore } from '../../../../src/ports/object-store.ts';
import { createFileDocumentStore } from '../../../../src/stores/documents/file-system/document-store.ts';
import { createFileObjectStore } from '../../../../src/stores/objects/file-system/object-store.ts';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';

const PNG = { contentType: 'image/png' };
const REFUSED = { code: 'ServiceUnavailable', text: { en: expect.stringContaining('is a link') } };
const BODY = Buffer.from('bytes');

let folder: TempFolder;
let outside: string;
let objects: ObjectStore;
let documents: DocumentStore;

beforeEach(async () => {
  folder = await makeTempFolder();
  outside = join(folder.path, 'outside');
  await mkdir(outside);
  const now = () => new Date();
  const signing = { key: Buffer.alloc(32) };
  objects = createFileObjectStore({ folder: join(folder.path, 'objects'), now, signing, minPartSize: 1 });
  documents = createFileDocumentStore({ folder: join(folder.path, 'documents'), now });
  await objects.makeBucket('images');
  await objects.put('images', 'real/a.png', BODY, PNG);
});
afterEach(() => folder.remove());

/** Puts a link in the place of a folder, which goes elsewhere with all that is in it. */
async function lead(path: string): Promise<void> {
  const away = join(outside, basename(path));
  await mkdir(dirname(path), { recursive: true });
  await rename(path, away).catch(() => mkdir(away, { recursive: true }));
  await symlink(away, path);
}

const keys = (...names: readonly string[]): string => join(folder.path, 'objects', 'images', 'keys', ...names);
const elsewhere = async (): Promise<readonly string[]> => (await readdir(outside, { recursive: true })).toSorted();

describe('S23 R18 a folder that is a link', () => {
  it.each([
    ['where the link is empty', 'linked', 'linked/new.png'],
    ['below folders that are not there yet', 'linked', 'linked/further/down/new.png'],
    ['where a real folder was', 'real', 'real/new.png'],
  ])('takes in no object, %s', async (_, name, key) => {
    await lead(keys(name));
    const there = await elsewhere();

    await expect(objects.put('images', key, BODY, PNG)).rejects.toMatchObject(REFUSED);
    await expect(objects.put('images', key, BODY, { ...PNG, ifNoneMatch: '*' })).rejects.toMatchObject(REFUSED);
    await expect(
      objects.copy({ bucket: 'images', key: 'real/a.png' }, { bucket: 'images', key }),
    ).rejects.toMatchObject(REFUSED);

    expect(await elsewhere()).toEqual(there);
  });

  it('gives out and removes no object', async () => {
    await lead(keys('real'));
    const there = await elsewhere();
    const at = ['images', 'real/a.png'] as const;

    for (const call of [
      () => objects.get(...at),
      () => objects.head(...at),
      () => objects.remove(...at),
      () => objects.copy({ bucket: at[0], key: at[1] }, { bucket: 'images', key: 'b.png' }),
      () => objects.list('images', { prefix: 'real/', limit: 10 }),
    ]) {
      await expect(call()).rejects.toMatchObject(REFUSED);
    }
    expect(await objects.removeMany('images', ['real/a.png'])).toMatchObject([{ outcome: 'failed' }]);

    expect(there).toContain('real/a.png^');
    expect(await elsewhere()).toEqual(there);
  });

  it('does not hide what is beside it in a listing', async () => {
    await objects.put('images', 'other/b.png', BODY, PNG);
    await lead(keys('real'));

    const all = await objects.list('images', { limit: 10 });
    const folders = await objects.list('images', { limit: 10, delimiter: '/' });

    expect(all.objects.map(({ key }) => key)).toEqual(['other/b.png']);
    expect(folders.prefixes).toEqual(['other/']);
  });

  it.each([
    ['a bucket', 'images'],
    ['the keys of a bucket', 'images/keys'],
  ])('is refused as %s', async (_, name) => {
    await lead(join(folder.path, 'objects', name));
    const there = await elsewhere();

    await expect(objects.put('images', 'c.png', BODY, PNG)).rejects.toMatchObject(REFUSED);
    await expect(objects.get('images', 'real/a.png')).rejects.toMatchObject(REFUSED);
    await expect(objects.list('images', { limit: 1 })).rejects.toMatchObject(REFUSED);

    expect(await elsewhere()).toEqual(there);
  });

  it('is refused where what is being made lies, and where locks lie', async () => {
    for (const name of ['.tmp', '.locks']) await lead(join(folder.path, 'objects', name));
    const there = await elsewhere();

    await expect(objects.put('images', 'c.png', BODY, PNG)).rejects.toMatchObject(REFUSED);
    await expect(objects.remove('images', 'real/a.png')).rejects.toMatchObject(REFUSED);

    expect(await elsewhere()).toEqual(there);
  });

  it('takes no upload in parts', async () => {
    const uploadId = await objects.createMultipartUpload('images', 'd.png', PNG);
    await lead(join(folder.path, 'objects', 'images', 'uploads'));
    const there = await elsewhere();

    await expect(objects.createMultipartUpload('images', 'e.png', PNG)).rejects.toMatchObject(REFUSED);
    await expect(objects.uploadPart('images', 'd.png', uploadId, 1, BODY)).rejects.toMatchObject(REFUSED);
    await expect(objects.listMultipartUploads('images')).rejects.toMatchObject(REFUSED);
    await expect(objects.abortMultipartUpload('images', 'd.png', uploadId)).rejects.toMatchObject(REFUSED);

    expect(await elsewhere()).toEqual(there);
  });

  it('holds no document: neither as a collection nor below one', async () => {
    await documents.create('users', 'u_1', { a: 1 });
    const collection = join(folder.path, 'documents', 'users');
    const [fanOut = ''] = await readdir(collection);
    for (const path of [join(collection, fanOut), collection]) {
      await lead(path);
      const there = await elsewhere();

      await expect(documents.read('users', 'u_1')).rejects.toMatchObject(REFUSED);
      await expect(documents.create('users', 'u_1', { a: 2 })).rejects.toMatchObject(REFUSED);
      await expect(documents.replace('users', 'u_1', { a: 2 }, 'r')).rejects.toMatchObject(REFUSED);
      await expect(documents.increment('users', 'u_1', { by: 1, expiresInSeconds: 60 })).rejects.toMatchObject(REFUSED);
      await expect(documents.remove('users', 'u_1')).rejects.toMatchObject(REFUSED);
      if (path === collection) await expect(documents.list('users', { limit: 1 })).rejects.toMatchObject(REFUSED);
      else expect(await documents.list('users', { limit: 1 })).toEqual({ documents: [] });

      expect(await elsewhere()).toEqual(there);
    }
  });

  it('may be the data folder itself, or lie above it', async () => {
    const real = join(folder.path, 'elsewhere');
    await mkdir(real);
    await symlink(real, join(folder.path, 'link'));
    const now = () => new Date();
    const signing = { key: Buffer.alloc(32) };
    const linked = createFileObjectStore({ folder: join(folder.path, 'link', 'objects'), now, signing });
    await linked.makeBucket('images');

    await linked.put('images', 'a/b.png', BODY, PNG);

    expect(await linked.head('images', 'a/b.png')).toMatchObject({ size: BODY.length });
    expect((await linked.list('images', { limit: 10 })).objects).toHaveLength(1);
  });
});
