// https://www.w3.org/TR/css-syntax-3/
// Nothing is parsed: what could fetch is taken out, and a text in which anything unknown is left goes as a whole.
import { STYLE_FUNCTIONS, STYLE_RULES } from './svg-lists.ts';

/** The longest style that is looked into, in characters. */
const MAX_STYLE_LENGTH = 131_072;

const LOCAL = /^url\(\s*(["']?)#[^"'()\s\\]+\1\s*\)$/i;
// Each of these reads a text once, whatever it holds.
const ADDRESS = /url\((?:\s*"[^"]*"\s*|\s*'[^']*'\s*|[^)"'(]*)\)/gi;
const FETCHING_RULE = /@(?:import|namespace|charset)\b[^;{}]*;?|@font-face\s*\{[^{}]*\}/gi;
const CALL = /(?<![-\w\u0080-\uffff])([-\w\u0080-\uffff]+)\(/g;

/** A style in which nothing fetches, and whether anything was taken out of it. */
export interface CleanStyle {
  readonly style: string;
  readonly changed: boolean;
}

/** Whether a text calls nothing that is unknown and refers to nothing but parts of the same image. */
function isHarmless(style: string): boolean {
  // An escape could spell any name.
  if (style.includes('\\') || style.includes('/*')) return false;
  for (const [, name = ''] of style.matchAll(CALL)) {
    if (!STYLE_FUNCTIONS.has(name.toLowerCase())) return false;
  }
  const addresses = style.match(ADDRESS) ?? [];
  if (addresses.length !== (style.match(/url\(/gi) ?? []).length) return false;
  return addresses.every((address) => LOCAL.test(address));
}

/** Whether the value of an attribute, which may be read as a style, is harmless. */
export const isHarmlessValue = (value: string): boolean =>
  !/[\\(]|\/\*/.test(value) || (value.length <= MAX_STYLE_LENGTH && isHarmless(value));

/** Cleans a style sheet or declarations; empty where anything is left that is not known. */
export function cleanStyle(text: string): CleanStyle {
  if (text.length > MAX_STYLE_LENGTH) return { style: '', changed: true };
  const bare = text.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ').replace(/<!--|-->/g, ' ');
  const kept = bare
    .replace(FETCHING_RULE, ' ')
    .replace(ADDRESS, (address) => (LOCAL.test(address) ? address : 'none'))
    .trim();
  const rules = [...kept.matchAll(/@([-\w\u0080-\uffff]*)/g)];
  const known = rules.every(([, name = '']) => STYLE_RULES.has(name.toLowerCase()));
  const style = known && isHarmless(kept) ? kept : '';
  return { style, changed: style !== bare.trim() };
}

/** Lists the parts of the same image that a value refers to. */
export const localReferences = (value: string): readonly string[] =>
  [...value.matchAll(/url\(\s*["']?#([^"'()\s]+)/gi)].map(([, id = '']) => id);
