import { IMAGE_TYPES, type ImageContentType } from '../../naming/media-type.ts';

/** What somebody looks for. Days are those of whoever asks, as `2026-01-31`, both included. */
export interface Question {
  /** Words, each of which is part of a name, a title, a tag or a description. */
  readonly text: string;
  readonly tags: readonly string[];
  /** By the extension of its files, such as `jpg`. */
  readonly type?: string | undefined;
  readonly albumId?: string | undefined;
  readonly bucketName?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What each is called where a question is written; a tag may be there several times. */
const WORDS = { type: 'type', album: 'albumId', in: 'bucketName', by: 'ownerId', from: 'from', to: 'to' } as const;
const DAY = /^\d{4}-\d\d-\d\d$/;
/** A word, or several in quotes, with or without what it is; in quotes behind a colon a backslash takes what follows as it is. */
const PART = /(?:(tag|type|album|in|by|from|to):(?:"((?:[^"\\]|\\.)*)"|(\S*)))|"([^"]*)"|(\S+)/g;

/** Reads a question as somebody writes it: words, and `tag:`, `type:`, `album:`, `in:`, `by:`, `from:`, `to:`. */
export function parseQuestion(written: string): Question {
  const words: string[] = [];
  const tags: string[] = [];
  const rest: { [name in (typeof WORDS)[keyof typeof WORDS]]?: string } = {};
  for (const [, kind, quoted, plain, phrase, word = ''] of written.matchAll(PART)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
    if (kind === undefined) words.push(phrase ?? word);
    else if (kind === 'tag') tags.push(value);
    // The expression lets nothing else through.
    else if (isPossible(kind, value)) rest[WORDS[kind as keyof typeof WORDS]] = value;
  }
  return { text: words.filter((word) => word !== '').join(' '), tags: [...new Set(tags)].filter(Boolean), ...rest };
}

const isPossible = (kind: string, value: string): boolean => {
  if (kind === 'from' || kind === 'to') return DAY.test(value) && !Number.isNaN(Date.parse(value));
  return kind === 'type' ? typeOf(value) !== undefined : value !== '';
};

/** The types that can be looked for, by the extension of their files. */
export const SEARCHED_TYPES = IMAGE_TYPES.flatMap((type) => (type.format === 'svg' ? [] : [type]));

const typeOf = (word: string): ImageContentType | undefined =>
  SEARCHED_TYPES.find(({ extension, format }) => word === extension || word === format)?.contentType;

/** Writes it so that it is read as the same. */
export function writeQuestion(question: Question): string {
  const rest = Object.entries(WORDS).flatMap(([word, name]) => {
    const value = question[name];
    return value === undefined ? [] : [`${word}:${quote(value)}`];
  });
  return [question.text.trim(), ...question.tags.map((tag) => `tag:${quote(tag)}`), ...rest].filter(Boolean).join(' ');
}

const quote = (value: string): string => (/[\s"\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value);

/** The first moment of a day, or of one so many after it. */
const startOf = (day: string, after = 0): string => {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + after).toISOString();
};

/** What is in an album, whatever it is. */
export const toAlbumQuestion = (albumId: string): string => writeQuestion({ text: '', tags: [], albumId });

/** As the bed takes it. */
export function toSearch({ text, tags, type, albumId, bucketName, ownerId, from, to }: Question) {
  const contentType = type === undefined ? undefined : typeOf(type);
  return {
    ...(text !== '' && { text }),
    ...(tags.length > 0 && { tags: [...tags] }),
    ...(contentType !== undefined && { type: contentType }),
    ...(albumId !== undefined && { albumId }),
    ...(bucketName !== undefined && { bucketName }),
    ...(ownerId !== undefined && { ownerId }),
    ...(from !== undefined && { from: startOf(from) }),
    ...(to !== undefined && { to: startOf(to, 1) }),
  };
}

/** The day of a moment, for whoever looks. */
export function toDay(moment: string | Date): string {
  const at = new Date(moment);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
