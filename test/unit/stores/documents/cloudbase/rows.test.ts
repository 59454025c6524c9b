import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../../src/ports/document-store.ts';
import { startBed } from '../../../../support/cloudbase-emulator/bed.ts';

const users = 'imagepic_users';

/** Documents that an administrator reads as such in the console. */
const READABLE: readonly (readonly [string, JsonObject])[] = [
  ['nested objects', { a: { b: { c: 1 } }, list: [{ d: [] }], nothing: {} }],
  ['null', { name: null, list: [null] }],
  ['numbers', { int: 1, long: 2 ** 53 - 1, negative: -5_000_000_000, double: 0.1, tiny: 5e-324 }],
  ['operators as values', { name: '$set', query: '{"$ne":1}', date: '2026-11-20T00:00:00.000Z' }],
  ['names in Chinese', { 名字: '猫 🐱', 'a b': 1, 'a-b': 2 }],
  ['names of methods', { constructor: 1, hasOwnProperty: 2, toString: 3, toJSON: 4, toBSON: 5, length: 6 }],
  ['names that begin with _', { _id: 'x', _openid: 'y' }],
];

/** Documents that are kept as JSON text, because the SDK or the database may change them. */
const OPAQUE: readonly (readonly [string, JsonObject])[] = [
  ['an operator for a name', { $set: { owner: 'evil' } }],
  ['extended JSON', { at: { $date: 0 }, id: { $oid: '0'.repeat(24) }, n: { $numberInt: '1' } }],
  ['a path for a name', { 'a.b': 1 }],
  ['an empty name', { '': 1 }],
  ['GeoJSON', { at: { type: 'Point', coordinates: [1, 2] } }],
  ['GeoJSON that is none', { at: { type: 'Point', coordinates: [1000, 'x'] } }],
  ['a BSON type', { _bsontype: 'ObjectID', id: 'x' }],
  ['a type of the SDK', { _internalType: 'SERVER_DATE' }],
  ['__proto__', JSON.parse('{"__proto__":{"isAdmin":true}}')],
  ['2^53', { n: 2 ** 53 }],
  ['2^63', { n: 2 ** 63 }],
  ['1e300', { n: 1e300 }],
  ['NUL', { text: 'a\0b' }],
  ['half a surrogate pair', { text: '\ud800' }],
  ['40 levels', JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`)],
];

describe('a document in the database', () => {
  it.for(READABLE)('can be read in the console with %s', async ([, doc], context) => {
    const { emulator, store } = await startBed(context);
    await store.create('users', 'a', doc);
    expect(emulator.document(users, 'a')?.['doc']).toBeTypeOf('object');
    expect((await store.read('users', 'a'))?.doc).toEqual(doc);
  });

  it.for(OPAQUE)('is kept as text with %s', async ([, doc], context) => {
    const { emulator, store } = await startBed(context);
    await store.create('users', 'a', { list: [doc] });
    expect(emulator.document(users, 'a')?.['doc']).toBe(JSON.stringify({ list: [doc] }));
    expect(JSON.stringify((await store.read('users', 'a'))?.doc)).toBe(JSON.stringify({ list: [doc] }));
  });

  it('is replaced whole: nothing is merged, flattened or left out', async (context) => {
    const { store } = await startBed(context);
    const versions: readonly JsonObject[] = [
      { o: { a: { b: 1, c: 2 } }, e: { x: 1 } },
      { o: { a: { b: 2 } }, e: {} },
      { o: null, e: {} },
      { o: { a: { b: 3 } } },
      {},
      { $set: { o: 1 } },
      { o: { a: 1 } },
    ];
    await store.create('users', 'a', {});
    for (const doc of versions) {
      const { revision = '' } = (await store.read('users', 'a')) ?? {};
      expect(await store.replace('users', 'a', doc, revision)).toBe(true);
      expect((await store.read('users', 'a'))?.doc).toEqual(doc);
    }
  });

  it('is what JSON says of it: no undefined, no -0, no bytes as such', async (context) => {
    const { store } = await startBed(context);
    const doc = { kept: 1, dropped: undefined, zero: -0, at: new Date(0), bytes: Buffer.from('a') };
    // Stands for a caller without types.
    await store.create('users', 'a', doc as unknown as JsonObject);
    expect((await store.read('users', 'a'))?.doc).toEqual(JSON.parse(JSON.stringify(doc)));
  });

  it('is refused when JSON cannot say it', async (context) => {
    const { emulator, store } = await startBed(context);
    // Stands for a caller without types.
    await expect(store.create('users', 'a', { n: 1n } as unknown as JsonObject)).rejects.toBeInstanceOf(TypeError);
    expect(emulator.requests).toEqual([]);
  });

  it('reads back equal whatever JSON it is', async (context) => {
    const { store } = await startBed(context);
    const names = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('$set', 'a.b', '__proto__', 'type', 'coordinates', '_bsontype'),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.maxSafeInteger(),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(names, tie('value'), { maxKeys: 4 }),
      ),
    }));
    let count = 0;
    const document = fc
      .dictionary(names, value, { maxKeys: 4 })
      .map((doc): JsonObject => JSON.parse(JSON.stringify(doc)));
    await fc.assert(
      fc.asyncProperty(document, async (doc) => {
        count += 1;
        const id = `doc-${count}`;
        await store.create('users', id, doc);
        const { revision = '', doc: created } = (await store.read('users', id)) ?? {};
        expect(JSON.stringify(created)).toBe(JSON.stringify(doc));
        await store.replace('users', id, { again: doc }, revision);
        expect(JSON.stringify((await store.read('users', id))?.doc)).toBe(JSON.stringify({ again: doc }));
      }),
      { numRuns: 150 },
    );
  });
});

describe('a row that was changed behind the service’s back', () => {
  const revision = 'x'.repeat(12);

  it.for<[string, Readonly<Record<string, string | null | Readonly<Record<string, string>>>>]>([
    ['without a document', { revision }],
    ['without a revision', { doc: '{}' }],
    ['with a revision that is none', { revision: '1', doc: '{}' }],
    ['with text that is not JSON', { revision, doc: '{' }],
    ['with text that is no object', { revision, doc: '[]' }],
    ['with null for a document', { revision, doc: null }],
    ['with a number for a document', { revision, doc: { $numberInt: '1' } }],
  ])('counts as present and damaged %s', async ([, row], context) => {
    const { emulator, store } = await startBed(context);
    emulator.put(users, { _id: 'u_secret', ...row });
    const damaged = { code: 'ServiceUnavailable', message: expect.stringContaining('damaged') };
    await expect(store.read('users', 'u_secret')).rejects.toMatchObject(damaged);
    await expect(store.read('users', 'u_secret')).rejects.not.toMatchObject({
      message: expect.stringContaining('u_secret'),
    });
    await expect(store.list('users', { limit: 5 })).rejects.toMatchObject(damaged);
    await expect(store.increment('users', 'u_secret', { by: 1, expiresInSeconds: 1 })).rejects.toMatchObject(damaged);
    expect(await store.create('users', 'u_secret', {})).toBe(false);
    await store.remove('users', 'u_secret');
    expect(await store.read('users', 'u_secret')).toBeUndefined();
  });

  it('may be mended by hand, its document readable or as text', async (context) => {
    const { emulator, store } = await startBed(context);
    emulator.put(users, { _id: 'a', revision, doc: { role: 'admin', age: { $numberDouble: '7.0' } }, note: 'by hand' });
    emulator.put(users, { _id: 'b', revision, doc: '{"role":"admin"}' });
    expect(await store.read('users', 'a')).toEqual({ revision, doc: { role: 'admin', age: 7 } });
    expect(await store.replace('users', 'b', { role: 'member' }, revision)).toBe(true);
  });

  it('is passed over in a listing when its id cannot be one of the service', async (context) => {
    const { emulator, store } = await startBed(context);
    for (const id of ['A', 'B', 'C', 'a', 'b', 'é', 'é2', 'z']) emulator.put(users, { _id: id, revision, doc: {} });
    const first = await store.list('users', { limit: 1 });
    const second = await store.list('users', { limit: 2, after: first.after ?? '' });
    expect([...first.documents, ...second.documents].map(({ id }) => id)).toEqual(['a', 'b', 'z']);
    expect(second).not.toHaveProperty('after');
  });
});
