import { setImmediate as soon } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createFileDocumentStore } from '../../src/stores/documents/file-system/document-store.ts';
import { createFileObjectStore } from '../../src/stores/objects/file-system/object-store.ts';
import { buildWorker, type Worker } from '../support/file-processes.ts';
import { BUCKET, createMemoryBed, createServices } from '../support/memory/bed.ts';
import { type Arena, OPERATIONS, PAIRS, raceAll } from '../support/one-key.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

/** Rounds in processes, of which each pair gets its share, and a third as many on each of two stores in memory. */
const ROUNDS = Number(process.env['IMAGEPIC_FAULT_ROUNDS'] ?? 1000);
const ROUNDS_A_PAIR = Math.ceil(ROUNDS / PAIRS.length);
const now = (): Date => new Date();

describe('S2 S3 everything that changes an image, each with each at one key', () => {
  let folder: TempFolder;
  let workers: readonly Worker[] = [];
  beforeAll(async () => {
    folder = await makeTempFolder();
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await folder.remove();
  });

  it('R34 keeps books and loses nothing on files, in two processes', async () => {
    const start = await buildWorker(folder.path);
    workers = await Promise.all([start(folder.path), start(folder.path)]);
    const documents = createFileDocumentStore({ folder: `${folder.path}/documents`, now });
    const signing = { key: Buffer.alloc(32, 'k') };
    const store = createFileObjectStore({ folder: `${folder.path}/objects`, now, signing });
    await store.makeBucket(BUCKET);
    const arena: Arena = {
      ...{ documents, store, bed: createServices({ documents, store, now }) },
      run: async (operation, { userId, key, caller, deleteToken, uploadId }) => {
        try {
          await workers[caller % 2]?.ask('race', operation, userId, key, caller, deleteToken, uploadId);
          return undefined;
        } catch (error) {
          return error instanceof Error && 'code' in error ? String(error.code) : String(error);
        }
      },
    };
    expect(await raceAll(arena, ROUNDS_A_PAIR)).toEqual([]);
  }, 600_000);

  it.each([true, false])(
    'R34 keeps books and loses nothing in memory (the store holds conditions: %s)',
    async (conditional) => {
      const memory = await createMemoryBed({ conditional });
      // Somebody else is next, every time.
      memory.store.hooks.before = async () => {
        for (let turns = Math.random() * 4; turns > 0; turns -= 1) await soon();
      };
      const instances = [memory.another(), memory.another()];
      const arena: Arena = {
        ...{ documents: memory.documents, store: memory.store, bed: memory },
        run: async (operation, keyRace) => {
          try {
            await OPERATIONS[operation](instances[keyRace.caller % 2] ?? memory, keyRace);
            return undefined;
          } catch (error) {
            return error instanceof AppError ? error.code : String(error);
          }
        },
      };
      expect(await raceAll(arena, Math.ceil(ROUNDS_A_PAIR / 3))).toEqual([]);
    },
  );
});
