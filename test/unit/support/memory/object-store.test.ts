import { describe, expect, it } from 'vitest';
import { describeObjectStore } from '../../../suites/object-store.suite.ts';
import { readAll } from '../../../suites/object-store-objects.suite.ts';
import { createMemoryObjectStore } from '../../../support/memory/object-store.ts';

const MIN_PART_SIZE = 64 * 1024;

describeObjectStore(
  'in-memory',
  async () => ({
    store: createMemoryObjectStore({ now: () => new Date(), minPartSize: MIN_PART_SIZE }),
    close: async () => undefined,
  }),
  { signedRequests: true, minPartSize: MIN_PART_SIZE, partsMayBeLeftOut: true },
);

describe('objects in memory', () => {
  const PNG = { contentType: 'image/png' };
  const open = async () => {
    const store = createMemoryObjectStore({ now: () => new Date() });
    await store.makeBucket('images');
    return store;
  };

  it.each(['', '/', 'a//b', '../a', 'a/.', 'a\0', '\ud800', 'x'.repeat(1025)])('refuses the key %j', async (key) => {
    const store = await open();
    const refused = { code: 'InvalidArgument' };
    await expect(store.put('images', key, Buffer.from('a'), PNG)).rejects.toMatchObject(refused);
    await expect(store.head('images', key)).rejects.toMatchObject(refused);
    await expect(store.presignGet('images', key, { expiresInSeconds: 1, mountUrl: '' })).rejects.toMatchObject(refused);
  });

  it('shares no byte with those who put and get', async () => {
    const store = await open();
    const bytes = Buffer.from('abc');
    await store.put('images', 'a', bytes, PNG);
    bytes.fill('x');
    const read = await readAll(await store.get('images', 'a'));
    read.fill('y');
    for await (const chunk of (await store.get('images', 'a'))?.body ?? []) chunk.fill(0);
    expect((await readAll(await store.get('images', 'a'))).toString()).toBe('abc');
  });

  it('ends a presigned request to the millisecond', async () => {
    let time = Date.UTC(2026, 0, 1);
    const store = createMemoryObjectStore({ now: () => new Date(time) });
    const { url } = await store.presignGet('images', 'a', { expiresInSeconds: 60, mountUrl: 'http://127.0.0.1' });
    const verify = () => store.signedRequests?.verify('GET', 'images', 'a', new URL(url).searchParams);
    time += 59_999;
    expect(verify()).toEqual({});
    time += 1;
    expect(verify()).toBeUndefined();
  });

  it('fails and loses answers as its hooks say', async () => {
    const store = await open();
    store.hooks.before = ({ method, key }) => {
      if (method === 'put' && key === 'failing') throw new Error('away');
    };
    store.hooks.after = ({ method }) => {
      if (method === 'put') throw new Error('answer lost');
    };
    await expect(store.put('images', 'failing', Buffer.from('a'), PNG)).rejects.toThrow('away');
    await expect(store.put('images', 'lost', Buffer.from('a'), PNG)).rejects.toThrow('answer lost');
    expect(await store.head('images', 'failing')).toBeUndefined();
    expect(await store.head('images', 'lost')).toBeDefined();
    store.hooks.before = ({ method, key }) => {
      if (method === 'removeMany' && key === 'kept') throw new Error('stays');
    };
    const failures = await store.removeMany('images', ['lost', 'kept']);
    expect(failures).toMatchObject([{ key: 'kept', cause: { message: 'stays' } }]);
    expect(await store.head('images', 'lost')).toBeUndefined();
  });
});
