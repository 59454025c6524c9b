import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickLanguage } from '../../../src/naming/language.ts';

describe('the language of texts', () => {
  it.each([
    [undefined, 'zh'],
    [null, 'zh'],
    [7, 'zh'],
    ['', 'zh'],
    ['*', 'zh'],
    ['fr', 'zh'],
    ['zh', 'zh'],
    ['en', 'en'],
    ['EN-us', 'en'],
    ['zh-Hans-CN,en;q=0.9', 'zh'],
    ['en-GB,en;q=0.9,zh;q=0.8', 'en'],
    ['zh;q=0.5, en;q=0.8', 'en'],
    ['en;q=0.5, zh;q=0.5', 'en'],
    ['en;q=0', 'zh'],
    ['en;q=0, zh;q=0.1', 'zh'],
    ['en;q=x', 'zh'],
    ['fr, en;q=0.1', 'en'],
    ['english', 'zh'],
    [`${'fr,'.repeat(100)}en`, 'zh'],
  ])('for %j is %s', (header, language) => {
    expect(pickLanguage(header)).toBe(language);
  });

  it('is one of two for any header', () => {
    fc.assert(fc.property(fc.anything(), (header) => ['zh', 'en'].includes(pickLanguage(header))));
    const header = fc.string({ unit: fc.constantFrom('en', 'zh', ',', ';', 'q=', '0', '.', '5', '-', ' ', '*') });
    fc.assert(fc.property(header, (text) => ['zh', 'en'].includes(pickLanguage(text))));
  });
});
