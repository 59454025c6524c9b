import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readAll } from '../../../../suites/object-store-objects.suite.ts';
import { useFileObjects } from '../../../../support/file-objects.ts';

const PNG = { contentType: 'image/png' };
const damaged = { code: 'ServiceUnavailable' };

describe('damaged and planted files among objects', () => {
  const disk = useFileObjects();

  describe('a damaged object', () => {
    const file = (): string => disk.keys('a^');
    const whole = async (): Promise<Buffer> => {
      await disk.store.put('images', 'a', Buffer.from('0123456789'), { ...PNG, metadata: { owner: 'u_1' } });
      return readFile(file());
    };

    it('is noticed wherever its file was cut', async () => {
      const bytes = await whole();
      for (let length = 0; length < bytes.byteLength; length += 1) {
        await writeFile(file(), bytes.subarray(0, length));
        await expect(disk.store.head('images', 'a')).rejects.toMatchObject(damaged);
      }
      await writeFile(file(), Buffer.concat([Buffer.from('x'), bytes]));
      await expect(disk.store.get('images', 'a')).rejects.toMatchObject(damaged);
    });

    it('is noticed whichever byte of what describes it was flipped', async () => {
      const bytes = await whole();
      for (let index = 10; index < bytes.byteLength; index += 1) {
        const flipped = Buffer.from(bytes);
        flipped[index]! ^= 1;
        await writeFile(file(), flipped);
        await expect(disk.store.head('images', 'a')).rejects.toMatchObject(damaged);
      }
    });

    const trailer = {
      key: 'a',
      size: 0,
      etag: 'e',
      contentType: 'image/png',
      metadata: {},
      lastModified: '2026-01-01T00:00:00.000Z',
    };
    it.each<[string, object]>([
      ['no key', { key: undefined }],
      ['a size that is no number', { size: '0' }],
      ['another size', { size: 1 }],
      ['no etag', { etag: undefined }],
      ['no type', { contentType: null }],
      ['metadata that is no text', { metadata: { owner: 1 } }],
      ['no metadata', { metadata: [] }],
      ['a time that is none', { lastModified: 'yesterday' }],
    ])('is one described with %s', async (_, change) => {
      await writeFile(file(), withFooter(JSON.stringify(trailer)));
      expect(await disk.store.head('images', 'a')).toMatchObject({ key: 'a', size: 0, etag: 'e' });
      await writeFile(file(), withFooter(JSON.stringify({ ...trailer, ...change })));
      await expect(disk.store.head('images', 'a')).rejects.toMatchObject(damaged);
    });

    it.each(['', 'null', '[]', '{"key":'])('is one described by %j', async (text) => {
      await writeFile(file(), withFooter(text));
      await expect(disk.store.head('images', 'a')).rejects.toMatchObject(damaged);
    });

    it('is one whose description is said to be longer than the file, or than any', async () => {
      for (const length of [1000, 0xffff_ffff]) {
        await writeFile(file(), withFooter(JSON.stringify(trailer), length));
        await expect(disk.store.head('images', 'a')).rejects.toMatchObject(damaged);
      }
    });

    it('is present, is listed without an etag, and can be replaced or removed', async () => {
      await whole();
      await disk.store.put('images', 'b', Buffer.from('b'), PNG);
      await writeFile(file(), 'rubbish');
      expect(await disk.store.put('images', 'a', Buffer.from('x'), { ...PNG, ifNoneMatch: '*' })).toBeUndefined();
      await expect(
        disk.store.copy({ bucket: 'images', key: 'a' }, { bucket: 'images', key: 'c' }),
      ).rejects.toMatchObject(damaged);
      const { objects } = await disk.store.list('images', { limit: 10 });
      expect(objects).toMatchObject([
        { key: 'a', size: 7, etag: '' },
        { key: 'b', size: 1 },
      ]);
      await disk.store.put('images', 'a', Buffer.from('mended'), PNG);
      expect((await readAll(await disk.open('a'))).toString()).toBe('mended');
    });

    it('is one that was planted: a link is not followed, a pipe does not block, a folder is no object', async () => {
      await disk.store.put('images', 'target', Buffer.from('secret'), PNG);
      await symlink(disk.keys('target^'), disk.keys('link^'));
      execFileSync('mkfifo', [disk.keys('pipe^')]);
      for (const key of ['link', 'pipe']) {
        await expect(disk.open(key)).rejects.toMatchObject(damaged);
        expect((await disk.store.list('images', { limit: 1, prefix: key })).objects).toMatchObject([{ key, etag: '' }]);
        await disk.store.put('images', key, Buffer.from('mine'), PNG);
        expect((await readAll(await disk.open(key))).toString()).toBe('mine');
      }
      expect((await readAll(await disk.open('target'))).toString()).toBe('secret');
      await mkdir(disk.keys('folder^'));
      await expect(disk.open('folder')).rejects.toMatchObject(damaged);
      expect((await disk.store.list('images', { limit: 10 })).objects.map(({ key }) => key)).toContain('folder');
    });

    it('is none where there is much metadata, and too much is refused', async () => {
      const metadata = { long: 'x'.repeat(10_000) };
      await disk.store.put('images', 'a', Buffer.from('0123456789'), { ...PNG, metadata });
      expect((await disk.store.head('images', 'a'))?.metadata).toEqual(metadata);
      expect((await readAll(await disk.open('a'))).toString()).toBe('0123456789');
      const tooLong = { ...PNG, metadata: { long: 'x'.repeat(1024 * 1024) } };
      await expect(disk.store.put('images', 'a', Buffer.from('new'), tooLong)).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
      expect((await disk.store.head('images', 'a'))?.metadata).toEqual(metadata);
    });
  });

  it('lists nothing that is not its own', async () => {
    await disk.store.put('images', 'a/b', Buffer.from('a'), PNG);
    await mkdir(disk.keys('empty', 'folders'), { recursive: true });
    for (const name of ['.DS_Store', 'README', 'UPPER^', 'x^1^', '%zz^', 'a^+', 'a%2fb^'])
      await writeFile(disk.keys(name), '');
    expect(await disk.store.list('images', { limit: 10, delimiter: '/' })).toEqual({
      objects: [],
      prefixes: ['a/'],
    });
    expect((await disk.store.list('images', { limit: 10 })).objects.map(({ key }) => key)).toEqual(['a/b']);
    await expect(disk.store.removeBucket('images')).rejects.toMatchObject({ code: 'BucketNotEmpty' });
    await disk.store.remove('images', 'a/b');
    await expect(disk.store.removeBucket('images')).rejects.toMatchObject({ code: 'BucketNotEmpty' });
  });
});

/** Ends an object's file as the store does, or with another length. */
function withFooter(text: string, length = Buffer.byteLength(text)): Buffer {
  const footer = Buffer.alloc(8);
  footer.writeUInt32BE(length, 0);
  footer.writeUInt32BE(crc32(text), 4);
  return Buffer.concat([Buffer.from(text), footer, Buffer.from('imgpic01')]);
}
