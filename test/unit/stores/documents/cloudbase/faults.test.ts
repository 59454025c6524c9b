import { describe, expect, it, type TestContext } from 'vitest';
import { AppError } from '../../../../../src/errors.ts';
import type { DocumentStore } from '../../../../../src/ports/document-store.ts';
import { startBed } from '../../../../support/cloudbase-emulator/bed.ts';
import { FAULTS, type Fault } from '../../../../support/cloudbase-emulator.ts';

const BUDGET_MS = 5_000;
const SLACK_MS = 700;
const minute = { by: 1, expiresInSeconds: 60 };

type Prepared = () => Promise<void>;

/** Prepares each call of the port, and then makes it and expects what it promises when all goes well. */
const CALLS: Readonly<Record<string, (store: DocumentStore) => Promise<Prepared>>> = {
  create: async (store) => async () => expect(await store.create('users', 'new', { name: 'new' })).toBe(true),
  read: async (store) => async () => expect((await store.read('users', 'old'))?.doc).toEqual({ name: 'old' }),
  replace: async (store) => {
    const { revision = '' } = (await store.read('users', 'old')) ?? {};
    return async () => expect(await store.replace('users', 'old', { name: 'replaced' }, revision)).toBe(true);
  },
  remove: async (store) => async () => expect(await store.remove('users', 'old')).toBeUndefined(),
  list: async (store) => async () => expect((await store.list('users', { limit: 9 })).documents).toHaveLength(1),
  increment: async (store) => async () => expect((await store.increment('users', 'hits', minute)).value).toBe(1),
  ping: async (store) => async () => expect(await store.ping()).toBeUndefined(),
};

/** What is stored once a call has had its effect. */
const EFFECTS: Readonly<Record<string, (store: DocumentStore) => Promise<void>>> = {
  create: async (store) => expect((await store.read('users', 'new'))?.doc).toEqual({ name: 'new' }),
  replace: async (store) => expect((await store.read('users', 'old'))?.doc).toEqual({ name: 'replaced' }),
  remove: async (store) => expect(await store.read('users', 'old')).toBeUndefined(),
  increment: async (store) => expect((await store.increment('users', 'hits', minute)).value).toBe(2),
};

const openPrepared = async (context: TestContext) => {
  const bed = await startBed(context);
  await bed.store.create('users', 'old', { name: 'old' });
  return { ...bed, store: bed.open() };
};

describe.concurrent('a database that fails', () => {
  it.for(FAULTS)('is survived by every call when it happens once: %s', async ([, fault], context) => {
    const survive = async ([name, prepare]: readonly [string, (typeof CALLS)[string]]): Promise<void> => {
      const { store, emulator } = await openPrepared(context);
      const call = await prepare(store);
      emulator.inject({ ...fault, times: 1 });
      await call();
      await EFFECTS[name]?.(store);
    };
    await Promise.all(Object.entries(CALLS).map(survive));
  });

  it.for(FAULTS)('gives ServiceUnavailable within 5 s when it goes on: %s', async ([, fault], context) => {
    const fail = async (prepare: (typeof CALLS)[string]): Promise<void> => {
      const { store, emulator } = await openPrepared(context);
      const call = await prepare(store);
      emulator.inject(fault);
      const startedAt = performance.now();
      const error = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(performance.now() - startedAt).toBeLessThan(BUDGET_MS + SLACK_MS);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'ServiceUnavailable', cause: expect.any(Error) });
    };
    await Promise.all(Object.values(CALLS).map(fail));
  });

  it.for(['DATABASE_PERMISSION_DENIED', 'INVALID_ENV', 'SIGN_PARAM_INVALID'])(
    'is not asked again after %s',
    async (code, context) => {
      const { store, emulator } = await openPrepared(context);
      const calls = await Promise.all(Object.values(CALLS).map((prepare) => prepare(store)));
      const asked = emulator.requests.length;
      emulator.inject({ effect: false, answer: { code, message: 'no' } });
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
      expect(emulator.requests.length - asked).toBe(calls.length);
    },
  );

  it('is left alone after five failures, and found again within 10 s once it is back', async (context) => {
    const { store, emulator, advance } = await openPrepared(context);
    await store.ping();
    await emulator.stop();
    await expect(store.read('users', 'old')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await expect(store.read('users', 'old')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await emulator.start();
    const asked = emulator.requests.length;
    await expect(store.read('users', 'old')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(emulator.requests).toHaveLength(asked);
    advance(10_000);
    expect((await store.read('users', 'old'))?.doc).toEqual({ name: 'old' });
  });

  it('does not show in reads and writes on connections that it closed meanwhile', async (context) => {
    const { store, emulator } = await openPrepared(context);
    const { revision = '' } = (await store.read('users', 'old')) ?? {};
    await emulator.stop();
    await emulator.start();
    expect(await store.replace('users', 'old', { name: 'replaced' }, revision)).toBe(true);
    await emulator.stop();
    await emulator.start();
    expect((await store.read('users', 'old'))?.doc).toEqual({ name: 'replaced' });
  });
});

describe.concurrent('a write whose answer is lost', () => {
  const lostAnswer: Fault = { action: 'database.modifyDocument', times: 1, answer: 'reset' };
  const lostRequest: Fault = { ...lostAnswer, effect: false };

  /** Replaces a document by one store, and by another so many times before the first can look what became of it. */
  const replaceMeanwhile = async (context: TestContext, fault: Fault, others: number) => {
    const { store, emulator, open } = await openPrepared(context);
    const other = open();
    const { revision = '' } = (await store.read('users', 'old')) ?? {};
    await other.ping();
    emulator.inject(fault);
    let letLook = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      letLook = resolve;
    });
    emulator.inject({ action: 'database.getDocument', times: 1, until });
    const asked = emulator.requests.length;
    const replaced = store.replace('users', 'old', { name: 'ours' }, revision);
    await expect.poll(() => emulator.requests.length).toBe(asked + 2);
    for (let round = 0; round < others; round += 1) {
      const found = await other.read('users', 'old');
      await other.replace('users', 'old', { name: 'theirs' }, found?.revision ?? '');
    }
    letLook();
    return replaced;
  };

  it('is reported as done when it was done, also after others have written', async (context) => {
    expect(await replaceMeanwhile(context, lostAnswer, 0)).toBe(true);
    expect(await replaceMeanwhile(context, lostAnswer, 1)).toBe(true);
    expect(await replaceMeanwhile(context, lostAnswer, 15)).toBe(true);
  });

  it('is reported as refused when another was faster', async (context) => {
    expect(await replaceMeanwhile(context, lostRequest, 1)).toBe(false);
    expect(await replaceMeanwhile(context, lostRequest, 15)).toBe(false);
  });

  it('is not guessed at when too much was written since', async (context) => {
    await expect(replaceMeanwhile(context, lostAnswer, 16)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('is looked up when the answer is about something else', async (context) => {
    const { store, emulator } = await openPrepared(context);
    emulator.inject({ action: 'database.insertDocument', times: 1, answer: { data: { insertedIds: ['other'] } } });
    expect(await store.create('users', 'new', { name: 'new' })).toBe(true);
    const { revision = '' } = (await store.read('users', 'new')) ?? {};
    emulator.inject({ action: 'database.modifyDocument', times: 1, answer: { data: { updated: 7 } } });
    expect(await store.replace('users', 'new', { name: 'replaced' }, revision)).toBe(true);
    expect((await store.read('users', 'new'))?.doc).toEqual({ name: 'replaced' });
  });

  it('is sent three times at most, and then its fate is not guessed at', async (context) => {
    const { store, emulator } = await openPrepared(context);
    const { revision = '' } = (await store.read('users', 'old')) ?? {};
    emulator.inject({ action: 'database.modifyDocument', effect: false, answer: { status: 503 } });
    await expect(store.replace('users', 'old', {}, revision)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(emulator.requests.filter(({ action }) => action === 'database.modifyDocument')).toHaveLength(3);
    emulator.heal();
    expect(await store.replace('users', 'old', {}, revision)).toBe(true);
  });

  it('is given up by an increment whose time is used up by others', async (context) => {
    const { store, emulator, open, advance } = await openPrepared(context);
    const other = open();
    await other.increment('users', 'hits', minute);
    emulator.inject({ action: 'database.modifyDocument', times: 1, delayMs: 300 });
    const asked = emulator.requests.length;
    const increment = store.increment('users', 'hits', minute);
    await expect.poll(() => emulator.requests.length).toBe(asked + 2);
    await other.increment('users', 'hits', minute);
    advance(5000);
    await expect(increment).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect((await other.increment('users', 'hits', minute)).value).toBe(3);
  });

  it('lets the one creation win that took place', async (context) => {
    const { store, emulator, open } = await openPrepared(context);
    emulator.inject({ action: 'database.insertDocument', times: 1, answer: 'reset' });
    const won = await Promise.all([store.create('users', 'id', { by: 0 }), open().create('users', 'id', { by: 1 })]);
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await store.read('users', 'id'))?.doc).toEqual({ by: won.indexOf(true) });
  });

  it('changes nothing when it arrives after its caller gave it up and went on', async (context) => {
    const { store, emulator } = await openPrepared(context);
    const { revision = '' } = (await store.read('users', 'old')) ?? {};
    emulator.inject({ action: 'database.modifyDocument', times: 1, delayMs: 3000 });
    expect(await store.replace('users', 'old', { name: 'first' }, revision)).toBe(true);
    const first = await store.read('users', 'old');
    expect(await store.replace('users', 'old', { name: 'second' }, first?.revision ?? '')).toBe(true);
    await emulator.idle();
    expect((await store.read('users', 'old'))?.doc).toEqual({ name: 'second' });
  });

  it('is counted once by increments of four stores', async (context) => {
    const { emulator, open } = await openPrepared(context);
    for (const action of ['database.insertDocument', 'database.modifyDocument']) {
      emulator.inject({ action, every: 3, answer: 'reset' });
      emulator.inject({ action, every: 5, effect: false, answer: 'reset' });
    }
    const count = async (store: DocumentStore): Promise<readonly number[]> => {
      const seen: number[] = [];
      for (let round = 0; round < 15; round += 1) seen.push((await store.increment('users', 'hits', minute)).value);
      return seen;
    };
    const seen = (await Promise.all(Array.from({ length: 4 }, () => count(open())))).flat();
    expect([...seen].sort((left, right) => left - right)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });
});
