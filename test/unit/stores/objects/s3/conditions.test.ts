import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../../src/errors.ts';
import { PNG, useScriptedStore, xml } from '../../../../support/scripted-store.ts';

const refusedWith = (error: unknown): unknown => (error instanceof AppError ? error.code : error);

describe('a condition on what was seen', () => {
  const wire = useScriptedStore();

  const at = 'Fri, 20 Nov 2026 10:00:00 GMT';
  const found = { etag: '"e"', 'content-length': '1', 'last-modified': at, 'x-amz-meta-owner': 'u_1' };
  const seen1 = {
    ...{ key: 'a', size: 1, etag: 'e', contentType: 'application/octet-stream', lastModified: new Date(at) },
    metadata: { owner: 'u_1' },
  };
  const all = {
    conditionalWrite: true,
    conditionalReplace: true,
    conditionalCopy: true,
    conditionalSource: true,
    conditionalDelete: true,
  };
  const none = {
    conditionalWrite: false,
    conditionalReplace: false,
    conditionalCopy: false,
    conditionalSource: true,
    conditionalDelete: false,
  };
  const knowing = (capabilities: object) => wire.open({ capabilities: async () => capabilities });
  const asked = () => wire.seen.map(({ method, headers }) => [method, headers['if-match'] ?? headers['if-none-match']]);
  beforeEach(() => {
    wire.reply = ({ method, headers }) => {
      if (method === 'HEAD') return { headers: found };
      if (headers['x-amz-copy-source']) return xml('<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>');
      return { headers: { etag: '"new"' } };
    };
  });

  it.each([
    ['capable', all, ['HEAD', undefined], ['PUT', '"e"']],
    ['incapable', none, ['HEAD', undefined], ['PUT', undefined]],
  ])('is looked at and sent to a %s store', async (_, capabilities, ...expected) => {
    expect(await knowing(capabilities).put('images', 'a', Buffer.from('b'), { ...PNG, ifMatch: seen1 })).toBeDefined();
    expect(asked()).toEqual(expected);
  });

  it.each([
    ['capable', all, '"e"'],
    ['incapable', none, undefined],
  ])('is looked at once by a caller who keeps others away from a %s store', async (_, capabilities, header) => {
    const condition = { ifMatch: seen1, hasLooked: true };
    const store = knowing(capabilities);
    await store.put('images', 'a', Buffer.from('b'), { ...PNG, ...condition });
    await store.copy({ bucket: 'images', key: 'b', ifMatch: seen1 }, { bucket: 'images', key: 'a' }, condition);
    wire.reply = () => ({ status: 204 });
    expect(await store.remove('images', 'a', condition)).toBe('removed');
    expect(asked()).toEqual([
      ['PUT', header],
      ['PUT', header],
      ['DELETE', header],
    ]);
    expect(wire.seen[1]?.headers['x-amz-copy-source-if-match']).toBe('"e"');
  });

  it.each([
    ['another owner', { ...found, 'x-amz-meta-owner': 'u_2' }, 'changed'],
    ['other bytes', { ...found, etag: '"f"' }, 'changed'],
    ['nothing', undefined, 'absent'],
  ])('keeps anything from being done to what has %s', async (_, headers, outcome) => {
    wire.reply = () => (headers === undefined ? { status: 404 } : { headers });
    for (const capabilities of [all, none]) {
      const store = knowing(capabilities);
      expect(await store.put('images', 'a', Buffer.from('b'), { ...PNG, ifMatch: seen1 })).toBeUndefined();
      expect(await store.remove('images', 'a', { ifMatch: seen1 })).toBe(outcome);
    }
    expect(new Set(wire.seen.map(({ method }) => method))).toEqual(new Set(['HEAD']));
  });

  it('B4 asks nothing of a store that answers conditions with 501', async () => {
    wire.reply = ({ method }) => (method === 'HEAD' ? { status: 404 } : { headers: { etag: '"e"' } });
    await knowing(none).put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    expect(asked()).toEqual([
      ['HEAD', undefined],
      ['PUT', undefined],
    ]);
  });

  it('copies through a put where only that is held, and not when the source is another', async () => {
    const copies = () =>
      wire
        .open()
        .copy({ bucket: 'images', key: 'a', ifMatch: seen1 }, { bucket: 'images', key: 'b' }, { ifNoneMatch: '*' });
    wire.reply = ({ method }) => (method === 'GET' ? { headers: found, body: 'x' } : { headers: { etag: '"e"' } });
    expect(await copies()).toEqual({ etag: 'e' });
    expect(asked()).toEqual([
      ['GET', undefined],
      ['PUT', '*'],
    ]);
    wire.reply = () => ({ headers: { ...found, 'x-amz-meta-owner': 'u_2' }, body: 'x' });
    await expect(copies()).rejects.toMatchObject({ code: 'NoSuchKey' });
  });

  it.each([
    [
      'takes it',
      200,
      [
        ['HEAD', undefined],
        ['PUT', '*'],
      ],
    ],
    [
      'knows none',
      501,
      [
        ['HEAD', undefined],
        ['PUT', '*'],
        ['PUT', undefined],
      ],
    ],
  ])(
    'that is not proven is sent all the same after a look, for others may rely on it, to a store that %s',
    async (_, status, expected) => {
      wire.reply = ({ method, headers }) => {
        if (method === 'HEAD') return { status: 404 };
        if (headers['if-none-match'] === undefined || status === 200) return { headers: { etag: '"new"' } };
        return { ...xml('<Error><Code>NotImplemented</Code></Error>'), status };
      };
      const store = knowing({ ...none, conditionalWrite: undefined });
      expect(await store.holds('images', 'put', 1)).toBe(false);
      expect(await store.put('images', 'a', Buffer.from('b'), { ...PNG, ifNoneMatch: '*' })).toEqual({ etag: 'new' });
      expect(asked()).toEqual(expected);
    },
  );

  it.each([
    ['as it was seen', 'e', 'taken'],
    ['another by now', 'f', 'NoSuchKey'],
  ])('is read and put through us, where the store copies whatever is there: %s', async (_, etag, outcome) => {
    wire.reply = ({ method }) =>
      method === 'GET' ? { headers: { ...found, etag: `"${etag}"` }, body: 'b' } : { headers: { etag: '"new"' } };
    const source = { bucket: 'images', key: 'a', ifMatch: seen1 };
    const store = knowing({ ...all, conditionalSource: false });
    const copying = store.copy(source, { bucket: 'images', key: 'b' }, { ifNoneMatch: '*' });
    expect(await copying.then(() => 'taken', refusedWith)).toBe(outcome);
    expect(wire.seen.filter(({ headers }) => headers['x-amz-copy-source'])).toEqual([]);
  });

  it.each([
    ['gives by itself what is changed', { ...all, copyDescription: true }, 1],
    ['keeps the old', { ...all, copyDescription: false }, 0],
    ['was not tried', { ...all, copyDescription: undefined }, 0],
  ])('B4 is of the owner that a copy is given to, on a store that %s', async (_, capabilities, copies) => {
    wire.reply = ({ method, headers }) => {
      if (headers['x-amz-copy-source']) return xml('<CopyObjectResult><ETag>"new"</ETag></CopyObjectResult>');
      return method === 'GET' ? { headers: found, body: 'b' } : { headers: { etag: '"new"' } };
    };
    const store = knowing(capabilities);
    const source = { bucket: 'images', key: 'a', ifMatch: seen1 };
    const change = { metadata: { owner: 'u_2' } };
    expect(await store.copy(source, { bucket: 'images', key: 'b' }, { ifNoneMatch: '*', ...change })).toBeDefined();
    // Onto itself, and only over what was seen.
    const condition = { ifMatch: seen1, hasLooked: true };
    expect(await store.copy(source, { bucket: 'images', key: 'a' }, { ...condition, ...change })).toBeDefined();
    const puts = wire.seen.filter(({ method }) => method === 'PUT');
    expect(puts.filter(({ headers }) => headers['x-amz-copy-source'])).toHaveLength(2 * copies);
    expect(puts.map(({ headers }) => headers['x-amz-meta-owner'])).toEqual(['u_2', 'u_2']);
    expect(puts.map(({ headers }) => headers['if-none-match'] ?? headers['if-match'])).toEqual(['*', '"e"']);
  });

  it('tells which of two conditions a copy was refused for', async () => {
    const refused = { ...xml('<Error><Code>PreconditionFailed</Code></Error>'), status: 412 };
    const copying = () =>
      knowing(all).copy(
        { bucket: 'images', key: 'a', ifMatch: seen1 },
        { bucket: 'images', key: 'b' },
        { ifNoneMatch: '*' },
      );
    wire.reply = ({ method }) => (method === 'PUT' ? refused : { headers: found });
    expect(await copying()).toBeUndefined();
    wire.reply = ({ method }) => (method === 'PUT' ? refused : { status: 404 });
    await expect(copying()).rejects.toMatchObject({ code: 'NoSuchKey' });
  });

  it('is an etag with each of many keys, and each is answered for', async () => {
    const error = (key: string, code: string) => `<Error><Key>${key}</Key><Code>${code}</Code></Error>`;
    wire.reply = () =>
      xml(`<DeleteResult>${error('a', 'PreconditionFailed')}${error('b', 'NoSuchKey')}</DeleteResult>`);
    const ifMatch = new Map(['a', 'b', 'c'].map((key) => [key, { ...seen1, key }]));
    expect(await knowing(all).removeMany('images', ['a', 'b', 'c'], { ifMatch, hasLooked: true })).toEqual([
      { key: 'a', outcome: 'changed' },
      { key: 'b', outcome: 'absent' },
    ]);
    expect(wire.seen[0]?.body).toMatch(/<ETag>(&quot;|")e(&quot;|")<\/ETag>/);
  });
});
