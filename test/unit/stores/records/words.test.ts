import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toGrams, toQuestionGrams, toSearched, toSortName, toWords } from '../../../../src/stores/records/words.ts';
import { imageRecord } from '../../../support/image-record.ts';

const text = fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom(...'ab 猫ς')) });

describe('words of a question', () => {
  it.each<[string, readonly string[]]>([
    ['Sunset at the  BEACH', ['sunset', 'at', 'the', 'beach']],
    ['ＩＭＧ＿１.jpg', ['img_1', 'jpg']],
    ['a,b;a', ['a', 'b']],
    ['🐱 %', ['🐱', '%']],
    ['', []],
    ['\0\ud800', ['\ufffd']],
    ['x'.repeat(300), ['x'.repeat(256)]],
    [`${'x'.repeat(255)}🐱`, ['x'.repeat(255)]],
    [
      Array.from({ length: 20 }, (_, index) => index).join(' '),
      Array.from({ length: 16 }, (_, index) => String(index)),
    ],
  ])('%j are %j', (question, words) => {
    expect(toWords(question)).toEqual(words);
  });

  it('of a language without spaces are more than one', () => {
    expect(toWords('我的花园').length).toBeGreaterThan(1);
    expect(toWords('我的花园').join('')).toBe('我的花园');
  });

  it('are found by their grams in whatever they are part of', () => {
    fc.assert(
      fc.property(text, text, text, (before, word, behind) => {
        const searched = toSearched(imageRecord({ title: before + word + behind, description: behind }));
        const grams = toGrams(searched);
        for (const one of toWords(word).filter((asked) => searched.includes(asked))) {
          expect(toQuestionGrams(one).length).toBeGreaterThan(0);
          expect(toQuestionGrams(one).filter((gram) => !grams.has(gram))).toEqual([]);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('what is searched', () => {
  it('is the file name, the original name, the title, the tags and the description, a line each', () => {
    const record = imageRecord({
      key: 'Folder/A.png',
      originalName: 'B\n',
      title: 'C\t d',
      tags: ['E', 'F'],
      description: 'G',
    });
    expect(toSearched(record)).toBe('a.png\nb\nc d\ne\nf\ng\n');
  });

  it('is never more than 8,000 characters, and no half of one', () => {
    fc.assert(
      fc.property(fc.nat(10), (shift) => {
        const searched = toSearched(imageRecord({ title: 'x'.repeat(shift), description: 'ﷺ🐱'.repeat(3000) }));
        expect(searched.length).toBeLessThanOrEqual(8000);
        expect(searched.isWellFormed()).toBe(true);
      }),
    );
  });

  it('is nothing that a database cannot hold', () => {
    fc.assert(
      fc.property(text, (title) => {
        const searched = toSearched(imageRecord({ title }));
        expect(searched.isWellFormed()).toBe(true);
        expect(searched).not.toMatch(/(?!\n)\p{Cc}/u);
      }),
    );
  });

  it('is a name of a hundred characters where it is put in order by', () => {
    expect(toSortName('a/B.PNG')).toBe('b.png');
    expect(toSortName(`a/${'🐱'.repeat(200)}`)).toBe('🐱'.repeat(100));
  });
});
