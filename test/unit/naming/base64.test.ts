import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Bytes, isBase64, tellBytes, tellBytesInJson } from '../../../src/naming/base64.ts';

const anyBytes = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
const written = (bytes: Buffer): readonly string[] => [
  bytes.toString('base64'),
  bytes.toString('base64').replace(/=+$/, ''),
  bytes.toString('base64url'),
  bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
];

describe('base64', () => {
  it('is known in either alphabet, padded or not, with how many bytes it is, and is read as what was written', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (const text of written(bytes)) {
          expect(isBase64(text), text).toBe(true);
          expect(base64Bytes(text), text).toBe(bytes.length);
          expect(Buffer.from(text, 'base64').equals(bytes)).toBe(true);
        }
      }),
    );
  });

  it('is nothing that two readers could take for different bytes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12, unit: fc.constantFrom(...'AQz09+/-_= \n!é') }), (text) => {
        fc.pre(isBase64(text));
        const lengths = written(Buffer.from(text, 'base64')).map((each) => each.length);
        expect(lengths).toContain(text.length);
        expect(/[+/]/.test(text) && /[-_]/.test(text)).toBe(false);
      }),
    );
    for (const text of [
      'A',
      'AAAAA',
      'A=',
      'AA=',
      'AAA==',
      '=',
      '==',
      'AA==AA==',
      'AA A',
      'AA+_',
      'é',
      'AAAA=',
      'AAA\n',
    ]) {
      expect(isBase64(text), text).toBe(false);
    }
  });
});

describe('bytes in place of text', () => {
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex');
  it.each<[string, unknown, string]>([
    ['an ArrayBuffer', new ArrayBuffer(3), 'ArrayBuffer'],
    ['a view of one', new Uint8Array(3), 'Uint8Array'],
    ['what JSON makes of an ArrayBuffer', {}, 'ArrayBuffer / Blob / File → {}'],
    ['what JSON makes of a Uint8Array', { ...png }, 'Uint8Array'],
    ['what JSON makes of a Buffer', png.toJSON(), 'Buffer'],
    ['a list of bytes', [...png], '[137,80,…]'],
    ['what String makes of a Blob', String(new Blob([])), '[object Blob]'],
    ['what String makes of a Uint8Array', String(new Uint8Array(png)), '137,80,78,71…'],
  ])('are told as what they are: %s', (_name, value, name) => {
    expect(tellBytes(value)?.zh).toContain(`（${name}）`);
    expect(tellBytes(value)?.en).toContain(`(${name})`);
  });

  it.each([undefined, null, 1, true, '', 'AAAA', '255,255,255', [], ['a'], { a: 1 }, { 0: 'a' }, { type: 'Buffer' }])(
    'are not what is something else: %j',
    (value) => expect(tellBytes(value)).toBeUndefined(),
  );

  it('are told by the beginning of JSON that has too many of them', () => {
    for (const value of [{ ...png }, png, [...png]]) {
      for (const space of [0, 2]) {
        const json = JSON.stringify({ album: 'a', base64: value }, undefined, space);
        expect(tellBytesInJson(json.slice(0, json.length - 4))?.zh).toContain('二进制数据');
      }
    }
    for (const json of ['{"names":["a","b","c","d"]}', '{"a":[[1,2,3]', '{"0":1}', '']) {
      expect(tellBytesInJson(json), json).toBeUndefined();
    }
  });

  it('are not looked for at length in whatever comes', () => {
    const started = performance.now();
    tellBytesInJson(`:${' '.repeat(65_000)}`);
    tellBytesInJson(':[ 1 , 2'.repeat(8_000));
    tellBytes(`${'1,'.repeat(500_000)}`);
    isBase64(`${'A'.repeat(8_000_000)}!`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
