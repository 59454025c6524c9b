import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byteLength,
  cutToBytes,
  isImageKey,
  isKey,
  isPrefix,
  isReservedKey,
  isUnambiguousKey,
  MAX_KEY_BYTES,
  toKeyPart,
} from '../../../src/naming/key.ts';
import { encodeKey } from '../../../src/naming/uri.ts';

const piece = fc.oneof(
  fc.constantFrom('/', '.', '..', '%', '2f', '%2e', '%5C', '\\', '\0', '\n', '\u202e', '\ud800', '?', '#', '图', '🐱'),
  fc.constantFrom('.imagepic', 'x'.repeat(300), 'e\u0301', ' ', '+', '&', ';'),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const anyText = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));

describe('keys', () => {
  it.each([
    'a',
    'a/b',
    '图片/猫 🐱.png',
    '...',
    '.a/b.',
    'a b+c&d?e#f',
    'C:\\a',
    '%2e%2e/a',
    '\u0001',
    '\u202ea',
    '.imagepic/a',
    'x'.repeat(MAX_KEY_BYTES),
    `${'图'.repeat(341)}a`,
  ])('of a store may be %j', (key) => {
    expect(isKey(key)).toBe(true);
  });

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/./b',
    'a/../b',
    '../a',
    'a\0',
    '\ud800',
    'a\udc00b',
    'x'.repeat(MAX_KEY_BYTES + 1),
    '图'.repeat(342),
  ])('of a store may not be %j', (key) => {
    expect(isKey(key)).toBe(false);
    expect(isUnambiguousKey(key)).toBe(false);
    expect(isImageKey(key)).toBe(false);
  });

  it.each(['a\\b', 'a\nb', '\u0001', '\u0085', '\u007f', 'a\u202eb', 'a\u2066b', '%2f', 'a%2Eb', 'a%5cb', '%00'])(
    'that read as others, such as %j, are not given to images',
    (key) => {
      expect(isKey(key)).toBe(true);
      expect(isUnambiguousKey(key)).toBe(false);
      expect(isImageKey(key)).toBe(false);
    },
  );

  it.each(['100%', '%', 'a%2', '%zz', 'é', '猫/🐱', 'a b', 'a\u200eb'])('as plain as %j are given to images', (key) => {
    expect(isImageKey(key)).toBe(true);
  });

  it.each([
    ['.imagepic', true],
    ['.imagepic/a', true],
    ['.imagepic/', true],
    ['.imagepics', false],
    ['a/.imagepic/b', false],
    ['.Imagepic/a', false],
    ['imagepic/a', false],
  ])('of the service are told: %j, %j', (key, isReserved) => {
    expect(isReservedKey(key)).toBe(isReserved);
  });

  it('mean the same to a URL parser when they are unambiguous', () => {
    const survives = (key: string): boolean => {
      const { pathname, search, hash } = new URL(`https://bed.example/i/${encodeKey(key)}`);
      return decodeURIComponent(pathname) === `/i/${key}` && `${search}${hash}` === '';
    };
    fc.assert(
      fc.property(anyText, (text) => !isUnambiguousKey(text) || survives(text)),
      { numRuns: 2000 },
    );
  });

  it('stay unambiguous when a URL parser gets them escaped once too little', () => {
    const segments = (path: string): number => path.split(/[/\\]/).length;
    fc.assert(
      fc.property(anyText, (text) => !isUnambiguousKey(text) || segments(decodeOnce(text)) === segments(text)),
      { numRuns: 2000 },
    );
  });
});

function decodeOnce(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (sign) => String.fromCharCode(Number.parseInt(sign.slice(1), 16)));
}

describe('prefixes', () => {
  it.each(['', 'a', 'a/', '/', 'a//', '..', '图', 'x'.repeat(MAX_KEY_BYTES)])('may be %j', (prefix) => {
    expect(isPrefix(prefix)).toBe(true);
  });

  it.each(['\0', 'a\nb', '\ud800', 'x'.repeat(MAX_KEY_BYTES + 1), '图'.repeat(342)])('may not be %j', (prefix) => {
    expect(isPrefix(prefix)).toBe(false);
  });

  it('are all that a key begins with, but for control characters', () => {
    fc.assert(
      fc.property(anyText, fc.nat(20), (text, length) => {
        const beginning = [...text].slice(0, length).join('');
        return !isUnambiguousKey(text) || isPrefix(beginning);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parts of keys', () => {
  it.each([
    ['猫.png', '猫.png'],
    ['e\u0301', 'é'],
    ['e\u200e\u0301', 'é'],
    ['a\u202eb\u200e\u2028c', 'abc'],
    ['a\n\0\u007fb', 'ab'],
    ['a%2fb', 'a-2fb'],
    ['100%', '100%'],
    ['\ud800a\udc00', 'a'],
    ['\ufffd', ''],
    ['%%41', '%-41'],
  ])('are made of %j as %j', (text, part) => {
    expect(toKeyPart(text)).toBe(part);
  });

  it('need no second cleaning, and hold nothing that makes a key ambiguous but slashes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const part = toKeyPart(text.replace(/[\\/]/g, ''));
        return (
          toKeyPart(part) === part &&
          (part === '' || part === '.' || part === '..' || !isKey(part) || isUnambiguousKey(part))
        );
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['abc', 2, 'ab'],
    ['abc', 3, 'abc'],
    ['图片', 5, '图'],
    ['🐱🐱', 7, '🐱'],
    ['🐱', 3, ''],
    ['', 0, ''],
  ])('of %j are cut to %i bytes as %j', (text, bytes, cut) => {
    expect(cutToBytes(text, bytes)).toBe(cut);
  });

  it('are cut between characters and no sooner than they must', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, bytes) => {
        const cut = cutToBytes(text, bytes);
        const [next = ''] = text.slice(cut.length);
        return (
          text.startsWith(cut) &&
          byteLength(cut) <= bytes &&
          (next === '' || byteLength(cut + next) > bytes || !next.isWellFormed())
        );
      }),
    );
  });

  it.each(['', 'a', 'é', '图', '🐱', '\ud800'])('have as many bytes as Node counts: %j', (text) => {
    expect(byteLength(text)).toBe(Buffer.byteLength(text));
  });
});
