import { createCloudBaseDocumentStore } from '../../../src/stores/documents/cloudbase/document-store.ts';
import { EMULATED } from '../cloudbase-emulator.ts';
import { serveTasks } from './process.ts';

const [serviceUrl = ''] = process.argv.slice(2);
const store = createCloudBaseDocumentStore({
  envId: EMULATED.envId,
  credentials: { secretId: EMULATED.secretId, secretKey: EMULATED.secretKey },
  serviceUrl,
  inCloud: false,
  now: () => new Date(),
});

serveTasks({
  /** Tells in which rounds this process was the one that created the document of the round. */
  create: async (rounds: number) => {
    const won: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      if (await store.create('users', `round-${round}`, { pid: process.pid })) won.push(round);
    }
    return won;
  },

  addByCompareAndSet: async (id: string, rounds: number) => {
    for (let done = 0; done < rounds; ) {
      const found = await store.read('users', id);
      const count = Number(found?.doc['count']) + 1;
      if (await store.replace('users', id, { count }, found?.revision ?? '')) done += 1;
    }
  },

  increment: async (id: string, rounds: number) => {
    const seen: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      seen.push((await store.increment('counters', id, { by: 1, expiresInSeconds: 3600 })).value);
    }
    return seen;
  },
});
