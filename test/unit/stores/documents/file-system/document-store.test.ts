import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../../../src/ports/document-store.ts';
import { createFileDocumentStore } from '../../../../../src/stores/documents/file-system/document-store.ts';
import { describeDocumentStore } from '../../../../suites/document-store.suite.ts';
import { makeTempFolder, type TempFolder } from '../../../../support/temp-folder.ts';

let offset = 0;

describeDocumentStore(
  'file-system',
  async () => {
    const folder = await makeTempFolder();
    const now = (): Date => new Date(Date.now() + offset);
    return { store: createFileDocumentStore({ folder: folder.path, now }), close: folder.remove };
  },
  {
    advanceClock: (milliseconds) => {
      offset += milliseconds;
    },
  },
);

describe('documents as files', () => {
  let folder: TempFolder;
  let store: DocumentStore;

  beforeEach(async () => {
    folder = await makeTempFolder();
    store = createFileDocumentStore({ folder: folder.path, now: () => new Date() });
  });
  afterEach(() => folder.remove());

  const fileOf = (collection: string, id: string): string => {
    const digest = createHash('sha256').update(id).digest('hex');
    return join(folder.path, collection, digest.slice(0, 3), `${id}.json`);
  };
  const damaged = { code: 'ServiceUnavailable' };

  it('are read as they are when they are asked for, though others are being read or written meanwhile', async () => {
    await store.create('users', 'a', { count: 0 });
    const readCount = async (): Promise<number> => Number((await store.read('users', 'a'))?.doc['count']);
    for (let count = 1; count <= 20; count += 1) {
      const before = await store.read('users', 'a');
      const early = Array.from({ length: 5 }, readCount);
      expect(await store.replace('users', 'a', { count }, before?.revision ?? '')).toBe(true);
      const late = Array.from({ length: 5 }, readCount);
      for (const seen of await Promise.all(early)) expect([count - 1, count]).toContain(seen);
      expect(await Promise.all(late)).toEqual(Array.from({ length: 5 }, () => count));
    }
  });

  it("are each the caller's own, though several were read at once", async () => {
    await store.create('users', 'a', { names: ['one'] });
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => store.read('users', 'a')));
    expect(second).toEqual(first);
    expect(third?.doc).not.toBe(second?.doc);
  });

  describe('names', () => {
    const bad = [
      '',
      '.',
      '..',
      '../x',
      'a/b',
      'a\\b',
      'a\0',
      'A',
      'ä',
      '图',
      'a.json',
      ' a',
      'a\n',
      'x'.repeat(129),
      '%2e%2e',
    ];
    it.each(bad)('refuses the id %j everywhere and touches nothing', async (id) => {
      const refused = { code: 'InvalidArgument' };
      await expect(store.create('users', id, {})).rejects.toMatchObject(refused);
      await expect(store.read('users', id)).rejects.toMatchObject(refused);
      await expect(store.replace('users', id, {}, 'r')).rejects.toMatchObject(refused);
      await expect(store.remove('users', id)).rejects.toMatchObject(refused);
      await expect(store.increment('users', id, { by: 1, expiresInSeconds: 1 })).rejects.toMatchObject(refused);
      await expect(store.list('users', { after: id, limit: 1 })).rejects.toMatchObject(refused);
      expect(await readdir(folder.path)).toEqual([]);
    });

    it.each(['', '.tmp', '.locks', '..', 'a/b', 'A', '1a', '-a', 'a_b', 'x'.repeat(65)])(
      'refuses the collection %j',
      async (collection) => {
        await expect(store.create(collection, 'a', {})).rejects.toMatchObject({ code: 'InvalidArgument' });
        await expect(store.list(collection, { limit: 1 })).rejects.toMatchObject({ code: 'InvalidArgument' });
        expect(await readdir(folder.path)).toEqual([]);
      },
    );

    it.each([0, -1, 1001, 1.5, Number.NaN])('refuses the limit %d', async (limit) => {
      await expect(store.list('users', { limit })).rejects.toMatchObject({ code: 'InvalidArgument' });
    });

    it.each([
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 1],
      [1, 0],
      [1, -1],
      [1, Number.NaN],
    ])('refuses to add %d for %d seconds', async (by, expiresInSeconds) => {
      await expect(store.increment('users', 'a', { by, expiresInSeconds })).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
    });

    it('keeps a counter that is to run for ever until the last date there is', async () => {
      const { expiresAt } = await store.increment('users', 'a', { by: 1, expiresInSeconds: Number.MAX_VALUE });
      expect(expiresAt.getTime()).toBe(8.64e15);
      expect((await store.increment('users', 'a', { by: 1, expiresInSeconds: 1 })).expiresAt).toEqual(expiresAt);
    });
  });

  it('starts a counter again at the very millisecond at which it expires', async () => {
    let time = Date.UTC(2026, 0, 1);
    const clocked = createFileDocumentStore({ folder: folder.path, now: () => new Date(time) });
    const hit = () => clocked.increment('counters', 'hits', { by: 1, expiresInSeconds: 60 });
    expect(await hit()).toEqual({ value: 1, expiresAt: new Date('2026-01-01T00:01:00.000Z') });
    time += 59_999;
    expect((await hit()).value).toBe(2);
    time += 1;
    expect(await hit()).toEqual({ value: 1, expiresAt: new Date('2026-01-01T00:02:00.000Z') });
  });

  it('writes nothing but documents, one in its fan-out folder, readable by their owner only', async () => {
    await store.create('users', 'u_1', { name: '猫' });
    await store.increment('counters', 'hits', { by: 1, expiresInSeconds: 60 });
    const files = (await readdir(folder.path, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map((file) => join(file.parentPath, file.name)).sort()).toEqual(
      [fileOf('users', 'u_1'), fileOf('counters', 'hits')].sort(),
    );
    expect((await stat(fileOf('users', 'u_1'))).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(fileOf('users', 'u_1')))).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(fileOf('users', 'u_1'), 'utf8'))).toMatchObject({ doc: { name: '猫' } });
  });

  it('takes a document that was mended by hand, without its checksum', async () => {
    await store.create('users', 'u_1', { name: 'x' });
    await writeFile(fileOf('users', 'u_1'), '{\n  "revision": "by hand",\n  "doc": { "name": "y" }\n}\n');
    expect(await store.read('users', 'u_1')).toEqual({ revision: 'by hand', doc: { name: 'y' } });
  });

  it('makes revisions by the source of ids that it was given', async () => {
    const randomId = (): string => 'revision-1';
    const numbered = createFileDocumentStore({ folder: folder.path, now: () => new Date(), randomId });
    await numbered.create('users', 'u_1', {});
    expect((await numbered.read('users', 'u_1'))?.revision).toBe('revision-1');
  });

  describe('a damaged document', () => {
    const doc = { phone: '13800138000', roles: ['member'], nested: { count: 1, yes: true } };
    const whole = async (): Promise<Buffer> => {
      await store.create('users', 'u_1', doc);
      return readFile(fileOf('users', 'u_1'));
    };

    it('is noticed wherever it was cut', async () => {
      const bytes = await whole();
      for (let length = 0; length < bytes.byteLength - 1; length += 1) {
        await writeFile(fileOf('users', 'u_1'), bytes.subarray(0, length));
        await expect(store.read('users', 'u_1')).rejects.toMatchObject(damaged);
      }
    });

    it('is noticed whichever byte was flipped, or changes nothing but white space', async () => {
      const bytes = await whole();
      const sound = await store.read('users', 'u_1');
      for (let index = 0; index < bytes.byteLength; index += 1) {
        for (const bit of [0x01, 0x20, 0x80]) {
          const flipped = Buffer.from(bytes);
          flipped[index]! ^= bit;
          await writeFile(fileOf('users', 'u_1'), flipped);
          const outcome = await store.read('users', 'u_1').catch((error) => error.code);
          expect([sound, 'ServiceUnavailable']).toContainEqual(outcome);
        }
      }
    });

    it.each([
      '',
      ' ',
      'null',
      '[]',
      '"doc"',
      '{}',
      '{"revision":"r"}',
      '{"revision":"","doc":{}}',
      '{"revision":1,"doc":{}}',
      '{"revision":"r","doc":[]}',
      '{"revision":"r","doc":null}',
      '{"revision":"r","doc":{},"more":1}',
      '{"revision":"r","checksum":"x","doc":{}}',
    ])('holding %j is present, not absent, and does not keep others from working', async (text) => {
      await whole();
      await store.create('users', 'other', { fine: true });
      await writeFile(fileOf('users', 'u_1'), text);
      await expect(store.read('users', 'u_1')).rejects.toMatchObject(damaged);
      expect(await store.create('users', 'u_1', {})).toBe(false);
      await expect(store.replace('users', 'u_1', {}, 'r')).rejects.toMatchObject(damaged);
      await expect(store.increment('users', 'u_1', { by: 1, expiresInSeconds: 1 })).rejects.toMatchObject(damaged);
      await expect(store.list('users', { limit: 10 })).rejects.toMatchObject(damaged);
      expect(await readFile(fileOf('users', 'u_1'), 'utf8')).toBe(text);
      expect((await store.read('users', 'other'))?.doc).toEqual({ fine: true });
      await store.remove('users', 'u_1');
      expect(await store.create('users', 'u_1', {})).toBe(true);
    });

    it('is named by the hash of its id, without the id or content', async () => {
      await whole();
      await writeFile(fileOf('users', 'u_1'), '{"revision":"r","doc":{"phone":"13800138000"');
      const error = await store.read('users', 'u_1').catch((thrown) => thrown);
      expect(error.text.en).toContain(createHash('sha256').update('u_1').digest('hex').slice(0, 12));
      expect(error.text.zh).toContain('users');
      expect(JSON.stringify([error.text, error.details])).not.toMatch(/u_1|138|imagepic-test/);
    });

    it('is one that is no counter, for a counter', async () => {
      await store.create('users', 'u_1', { value: '1' });
      await expect(store.increment('users', 'u_1', { by: 1, expiresInSeconds: 1 })).rejects.toMatchObject(damaged);
    });
  });

  describe('a planted file', () => {
    const plant = async (make: (path: string) => Promise<unknown>): Promise<string> => {
      const path = fileOf('users', 'planted');
      await mkdir(dirname(path), { recursive: true });
      await make(path);
      return path;
    };
    const expectRefused = async (): Promise<void> => {
      const error = await store.read('users', 'planted').catch((thrown) => thrown);
      expect(error).toMatchObject(damaged);
      expect(JSON.stringify([error.message, error.text, error.details])).not.toContain(folder.path);
      expect(await store.create('users', 'planted', {})).toBe(false);
      await expect(store.replace('users', 'planted', {}, 'r')).rejects.toMatchObject(damaged);
    };

    it.each(['a document', 'nothing'])('that links to %s is not followed', async (kind) => {
      const target = join(folder.path, 'target.json');
      if (kind === 'a document') await writeFile(target, '{"revision":"r","doc":{"secret":1}}');
      await plant((path) => symlink(target, path));
      await expectRefused();
      await store.remove('users', 'planted');
      expect(await store.create('users', 'planted', { mine: true })).toBe(true);
      if (kind === 'a document') expect(await readFile(target, 'utf8')).toContain('secret');
      else await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('that is a pipe does not block', async () => {
      await plant(async (path) => execFileSync('mkfifo', [path]));
      await expectRefused();
    });

    it('that is a folder is an error', async () => {
      await plant((path) => mkdir(path));
      await expectRefused();
      await expect(store.remove('users', 'planted')).rejects.toMatchObject(damaged);
    });

    it('in place of a fan-out folder is an error', async () => {
      const fanOut = dirname(fileOf('users', 'planted'));
      await mkdir(dirname(fanOut), { recursive: true });
      await writeFile(fanOut, '');
      await expect(store.read('users', 'planted')).rejects.toMatchObject(damaged);
      await expect(store.create('users', 'planted', {})).rejects.toMatchObject(damaged);
    });

    it('beside the documents is not listed', async () => {
      await store.create('users', 'a', {});
      const fanOut = dirname(fileOf('users', 'a'));
      for (const name of ['README', 'a.json.bak', 'A.json', '.json']) await writeFile(join(fanOut, name), '{}');
      await mkdir(join(folder.path, 'users', 'notes'));
      const { documents } = await store.list('users', { limit: 10 });
      expect(documents.map(({ id }) => id)).toEqual(['a']);
    });
  });

  it('cannot be pinged where there is no folder to be had', async () => {
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    const nowhere = createFileDocumentStore({ folder: join(file, 'documents'), now: () => new Date() });
    await expect(nowhere.ping()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('sweeps what crashed processes left when it starts, but nothing that is being written', async () => {
    const tmp = join(folder.path, '.tmp');
    const [old, fresh, foreign] = [`${'a'.repeat(32)}.tmp`, `${'b'.repeat(32)}.tmp`, 'notes.txt'];
    await mkdir(tmp);
    for (const name of [old, fresh, foreign]) await writeFile(join(tmp, name), 'x');
    const elevenMinutesAgo = Date.now() / 1000 - 660;
    for (const name of [old, foreign]) await utimes(join(tmp, name), elevenMinutesAgo, elevenMinutesAgo);
    createFileDocumentStore({ folder: folder.path, now: () => new Date(0) });
    await expect.poll(() => readdir(tmp)).toEqual([fresh, foreign]);
  });
});
