import { MongoClient } from 'mongodb';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongodbUrl } from '../../src/config/mongodb.ts';
import { createAtomicityProbe } from '../../src/services/atomicity.ts';
import { createMongodbDocumentStore } from '../../src/stores/documents/mongodb/document-store.ts';
import type { MongodbConnection } from '../../src/stores/mongodb/client.ts';
import { describeDocumentStore } from '../suites/document-store.suite.ts';
import { isMongodbMissing, type Mongodb, startMongodb } from '../support/mongodb.ts';

/** The address of an empty database of a real one: where it is not given, that part is left out. */
const { IMAGEPIC_TEST_MONGODB_URL: REAL_URL } = process.env;

const now = (): Date => new Date();

function describeStore(name: string, connection: () => MongodbConnection): void {
  let offset = 0;
  const stores: { close?(): Promise<void> }[] = [];
  const open = (changed: Partial<MongodbConnection> = {}, clock = now) => {
    const store = createMongodbDocumentStore({ ...connection(), ...changed, now: clock });
    stores.push(store);
    return store;
  };
  afterAll(async () => {
    for (const store of stores) await store.close?.();
  });

  describeDocumentStore(
    name,
    async () => ({ store: open({}, () => new Date(Date.now() + offset)), close: async () => undefined }),
    {
      advanceClock: (milliseconds) => {
        offset += milliseconds;
      },
    },
  );

  it('keeps its word, whoever asks', async () => {
    let ids = 0;
    const newId = (): string => {
      ids += 1;
      return `${Date.now()}-${ids}`;
    };
    const place = { documents: name, variable: 'IMAGEPIC_TEST_MONGODB_URL' };
    const probes = Array.from({ length: 4 }, () => createAtomicityProbe({ documents: open(), place, newId, now })());
    expect(await Promise.all(probes)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('makes its collections once, however many begin at once', async () => {
    const collection = `made-${Date.now()}`;
    const opened = Array.from({ length: 12 }, () => open());
    const made = await Promise.all(opened.map((store, index) => store.create(collection, `u${index}`, { index })));
    expect(made).toEqual(opened.map(() => true));
    expect((await open().list(collection, { limit: 100 })).documents).toHaveLength(12);
  });

  it('keeps names that mean something to the database as text, and nothing happens by them', async () => {
    const store = open();
    const id = `hostile-${Date.now()}`;
    const docs = [
      { $set: { revision: 'x' } },
      { $where: 'sleep(9000)' },
      { 'a.b': 1, '': 2, $inc: { n: 1 } },
      { _id: 'other', $ref: 'users', $id: 1 },
      { _bsontype: 'ObjectId', id: 'x' },
      { nested: [{ $gt: '' }] },
      { number: { $numberLong: '1' } },
    ];
    await store.create('hostile', id, {});
    for (const doc of docs) {
      const revision = (await store.read('hostile', id))?.revision ?? '';
      expect(await store.replace('hostile', id, doc, revision)).toBe(true);
      expect((await store.read('hostile', id))?.doc).toEqual(doc);
    }
  });

  it('refuses what is larger than a document may be, and keeps what was there', async () => {
    const store = open();
    const id = `large-${Date.now()}`;
    const half = { text: 'x'.repeat(8_000_000) };
    expect(await store.create('large', id, half)).toBe(true);
    const revision = (await store.read('large', id))?.revision ?? '';
    const large = store.replace('large', id, { text: 'x'.repeat(17_500_000) }, revision);
    await expect(large).rejects.toMatchObject({ message: expect.stringContaining('16 MB') });
    expect((await store.read('large', id))?.doc).toEqual(half);
    await store.remove('large', id);
  });
}

describe.skipIf(isMongodbMissing)('on nx-27017', () => {
  let mongodb: Mongodb;

  beforeAll(async () => {
    mongodb = await startMongodb();
  });
  afterAll(() => mongodb.stop());

  describeStore('mongodb on nx-27017', () => mongodb.connection);

  it('writes rows that people can read, one collection each', async () => {
    const store = createMongodbDocumentStore({ ...mongodb.connection, now });
    await store.create('readable', 'u1', { name: '甲', count: 2 });
    await store.close?.();
    const client = new MongoClient(mongodb.url);
    const rows = await client.db('bed').collection('imagepic_readable').find().toArray();
    await client.close();
    expect(rows).toEqual([{ _id: 'u1', revision: expect.any(String), doc: { name: '甲', count: 2 } }]);
  });

  describe('says what to do', () => {
    const refusal = async (changed: Partial<MongodbConnection>): Promise<string> => {
      const store = createMongodbDocumentStore({ ...mongodb.connection, ...changed, now });
      const told = await store.read('users', 'u1').then(
        () => 'answered',
        (error) => `${error.code} ${error.message}`,
      );
      await store.close?.();
      return told;
    };

    it.each<[string, Partial<MongodbConnection>, RegExp]>([
      ['a port where nobody listens', { hosts: ['127.0.0.1:1'] }, /ServiceUnavailable.*cannot be reached/],
      ['a host that nobody knows', { hosts: ['no-such-host.invalid:27017'] }, /cannot be reached/],
      ['a name that leads nowhere', { srv: true, hosts: ['no-such-host.invalid'] }, /ServiceUnavailable/],
      ['a set that it is not in', { replicaSet: 'other' }, /cannot be reached/],
      ['a server without TLS', { tls: true }, /ServiceUnavailable.*tls/],
      ['a CA that is not there', { tls: true, tlsCAFile: '/nowhere.crt' }, /cannot be read/],
    ])('of %s', async (_, changed, expected) => {
      const login = { user: 'bed', password: 'hunter2', source: undefined, mechanism: undefined };
      expect(await refusal({ ...changed, login })).not.toContain('hunter2');
      expect(await refusal(changed)).toMatch(expected);
    });
  });
});

describe.skipIf(REAL_URL === undefined)('on a real MongoDB', () => {
  describeStore('mongodb', () => v.parse(mongodbUrl, REAL_URL));
});
