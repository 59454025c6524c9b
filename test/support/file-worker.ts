import { createHash } from 'node:crypto';
import { mkdir, rmdir } from 'node:fs/promises';
import { openDisk } from '../../src/stores/disk/disk.ts';
import { createFileDocumentStore } from '../../src/stores/documents/file-system/document-store.ts';
import { createFileObjectStore } from '../../src/stores/objects/file-system/object-store.ts';

import { createServices } from './memory/bed.ts';
import { OPERATIONS, type Operation } from './one-key.ts';

/*
 * Runs in a process of its own and does what its parent tells it by messages `{ id, task, args }`; it answers
 * `{ id, result }` or `{ id, error }`. Tasks that go on until the process is killed report what was acknowledged to
 * them in messages `{ written }`.
 */
const folder = process.argv[2] ?? '';
const now = (): Date => new Date();
const documents = createFileDocumentStore({ folder: `${folder}/documents`, now });
const objects = createFileObjectStore({
  folder: `${folder}/objects`,
  now,
  signing: { key: Buffer.alloc(32, 'k') },
  minPartSize: 1,
});

const services = createServices({ documents, store: objects, now });

const report = (written: unknown): void => {
  process.send?.({ written });
};

const tasks = {
  create: (collection: string, id: string) => documents.create(collection, id, { pid: process.pid }),

  createLarge: (id: string, size: number) => documents.create('large', id, { text: 'x'.repeat(size) }),

  increment: (id: string) => documents.increment('counters', id, { by: 1, expiresInSeconds: 3600 }),

  addByCompareAndSet: async (id: string, rounds: number) => {
    let done = 0;
    while (done < rounds) {
      const found = await documents.read('users', id);
      const count = Number(found?.doc['count']) + 1;
      if (await documents.replace('users', id, { count }, found?.revision ?? '')) done += 1;
    }
  },

  /** Creates, replaces and counts until it is killed. */
  writeDocuments: async (name: string) => {
    for (let count = 1; ; count += 1) {
      await documents.create('users', `${name}-${count}`, { count, text: String(count).repeat(5000) });
      report({ created: `${name}-${count}`, count });
      const found = await documents.read('users', 'shared');
      const text = String(count).repeat(10_000);
      await documents.replace('users', 'shared', { count, text, name }, found?.revision ?? '');
      report({ counted: (await documents.increment('counters', 'shared', { by: 1, expiresInSeconds: 3600 })).value });
    }
  },

  /** Overwrites one object, and makes it anew out of parts, until it is killed. */
  writeObjects: async (first: number) => {
    for (let count = first; ; count += 1) {
      const bytes = Buffer.alloc(200_000 + count, String(count));
      const options = { contentType: 'image/png', metadata: { count: String(count), md5: md5(bytes) } };
      if (count % 2 === 0) await objects.put('images', 'hot.png', bytes, options);
      else await putInParts(bytes, options);
      report({ put: count });
    }
  },

  /** Takes a lock and keeps it until it is killed. */
  holdForEver: (name: string) =>
    openDisk(`${folder}/documents`).locks.hold(name, async () => {
      report({ holding: name });
      await new Promise(() => setInterval(() => undefined, 1000));
    }),

  /** Enters a critical section that notices company. */
  enterAlone: (name: string, rounds: number) => enterAlone(name, rounds),

  race: async (operation: Operation, ...[userId, key, caller, deleteToken, uploadId]: RaceArguments) => {
    await OPERATIONS[operation](services, { userId, key, caller, deleteToken, uploadId });
  },

  put: async (key: string, size: number) =>
    objects.put('images', key, Buffer.alloc(size), { contentType: 'image/png' }),
};

type RaceArguments = [userId: string, key: string, caller: number, deleteToken: string, uploadId: string];

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

async function putInParts(
  bytes: Buffer,
  options: { readonly contentType: string; readonly metadata: Readonly<Record<string, string>> },
): Promise<void> {
  const uploadId = await objects.createMultipartUpload('images', 'hot.png', options);
  const halves = [bytes.subarray(0, 100_000), bytes.subarray(100_000)];
  const parts = [];
  for (const [index, half] of halves.entries()) {
    parts.push(await objects.uploadPart('images', 'hot.png', uploadId, index + 1, half));
  }
  await objects.completeMultipartUpload('images', 'hot.png', uploadId, parts);
}

async function enterAlone(name: string, rounds: number): Promise<number> {
  const { locks } = openDisk(`${folder}/documents`);
  for (let round = 0; round < rounds; round += 1) {
    await locks.hold(name, async () => {
      await mkdir(`${folder}/occupied`);
      await rmdir(`${folder}/occupied`);
    });
  }
  return rounds;
}

type Task = (...args: readonly (string | number)[]) => Promise<unknown>;

interface Message {
  readonly id: number;
  readonly task: string;
  readonly args: readonly (string | number)[];
}

process.on('message', ({ id, task, args }: Message) => {
  const work: Task = Reflect.get(tasks as object, task);
  work(...args).then(
    (result) => process.send?.({ id, result }),
    (error) => process.send?.({ id, error: { code: error.code, message: error.message } }),
  );
});
report('ready');
