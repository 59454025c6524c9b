import sdk from '@cloudbase/node-sdk';
import { describe, expect, it, type TestContext } from 'vitest';
import { EMULATED, startCloudBaseEmulator } from '../../support/cloudbase-emulator.ts';

const openSdk = async ({ onTestFinished }: TestContext, secretId: string = EMULATED.secretId) => {
  const emulator = await startCloudBaseEmulator();
  onTestFinished(() => emulator.stop().catch(() => undefined));
  const { envId, secretKey } = EMULATED;
  const database = sdk.init({ env: envId, secretId, secretKey, serviceUrl: emulator.serviceUrl }).database();
  await database.createCollection('users').catch(() => undefined);
  return { emulator, database, users: database.collection('users'), command: database.command };
};

describe('the emulator under the real SDK', () => {
  it('counts, orders, pages and compares', async (context) => {
    const { emulator, users, command } = await openSdk(context);
    for (let n = 0; n < 5; n += 1) await users.add({ _id: `u${n}`, n, team: n % 2 === 0 ? 'even' : 'odd' });
    expect((await users.where({ team: 'even' }).count()).total).toBe(3);
    expect((await users.where({ n: command.gt(1).and(command.lte(3)) }).get()).data.map(({ n }) => n)).toEqual([2, 3]);
    expect((await users.where({}).orderBy('n', 'desc').skip(1).limit(2).get()).data.map(({ n }) => n)).toEqual([3, 2]);
    await emulator.close();
  });

  it('compares lists by their members, and shows some fields alone', async (context) => {
    const { emulator, users, command } = await openSdk(context);
    await users.add({ _id: 'a', words: ['x', 'y'], n: 1 });
    await users.add({ _id: 'b', words: ['y'], n: 2 });
    const { eq, and, in: oneOf } = command;
    expect((await users.where({ words: eq('x') }).get()).data).toHaveLength(1);
    expect((await users.where({ words: oneOf(['x', 'z']) }).get()).data).toHaveLength(1);
    expect((await users.where(and([{ words: eq('x') }, { words: eq('y') }])).get()).data).toHaveLength(1);
    const shown = await users
      .where({ words: eq('y') })
      .field({ n: true })
      .get();
    expect(shown.data).toEqual([
      { _id: 'a', n: 1 },
      { _id: 'b', n: 2 },
    ]);
    await emulator.close();
  });

  it('updates by operators, and merges objects as the SDK flattens them', async (context) => {
    const { emulator, users, command } = await openSdk(context);
    await users.add({ _id: 'a', hits: 1, o: { a: 1, b: 2 }, none: null });
    expect(await users.doc('a').update({ hits: command.inc(2), o: { a: 7 } })).toMatchObject({ updated: 1 });
    expect((await users.doc('a').get()).data).toEqual([{ _id: 'a', hits: 3, o: { a: 7, b: 2 }, none: null }]);
    await expect(users.doc('a').update({ none: { x: 1 } })).rejects.toThrow("Cannot create field 'x'");
    expect(await users.doc('b').update({ hits: 1 })).toMatchObject({ updated: 0 });
    expect((await users.where({ _id: 'a' }).updateAndReturn({ hits: command.inc(1) })).doc).toMatchObject({ hits: 4 });
    expect(await users.doc('b').set({ new: true })).toMatchObject({ upsertedId: 'b' });
    expect(await users.where({ hits: 4 }).remove()).toMatchObject({ deleted: 1 });
    await emulator.close();
  });

  it('says what the cloud says of duplicate keys and missing collections', async (context) => {
    const { emulator, database, users } = await openSdk(context);
    await users.add({ _id: 'a' });
    await expect(users.add({ _id: 'a' })).rejects.toMatchObject({
      code: 'DATABASE_REQUEST_FAILED',
      message: expect.stringContaining('E11000 duplicate key error'),
    });
    await expect(database.collection('none').get()).rejects.toMatchObject({ code: 'DATABASE_COLLECTION_NOT_EXIST' });
    await expect(database.createCollection('users')).rejects.toThrow('Table exist');
    await emulator.close();
  });

  it.for<[string, (opened: Awaited<ReturnType<typeof openSdk>>) => Promise<unknown>]>([
    ['an action', ({ users }) => users.aggregate().match({}).end()],
    ['a transaction', ({ database }) => database.startTransaction()],
    [
      'an operator of a query',
      ({ users, command }) =>
        users
          .where({ n: command.exists(true) })
          .get()
          .then(() => users.add({ _id: 'a', n: 1 }))
          .then(() => users.where({ n: command.exists(true) }).get()),
    ],
    [
      'an operator of an update',
      ({ users, command }) => users.add({ _id: 'a', n: 1 }).then(() => users.doc('a').update({ n: command.mul(2) })),
    ],
    ['a projection of parts', ({ users }) => users.field({ 'n.m': true }).get()],
    ['a projection of all others', ({ users }) => users.field({ n: false }).get()],
    ['a name with a dot', ({ users }) => users.add({ _id: 'a', 'a.b': 1 })],
    ['a name of an operator', ({ users }) => users.add({ _id: 'a', o: { $x: 1 } })],
  ])('fails loudly on what it does not know: %s', async ([, use], context) => {
    const opened = await openSdk(context);
    await expect(use(opened)).rejects.toMatchObject({ code: 'EMULATOR_VIOLATION' });
    await expect(opened.emulator.close()).rejects.toThrow('cannot stand for the cloud');
  });

  it('lets nobody in with another key', async (context) => {
    const { emulator, users } = await openSdk(context, 'AKIDother');
    await expect(users.get()).rejects.toThrow('authorization is not valid');
    await expect(emulator.close()).rejects.toThrow('authorization');
  });
});
