import sdk from '@cloudbase/node-sdk';
import { describe, expect, it, vi } from 'vitest';
import { createCloudBaseDocumentStore } from '../../../../../src/stores/documents/cloudbase/document-store.ts';
import { openStore, startBed } from '../../../../support/cloudbase-emulator/bed.ts';
import { EMULATED } from '../../../../support/cloudbase-emulator.ts';

const users = 'imagepic_users';

describe('what the SDK would do with values from outside', () => {
  it('does: it takes an operator in a query for an operator, and an operator in an update too', async (context) => {
    const { emulator, store } = await startBed(context);
    await store.create('users', 'a', { name: 'a' });
    const { envId, secretId, secretKey } = EMULATED;
    const collection = sdk
      .init({ env: envId, secretId, secretKey, serviceUrl: emulator.serviceUrl })
      .database()
      .collection(users);
    expect((await collection.where({ _id: { $ne: 'zz' } }).get()).data).toHaveLength(1);
    await collection.where({ _id: 'a' }).update({ $set: { owner: 'evil' } });
    expect(emulator.document(users, 'a')).toHaveProperty('owner', 'evil');
  });

  it.for<[string, unknown]>([
    ['an operator', { $ne: 'zz' }],
    ['undefined', undefined],
    ['null', null],
    ['a list', ['a']],
    ['a number', 7],
    ['a path', 'a.b'],
    ['nothing', ''],
    ['capitals', 'A'],
    ['a line feed', 'a\n'],
    ['129 characters', 'x'.repeat(129)],
  ])('refuses %s for an id without a request', async ([, id], context) => {
    const { emulator, store } = await startBed(context);
    // Stands for a caller without types.
    const untyped = id as string;
    const refusal = { code: 'InvalidArgument' };
    await expect(store.create('users', untyped, {})).rejects.toMatchObject(refusal);
    await expect(store.read('users', untyped)).rejects.toMatchObject(refusal);
    await expect(store.replace('users', untyped, {}, 'r')).rejects.toMatchObject(refusal);
    await expect(store.remove('users', untyped)).rejects.toMatchObject(refusal);
    await expect(store.increment('users', untyped, { by: 1, expiresInSeconds: 1 })).rejects.toMatchObject(refusal);
    if (untyped !== undefined)
      await expect(store.list('users', { after: untyped, limit: 1 })).rejects.toMatchObject(refusal);
    expect(emulator.requests).toEqual([]);
  });

  it.for<[string, unknown]>([
    ['an operator', { $ne: '' }],
    ['undefined', undefined],
    ['a regular expression', /.*/],
  ])('takes %s for a revision that is not the stored one', async ([, revision], context) => {
    const { emulator, store } = await startBed(context);
    await store.create('users', 'a', { name: 'a' });
    const asked = emulator.requests.length;
    // Stands for a caller without types.
    expect(await store.replace('users', 'a', { name: 'b' }, revision as string)).toBe(false);
    expect(emulator.requests).toHaveLength(asked);
  });

  it.for(['users/../x', 'Users', '', '$cmd', 'a.b', 'x'.repeat(65)])(
    'refuses the collection %j',
    async (collection, context) => {
      const { emulator, store } = await startBed(context);
      await expect(store.read(collection, 'a')).rejects.toMatchObject({ code: 'InvalidArgument' });
      await expect(store.list(collection, { limit: 1 })).rejects.toMatchObject({ code: 'InvalidArgument' });
      expect(emulator.requests).toEqual([]);
    },
  );

  it.for([0, 1001, 1.5, Number.NaN])(
    'refuses the limit %d, which the SDK takes for 100 or 1,000',
    async (limit, context) => {
      const { emulator, store } = await startBed(context);
      await expect(store.list('users', { limit })).rejects.toMatchObject({ code: 'InvalidArgument' });
      expect(emulator.requests).toEqual([]);
    },
  );
});

describe('a counter', () => {
  it.for([
    { by: Number.NaN, expiresInSeconds: 1 },
    { by: Number.POSITIVE_INFINITY, expiresInSeconds: 1 },
    { by: 1, expiresInSeconds: 0 },
    { by: 1, expiresInSeconds: Number.NaN },
  ])('refuses %j', async (increment, context) => {
    const { emulator, store } = await startBed(context);
    await expect(store.increment('users', 'hits', increment)).rejects.toMatchObject({ code: 'InvalidArgument' });
    expect(emulator.requests).toEqual([]);
  });

  it('can be read in the console, and as a document', async (context) => {
    const { emulator, store } = await startBed(context);
    const { expiresAt } = await store.increment('users', 'hits', { by: 2, expiresInSeconds: 60 });
    const doc = { value: 2, expiresAt: expiresAt.toISOString() };
    expect((await store.read('users', 'hits'))?.doc).toEqual(doc);
    expect(emulator.document(users, 'hits')?.['doc']).toEqual({ ...doc, value: { $numberInt: '2' } });
  });

  it('is damaged when its document is no counter', async (context) => {
    const { store } = await startBed(context);
    await store.create('users', 'a', { value: 1 });
    const damaged = { code: 'ServiceUnavailable', message: expect.stringContaining('damaged') };
    await expect(store.increment('users', 'a', { by: 1, expiresInSeconds: 1 })).rejects.toMatchObject(damaged);
  });

  it('adds up a burst in a few requests, and reads a running one without a write', async (context) => {
    const { emulator, store } = await startBed(context);
    const add = (by: number) => store.increment('users', 'hits', { by, expiresInSeconds: 60 });
    await Promise.all(Array.from({ length: 100 }, () => add(1)));
    expect(emulator.requests.length).toBeLessThan(10);
    const asked = emulator.requests.length;
    expect((await add(0)).value).toBe(100);
    expect(emulator.requests).toHaveLength(asked + 1);
  });
});

describe('collections', () => {
  it('are made when they are missed, once for all who miss them', async (context) => {
    const { emulator, store } = await startBed(context);
    expect(await store.read('users', 'a')).toBeUndefined();
    await Promise.all(Array.from({ length: 5 }, (_, index) => store.create('sessions', `s${index}`, {})));
    const made = emulator.requests.filter(({ action }) => action === 'database.addCollection');
    expect(made.map(({ collectionName }) => collectionName)).toEqual([users, 'imagepic_sessions']);
  });

  it('may be made by another process at the same moment', async (context) => {
    const { open } = await startBed(context);
    expect(await Promise.all([open().create('users', 'a', {}), open().create('users', 'b', {})])).toEqual([true, true]);
  });

  it('are not made by a ping', async (context) => {
    const { emulator, store } = await startBed(context);
    await store.ping();
    expect(emulator.requests.map(({ action }) => action)).toEqual(['database.getDocument']);
  });

  it('have names that begin with the prefix', async (context) => {
    const { emulator, open } = await startBed(context);
    await open({ prefix: 'test_' }).create('users', 'a', {});
    expect(emulator.document('test_users', 'a')).toBeDefined();
  });

  it('cannot be made where that is forbidden, and nothing is called absent for it', async (context) => {
    const { emulator, store } = await startBed(context);
    emulator.inject({
      action: 'database.addCollection',
      effect: false,
      answer: { code: 'PERMISSION_DENIED', message: 'no' },
    });
    await expect(store.read('users', 'a')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await expect(store.create('users', 'a', {})).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });
});

describe('requests', () => {
  it('carry no transaction and change one document each', async (context) => {
    const { emulator, store } = await startBed(context);
    await store.create('users', 'a', {});
    const { revision = '' } = (await store.read('users', 'a')) ?? {};
    await store.replace('users', 'a', { b: 1 }, revision);
    await store.increment('users', 'hits', { by: 1, expiresInSeconds: 60 });
    await store.increment('users', 'hits', { by: 1, expiresInSeconds: 60 });
    await store.remove('users', 'a');
    expect(emulator.requests.some((body) => 'transactionId' in body || body['multi'] === true)).toBe(false);
  });

  it('go over one connection, however long each may take', async (context) => {
    const { emulator, store } = await startBed(context);
    for (let round = 0; round < 20; round += 1) await store.increment('users', 'hits', { by: 1, expiresInSeconds: 60 });
    expect(await emulator.connections()).toBe(1);
  });

  it('come in with an API key too, and with the token of a temporary key', async (context) => {
    const { emulator, open } = await startBed(context);
    const { apiKey, secretId, secretKey } = EMULATED;
    expect(await open({ credentials: { apiKey } }).create('users', 'a', {})).toBe(true);
    expect(await open({ credentials: { secretId, secretKey, sessionToken: 'sts' } }).create('users', 'b', {})).toBe(
      true,
    );
    expect(emulator.requests.at(-1)).toHaveProperty('sessionToken', 'sts');
  });
});

describe('credentials', () => {
  const connection = { envId: EMULATED.envId, now: () => new Date(), serviceUrl: 'http://127.0.0.1:9/admin' };

  it.for<[string, Parameters<typeof createCloudBaseDocumentStore>[0]]>([
    ['the platform’s outside the cloud', { ...connection, inCloud: false, credentials: 'platform' }],
    ['an empty key', { ...connection, inCloud: true, credentials: { secretId: 'a', secretKey: '' } }],
    ['an empty API key', { ...connection, inCloud: false, credentials: { apiKey: '' } }],
  ])('are missed at once: %s', ([, options]) => {
    expect(() => createCloudBaseDocumentStore(options)).toThrow(
      /TENCENTCLOUD_SECRETID.*TENCENTCLOUD_SECRETKEY.*CLOUDBASE_APIKEY/,
    );
  });

  it.for(['', '1', '$', 'a.b', 'a-'])('go to no collections that begin with %j', (prefix) => {
    const options = { ...connection, inCloud: true, credentials: 'platform', prefix } as const;
    expect(() => createCloudBaseDocumentStore(options)).toThrow(TypeError);
  });

  it.for(['', 'UPPER', 'x'.repeat(41), 'a.evil.example/'])('go to no environment called %j', (envId) => {
    expect(() =>
      createCloudBaseDocumentStore({ ...connection, envId, inCloud: true, credentials: 'platform' }),
    ).toThrow(TypeError);
  });

  it('that the platform fails to give are an error, and neither an unsigned request nor an unhandled rejection', async (context) => {
    const { emulator } = await startBed(context);
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    context.onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const store = openStore(emulator, { inCloud: true, credentials: 'platform' });
    await expect(store.read('users', 'a')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
    expect(emulator.requests).toEqual([]);
  });

  it('of the platform are read anew for each request, as they expire', async (context) => {
    const { emulator } = await startBed(context);
    context.onTestFinished(() => void vi.unstubAllEnvs());
    const store = openStore(emulator, { inCloud: true, credentials: 'platform', region: 'ap-shanghai' });
    vi.stubEnv('TENCENTCLOUD_RUNENV', 'SCF');
    vi.stubEnv('TENCENTCLOUD_REGION', 'ap-shanghai');
    vi.stubEnv('SCF_NAMESPACE', EMULATED.envId);
    vi.stubEnv('TENCENTCLOUD_SECRETID', EMULATED.secretId);
    vi.stubEnv('TENCENTCLOUD_SECRETKEY', EMULATED.secretKey);
    vi.stubEnv('TENCENTCLOUD_SESSIONTOKEN', 'first');
    await store.create('users', 'a', {});
    vi.stubEnv('TENCENTCLOUD_SESSIONTOKEN', 'second');
    await store.read('users', 'a');
    expect(emulator.requests.at(0)).toHaveProperty('sessionToken', 'first');
    expect(emulator.requests.at(-1)).toHaveProperty('sessionToken', 'second');
  });
});
