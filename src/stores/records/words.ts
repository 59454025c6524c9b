// https://tc39.es/ecma402/#segmenter-objects
import { fileNameOf } from '../../naming/key.ts';
import type { ImageRecord } from '../../ports/image-records.ts';

/** How much of a record is searched, of its name put in order, and of a question heeded. */
const MAX_SEARCHED = 8000;
const MAX_NAME = 100;
const MAX_QUESTION = 256;
const MAX_WORDS = 16;

let segmenter: Intl.Segmenter | undefined;

/** The text that the words of a question must be part of, a field a line, in the one form that texts are compared in. */
export function toSearched({ key, originalName, title, tags, description }: ImageRecord): string {
  const fields = [fileNameOf(key), originalName, title, ...tags, description];
  let searched = '';
  for (const field of fields) {
    if (searched.length > MAX_SEARCHED) break;
    searched += `${fold(cut(field, MAX_SEARCHED))}\n`;
  }
  return cut(searched, MAX_SEARCHED);
}

/** What an image is put in order by when that is its name. */
export const toSortName = (key: string): string => [...fold(fileNameOf(key))].slice(0, MAX_NAME).join('');

/** The words of a question, as the language divides them; what holds none, such as an emoji, is one itself. */
export function toWords(question: string): readonly string[] {
  segmenter ??= new Intl.Segmenter('zh', { granularity: 'word' });
  const words = new Set<string>();
  for (const chunk of fold(cut(question, MAX_QUESTION)).split(' ')) {
    const parts = [...segmenter.segment(chunk)].filter(({ isWordLike }) => isWordLike);
    for (const word of parts.length === 0 ? [chunk] : parts.map(({ segment }) => segment)) words.add(word);
  }
  words.delete('');
  return [...words].slice(0, MAX_WORDS);
}

/**
 * Each character of a folded text, and each two that follow each other. Whatever is part of a text has no others than
 * that: so they are what an index finds texts by, though more of them than there are.
 */
export function toGrams(folded: string): ReadonlySet<string> {
  const grams = new Set<string>();
  for (const run of folded.split(/[ \n]/)) {
    let before = '';
    for (const character of run) {
      grams.add(character);
      if (before !== '') grams.add(before + character);
      before = character;
    }
  }
  return grams;
}

/** Of the grams of a word those that an index is asked for: its pairs, which tell more than its characters do. */
export function toQuestionGrams(word: string): readonly string[] {
  const grams = [...toGrams(word)];
  const pairs = grams.filter((gram) => [...gram].length === 2);
  return pairs.length === 0 ? grams : pairs;
}

/** One width, composition and case, spaces for what cannot be seen, and nothing that some database cannot hold. */
function fold(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
  return folded
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
}

/** Cuts to so many UTF-16 units, between characters. */
function cut(text: string, maxUnits: number): string {
  const kept = text.slice(0, maxUnits);
  return text.length > maxUnits && /[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept;
}
