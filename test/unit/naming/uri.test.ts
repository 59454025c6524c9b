import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeKey, encodeUriPart } from '../../../src/naming/uri.ts';

describe('escaping for a URI', () => {
  it.each([
    ['', ''],
    ['AZaz09-._~', 'AZaz09-._~'],
    [' ', '%20'],
    ['+', '%2B'],
    ["!'()*", '%21%27%28%29%2A'],
    [':/?#[]@', '%3A%2F%3F%23%5B%5D%40'],
    ['$&,;=', '%24%26%2C%3B%3D'],
    ['%', '%25'],
    ['图', '%E5%9B%BE'],
    ['🐱', '%F0%9F%90%B1'],
    ['\u0001', '%01'],
  ])('writes the part %j as %j', (text, escaped) => {
    expect(encodeUriPart(text)).toBe(escaped);
  });

  it('keeps the slashes of a key and nothing else', () => {
    expect(encodeKey('图/a b/(1)%2F.png')).toBe('%E5%9B%BE/a%20b/%281%29%252F.png');
  });

  const text = fc.string({
    unit: fc.oneof(fc.constantFrom(..."%/2f!'()*\\+ "), fc.string({ unit: 'grapheme', maxLength: 1 })),
  });

  it('is undone by decoding, and leaves only unreserved characters and escapes', () => {
    fc.assert(
      fc.property(text, (part) => {
        const escaped = encodeUriPart(part);
        return decodeURIComponent(escaped) === part && /^([\w.~-]|%[0-9A-F]{2})*$/.test(escaped);
      }),
    );
  });

  it('does the same to a key as to each of its segments', () => {
    fc.assert(fc.property(text, (key) => encodeKey(key) === key.split('/').map(encodeUriPart).join('/')));
  });
});
