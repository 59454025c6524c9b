import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectBody } from '../../../../../src/ports/object-store.ts';
import { readAll } from '../../../../suites/object-store-objects.suite.ts';
import { useFileObjects } from '../../../../support/file-objects.ts';

const PNG = { contentType: 'image/png' };
const refused = { code: 'InvalidArgument' };

describe('bytes of objects as files', () => {
  const disk = useFileObjects();

  describe('a source', () => {
    const failure = new Error('The camera fell into the sea');
    const put = (body: ObjectBody) => disk.store.put('images', 'a/b', body, PNG);
    const expectNothingLeft = async (): Promise<void> => {
      expect(await readdir(join(disk.folder, '.tmp'))).toEqual([]);
      expect(await readdir(disk.keys())).toEqual([]);
    };

    it('fails the call with the very error that it threw', async () => {
      const systemError = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
      for (const thrown of [failure, systemError]) {
        const body = {
          size: 3,
          async *open() {
            yield Buffer.from('a');
            throw thrown;
          },
        };
        await expect(put(body)).rejects.toBe(thrown);
        await expect(
          put({
            size: 3,
            open: () => {
              throw thrown;
            },
          }),
        ).rejects.toBe(thrown);
      }
      await expectNothingLeft();
    });

    it.each([2, 4])('is refused when it said %i bytes and has three, and is closed', async (size) => {
      let closed = false;
      const body = {
        size,
        async *open() {
          try {
            for (const letter of 'abc') yield Buffer.from(letter);
          } finally {
            closed = true;
          }
        },
      };
      await expect(put(body)).rejects.toMatchObject({ ...refused, details: { size } });
      expect(closed).toBe(true);
      await expectNothingLeft();
    });

    it('is asked for more only when what it gave is written', async () => {
      let written = true;
      const body = {
        size: 1000,
        async *open() {
          for (let count = 0; count < 10; count += 1) {
            const chunk = Buffer.alloc(100, count);
            yield chunk;
            chunk.fill(255);
          }
          written = false;
        },
      };
      await put(body);
      const bytes = await readAll(await disk.open('a/b'));
      expect(written).toBe(false);
      expect([...new Set(bytes)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('is not opened where ifNoneMatch finds an object', async () => {
      await disk.store.put('images', 'a/b', Buffer.from('first'), PNG);
      const body = {
        size: 1,
        open: () => {
          throw failure;
        },
      };
      expect(await disk.store.put('images', 'a/b', body, { ...PNG, ifNoneMatch: '*' })).toBeUndefined();
    });
  });

  describe('a body', () => {
    const openFiles = async (): Promise<number> => {
      const links = await readdir('/proc/self/fd');
      const targets = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
      return targets.filter((target) => target.startsWith(disk.folder)).length;
    };
    const bytes = Buffer.alloc(1_000_000, 'abc');

    beforeEach(async () => {
      await disk.store.put('images', 'long', bytes, PNG);
      await disk.store.put('images', 'empty', Buffer.alloc(0), PNG);
    });

    it('keeps its file open while it is read and no longer, however reading ends', async () => {
      await readAll(await disk.open('long'));
      await readAll(await disk.open('empty'));
      for await (const _ of (await disk.open('long'))?.body ?? []) break;
      await expect(disk.store.get('images', 'long', { range: { start: 1_000_000 } })).rejects.toMatchObject({
        code: 'InvalidRange',
        details: { size: 1_000_000 },
      });
      const left = (await disk.open('long'))?.body[Symbol.asyncIterator]();
      await left?.next();
      await expect.poll(openFiles).toBe(1);
      await left?.return?.();
      await disk.store.copy(
        { bucket: 'images', key: 'long' },
        { bucket: 'images', key: 'empty' },
        { ifNoneMatch: '*' },
      );
      await disk.store.head('images', 'long');
      await disk.store.list('images', { limit: 10 });
      await expect.poll(openFiles).toBe(0);
    });

    it('stays what it was when its object is overwritten or removed', async () => {
      const [first, second] = [await disk.open('long'), await disk.open('long')];
      await disk.store.put('images', 'long', Buffer.from('new'), PNG);
      expect((await readAll(first)).equals(bytes)).toBe(true);
      await disk.store.remove('images', 'long');
      expect((await readAll(second)).equals(bytes)).toBe(true);
    });

    it('is read and written with little memory, however large', async () => {
      const size = 256 * 1024 * 1024;
      const chunk = Buffer.alloc(65_536);
      const body = {
        size,
        async *open() {
          for (let left = size; left > 0; left -= chunk.byteLength) yield chunk;
        },
      };
      const before = process.memoryUsage.rss();
      let peak = before;
      const watch = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss());
      }, 5);
      await disk.store.put('images', 'huge', body, PNG);
      let read = 0;
      for await (const part of (await disk.open('huge'))?.body ?? []) read += part.byteLength;
      clearInterval(watch);
      expect(read).toBe(size);
      expect(peak - before).toBeLessThan(96 * 1024 * 1024);
    });
  });
});
