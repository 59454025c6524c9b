// Headers carry ASCII only; other text travels as encoded-words, which S3 itself uses for them.
// https://www.rfc-editor.org/rfc/rfc2047
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html

const PLAIN = /^(?!.*=\?)[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
const WORD = /=\?utf-8\?([bq])\?([^?\s]*)\?=(\s+(?==\?))?/gi;
/** As base64 and with its frame, an encoded-word is then at most 75 characters long. */
const MAX_WORD_BYTES = 45;

/** Writes any text as ASCII; plain text stays as it is. */
export function encodeHeaderText(text: string): string {
  if (text === '' || PLAIN.test(text)) return text;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > MAX_WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ');
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
