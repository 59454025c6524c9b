import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPathGate } from '../../../../src/stores/disk/path-gate.ts';
import { linkExclusively, makeFolders, publish, removeEmptyFolders } from '../../../../src/stores/disk/publish.ts';
import { createScratch, type Scratch } from '../../../../src/stores/disk/scratch.ts';
import { SourceFailure, translateErrors } from '../../../../src/stores/disk/storage-error.ts';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';

describe('disk', () => {
  let folder: TempFolder;
  let scratch: Scratch;

  beforeEach(async () => {
    folder = await makeTempFolder();
    scratch = createScratch(createPathGate(folder.path));
  });
  afterEach(() => folder.remove());

  const at = (...names: readonly string[]): string => join(folder.path, ...names);
  const written = async (text: string): Promise<string> =>
    (await scratch.writeFile((file) => file.writeFile(text))).path;

  describe('publishing', () => {
    it('goes on while others remove the empty folder again and again', async () => {
      let made = 0;
      const makeFolder = async (): Promise<void> => {
        made += 1;
        await makeFolders(at('a', 'b'));
        if (made < 20) await removeEmptyFolders(at('a', 'b'), folder.path);
      };
      for (const exclusive of [true, false]) {
        made = 0;
        await rm(at('a'), { recursive: true, force: true });
        expect(await publish(await written('text'), at('a', 'b', 'file'), { exclusive, makeFolder })).toBe(true);
        expect(await readFile(at('a', 'b', 'file'), 'utf8')).toBe('text');
        expect(made).toBe(20);
      }
    });

    it('gives up when the written file is gone', async () => {
      const gone = await written('text');
      await scratch.discard(gone);
      const options = { exclusive: true, makeFolder: async () => undefined };
      await expect(publish(gone, at('file'), options)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('makes folders below a base, but not the base itself', async () => {
      await expect(makeFolders(at('base', 'a', 'b'), at('base'))).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await readdir(folder.path)).toEqual([]);
      await mkdir(at('base'));
      await Promise.all(Array.from({ length: 8 }, () => makeFolders(at('base', 'a', 'b', 'c'), at('base'))));
      expect((await stat(at('base', 'a', 'b', 'c'))).isDirectory()).toBe(true);
    });

    it('knows its own link where the answer to the first request was lost', async () => {
      const mine = await written('mine');
      expect(await linkExclusively(mine, at('file'))).toBe(true);
      expect(await linkExclusively(mine, at('file'))).toBe(true);
      expect(await linkExclusively(await written('other'), at('file'))).toBe(false);
    });
  });

  describe('scratch files', () => {
    it('leave nothing when writing fails', async () => {
      const fail = (): Promise<never> => Promise.reject(new Error('written badly'));
      await expect(scratch.writeFile(fail)).rejects.toThrow('written badly');
      await expect(scratch.makeFolder(fail)).rejects.toThrow('written badly');
      expect(await readdir(at('.tmp'))).toEqual([]);
    });

    it('throw a folder away, and say when it was not there', async () => {
      await mkdir(at('full', 'of', 'things'), { recursive: true });
      await writeFile(at('full', 'file'), '');
      expect(await scratch.throwAway(at('full'))).toBe(true);
      expect(await scratch.throwAway(at('full'))).toBe(false);
      expect(await readdir(folder.path)).toEqual(['.tmp']);
      expect(await readdir(at('.tmp'))).toEqual([]);
    });
  });

  describe('errors', () => {
    const outcome = (thrown: unknown): Promise<unknown> =>
      translateErrors(() => Promise.reject(thrown))().catch((error: unknown) => error);
    const systemError = (code: string): Error =>
      Object.assign(new Error(`${code}: ${folder.path}`), { code, syscall: 'write' });

    it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('of the kind %s mean that there is no room', async (code) => {
      const cause = systemError(code);
      expect(await outcome(cause)).toMatchObject({ code: 'InsufficientStorage', cause });
    });

    it.each(['EIO', 'EACCES', 'EROFS', 'EMFILE', 'ESTALE', 'ELOOP'])(
      'of the kind %s mean that the store does not work',
      async (code) => {
        const error = await outcome(systemError(code));
        expect(error).toMatchObject({ code: 'ServiceUnavailable' });
        expect(error instanceof Error && error.message).not.toContain(folder.path);
      },
    );

    it('of other kinds, and those of a source, stay what they are', async () => {
      for (const thrown of [new TypeError('a mistake'), 'text', undefined]) expect(await outcome(thrown)).toBe(thrown);
      const cause = systemError('ENOSPC');
      expect(await outcome(new SourceFailure(cause))).toBe(cause);
    });
  });

  it.each(['', '.', '..', 'a/b', '/a', 'a\\b', 'a\0'])('are never named %j', (name) => {
    expect(() => createPathGate(folder.path)('a', name)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });
});
