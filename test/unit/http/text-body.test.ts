import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { parseJson, parsePairs, readBytes } from '../../../src/http/text-body.ts';

const MANY = { values: 1000 };
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'fine';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};
const json = (text: string, most = MANY) => codeOf(() => parseJson(Buffer.from(text), most));

describe('JSON', () => {
  it.each([
    ['', {}],
    ['{}', {}],
    ['{"a":[1,"b",{"c":null}]}', { a: [1, 'b', { c: null }] }],
    ['"\\\\"', '\\'],
    ['{"a\\"[{,":"\\\\\\"]"}', { 'a"[{,': '\\"]' }],
    [`{"图":"${'图'.repeat(1000)}"}`, { 图: '图'.repeat(1000) }],
    [` { "a" : "${'['.repeat(5000)}" } `, { a: '['.repeat(5000) }],
  ])('%.40j is read', (text, expected) => {
    expect(parseJson(Buffer.from(text), MANY)).toEqual(expected);
  });

  it.each([
    ['as deep as anything may be', `${'['.repeat(32)}${']'.repeat(32)}`, 'fine'],
    ['deeper', `${'['.repeat(33)}${']'.repeat(33)}`, 'InvalidArgument'],
    ['as many items as there may be', `[${'1,'.repeat(998)}1]`, 'fine'],
    ['one item more', `[${'1,'.repeat(999)}1]`, 'InvalidArgument'],
    ['too many empty objects', `[${'{},'.repeat(600)}1]`, 'InvalidArgument'],
    ['too many members', `{${Array.from({ length: 1001 }, (_, index) => `"${index}":1`).join()}}`, 'InvalidArgument'],
    ['strings and nothing else', '""'.repeat(3000), 'InvalidArgument'],
    ['a string without an end', `{"a":"${'\\"'.repeat(1000)}`, 'InvalidArgument'],
    ['broken JSON', '{', 'InvalidArgument'],
  ])('with %s is answered %3$s', (_, text, expected) => {
    expect(json(text)).toBe(expected);
  });

  it.each([
    ['nested', Buffer.from(`${'['.repeat(4e6)}${']'.repeat(4e6)}`)],
    ['many members', Buffer.from(`{${'"k":1,'.repeat(1.2e6)}"k":1}`)],
    ['many strings', Buffer.from('""'.repeat(4e6))],
    ['many escapes', Buffer.from(`"${'\\u0041'.repeat(1.3e6)}"`)],
    ['escaped quotes', Buffer.from(`"${'\\"'.repeat(4e6)}"`)],
    ['megabytes of Chinese', Buffer.from(`"${'图'.repeat(2.6e6)}"`)],
  ])('of 8 MB, %s, is refused before anything is built of it', (_, bytes) => {
    const since = process.cpuUsage();
    expect(codeOf(() => parseJson(bytes, { values: 50_000 }))).toBe('InvalidArgument');
    // Some 10 ms; what built it took a second and hundreds of megabytes.
    expect(process.cpuUsage(since).user / 1000).toBeLessThan(250);
  });
});

describe('an urlencoded form', () => {
  it.each(['', 'a=1&b=2', 'a', '=b', '&&a=1&', 'a=b=c', 'a=%41%zz%4', 'a+b=c+d%2B', 'k=%E5%9B%BE%FF', '图=片', 'a=%'])(
    '%j is read as URLSearchParams reads it',
    (text) => {
      expect(parsePairs(Buffer.from(text))).toEqual([...new URLSearchParams(text)]);
    },
  );

  it('has 64 fields at most', () => {
    const fields = (count: number) => Buffer.from(Array.from({ length: count }, (_, index) => `k${index}`).join('&'));
    expect(parsePairs(fields(64))).toHaveLength(64);
    expect(codeOf(() => parsePairs(fields(65)))).toBe('InvalidArgument');
    expect(codeOf(() => parsePairs(fields(900_000)))).toBe('InvalidArgument');
  });

  it('of megabytes of escapes is read in no time', () => {
    const since = process.cpuUsage();
    expect(parsePairs(Buffer.from(`a=${'+'.repeat(8e6)}`))[0]?.[1]).toHaveLength(8e6);
    expect(process.cpuUsage(since).user / 1000).toBeLessThan(500);
  });
});

describe('the bytes of a text', () => {
  const body = (announced?: string) => {
    const read = { bytes: 0 };
    const chunks = (async function* () {
      for (let count = 0; count < 1000; count += 1) {
        read.bytes += 1024;
        yield Buffer.alloc(1024);
      }
    })();
    const headers = new Map(announced === undefined ? [] : [['content-length', announced]]);
    return { read, request: { headers, body: chunks } };
  };

  it('are not read when more are announced than are needed', async () => {
    const { read, request } = body('1024000');
    await expect(readBytes(request, 4096)).rejects.toMatchObject({
      code: 'EntityTooLarge',
      details: { maxBytes: 4096 },
    });
    expect(read.bytes).toBe(0);
  });

  it('are read no further than that when nothing is announced', async () => {
    const { read, request } = body();
    await expect(readBytes(request, 4096)).rejects.toMatchObject({ code: 'EntityTooLarge' });
    expect(read.bytes).toBe(5120);
  });
});
