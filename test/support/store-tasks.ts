import type { DocumentStore } from '../../src/ports/document-store.ts';
import { serveTasks } from './cloudbase-emulator/process.ts';

/** Answers a parent that asks for work on a store. */
export function serveStore(store: DocumentStore): void {
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

    /** Creates, replaces and counts once; what was acknowledged is the answer. */
    write: async (id: string, shared: string) => {
      const created = await store.create('written', id, { id });
      const found = await store.read('written', shared);
      const count = Number(found?.doc['count']) + 1;
      const replaced = await store.replace('written', shared, { count }, found?.revision ?? '');
      const { value } = await store.increment('counters', shared, { by: 1, expiresInSeconds: 3600 });
      return { created, replaced, value };
    },
  });
}
