/** What Swift takes of one value; the others know a limit for all of them together only. */
const MAX_VALUE_BYTES = 256;
const WORDS_IN_VALUE = 3;
/** A word of nothing, which no text is written with, begins a value that goes on under another name. */
const GOES_ON = '=?UTF-8?B??= ';

/** COS takes letters, digits and hyphens in names. */
const nameOfPart = (name: string, part: number): string => (part === 1 ? name : `${name}--${part}`);

/** Puts metadata into headers: names in lower case, values in ASCII, each no longer than any store takes. */
export const encodeMetadata = (metadata: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).flatMap(([name, text]) => toHeaders(name.toLowerCase(), text)));

function toHeaders(name: string, text: string): (readonly [string, string])[] {
  const value = encodeHeaderText(text);
  if (value.length <= MAX_VALUE_BYTES) return [[name, value]];
  const words = toWords(text);
  const count = Math.ceil(words.length / WORDS_IN_VALUE);
  return Array.from({ length: count }, (_, index) => {
    const some = words.slice(index * WORDS_IN_VALUE, (index + 1) * WORDS_IN_VALUE).join(' ');
    return [nameOfPart(name, index + 1), index + 1 < count ? GOES_ON + some : some];
  });
}

/** Reads what was put so, and what others put. */
export function decodeMetadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  const values = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const continued = new Set<string>();
  const wholeOf = (name: string, value: string): string => {
    const parts: string[] = [];
    let next: string | undefined = value;
    for (let part = 2; next !== undefined; part += 1) {
      parts.push(next);
      if (!next.startsWith(GOES_ON)) break;
      continued.add(nameOfPart(name, part));
      next = values.get(nameOfPart(name, part));
    }
    return decodeHeaderText(parts.join(' '));
  };
  const entries = [...values].map(([name, value]) => [name, wholeOf(name, value)] as const);
  return Object.fromEntries(entries.filter(([name]) => !continued.has(name)));
}

// Headers carry ASCII only; other text travels as encoded-words, which S3 itself uses for them.
// https://www.rfc-editor.org/rfc/rfc2047
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html

const PLAIN = /^(?!.*=\?)[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
const WORD = /=\?utf-8\?([bq])\?([^?\s]*)\?=(\s+(?==\?))?/gi;
/** As base64 and with its frame, an encoded-word is then at most 75 characters long. */
const MAX_WORD_BYTES = 45;

/** Writes any text as ASCII; plain text stays as it is. */
export const encodeHeaderText = (text: string): string =>
  text === '' || PLAIN.test(text) ? text : toWords(text).join(' ');

function toWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > MAX_WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`);
}

/** Reads text that was written so, here or by S3. */
export const decodeHeaderText = (text: string): string =>
  text.replace(WORD, (_, encoding: string, part: string) =>
    encoding.toLowerCase() === 'b' ? Buffer.from(part, 'base64').toString() : decodeQuoted(part),
  );

function decodeQuoted(text: string): string {
  const toCharacter = (_: string, hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));
  return Buffer.from(text.replaceAll('_', ' ').replace(/=([\da-f]{2})/gi, toCharacter), 'latin1').toString();
}
