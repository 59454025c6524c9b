import type { Language } from '../errors.ts';

/** Writes several words as a choice: `a, b or c`. */
export function oneOf(words: readonly string[], language: Language): string {
  const [comma, or] = language === 'zh' ? ['、', ' 或 '] : [', ', ' or '];
  return [words.slice(0, -1).join(comma), ...words.slice(-1)].filter((part) => part !== '').join(or);
}
