import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLimit, mapLimited } from '../../../src/concurrency/limit.ts';

/** Tasks that run until they are told to end. */
function createTasks() {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  let running = 0;
  let most = 0;
  return {
    begun,
    get most() {
      return most;
    },
    run: async (id: number): Promise<number> => {
      begun.push(id);
      running += 1;
      most = Math.max(most, running);
      try {
        await new Promise<void>((resolve, reject) => {
          ends.set(id, (error) => (error === undefined ? resolve() : reject(error)));
        });
        return id;
      } finally {
        running -= 1;
      }
    },
    end: async (id: number, error?: Error): Promise<void> => {
      ends.get(id)?.(error);
      await settle();
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a limit', () => {
  it('runs so many at once and the others in their order', async () => {
    const tasks = createTasks();
    const limit = createLimit({ concurrent: 2 });
    const all = [1, 2, 3, 4].map((id) => limit(() => tasks.run(id)));
    await settle();
    expect(tasks.begun).toEqual([1, 2]);
    await tasks.end(2);
    expect(tasks.begun).toEqual([1, 2, 3]);
    await tasks.end(1);
    await tasks.end(3);
    await tasks.end(4);
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
    expect(tasks.most).toBe(2);
  });

  it('goes on after a task that fails or throws at once', async () => {
    const limit = createLimit({ concurrent: 1 });
    const failed = limit(() => Promise.reject(new Error('tripped')));
    const thrown = limit(() => {
      throw new Error('fell');
    });
    const last = limit(async () => 'done');
    await expect(failed).rejects.toThrow('tripped');
    await expect(thrown).rejects.toThrow('fell');
    expect(await last).toBe('done');
  });

  it('lets nobody slip in before those who wait', async () => {
    const tasks = createTasks();
    const limit = createLimit({ concurrent: 1 });
    const first = limit(() => tasks.run(1));
    const second = limit(() => tasks.run(2));
    await settle();
    const third = first.then(() => limit(() => tasks.run(3)));
    await tasks.end(1);
    expect(tasks.begun).toEqual([1, 2]);
    await tasks.end(2);
    await tasks.end(3);
    expect(await Promise.all([second, third])).toEqual([2, 3]);
  });

  it.each([
    [undefined, 'Too many tasks wait'],
    [() => new Error('busy'), 'busy'],
  ])('refuses whom there is no room to wait for, and takes the next when there is', async (refuse, message) => {
    const tasks = createTasks();
    const limit = createLimit({ concurrent: 1, waiting: 1, ...(refuse !== undefined && { refuse }) });
    const accepted = [limit(() => tasks.run(1)), limit(() => tasks.run(2))];
    await settle();
    await expect(limit(() => tasks.run(3))).rejects.toThrow(message);
    await tasks.end(1);
    accepted.push(limit(() => tasks.run(4)));
    await tasks.end(2);
    await tasks.end(4);
    expect(await Promise.all(accepted)).toEqual([1, 2, 4]);
  });
});

describe('mapping with a limit', () => {
  it('keeps the order of the items and never does more at once', async () => {
    const pauses = fc.array(fc.nat(4), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(pauses, fc.integer({ min: 1, max: 8 }), async (items, concurrent) => {
        let running = 0;
        let most = 0;
        const results = await mapLimited(items, concurrent, async (pause, index) => {
          running += 1;
          most = Math.max(most, running);
          for (let turn = 0; turn < pause; turn += 1) await Promise.resolve();
          running -= 1;
          return `${index}: ${pause}`;
        });
        expect(results).toEqual(items.map((pause, index) => `${index}: ${pause}`));
        expect(most).toBeLessThanOrEqual(concurrent);
      }),
    );
  });

  it('does not wait for the slowest before it begins the next', async () => {
    const tasks = createTasks();
    const all = mapLimited([0, 1, 2, 3], 2, tasks.run);
    await settle();
    await tasks.end(1);
    await tasks.end(2);
    expect(tasks.begun).toEqual([0, 1, 2, 3]);
    await tasks.end(3);
    await tasks.end(0);
    expect(await all).toEqual([0, 1, 2, 3]);
  });

  it('begins nothing more after a failure', async () => {
    const tasks = createTasks();
    const all = mapLimited([0, 1, 2, 3, 4], 2, tasks.run);
    const refused = expect(all).rejects.toThrow('tripped');
    await settle();
    await tasks.end(0, new Error('tripped'));
    await refused;
    await tasks.end(1);
    expect(tasks.begun).toEqual([0, 1]);
  });
});
