import { createHash } from 'node:crypto';
import { type ObjectMetadata, type PutOptions, UNDATED } from '../../../ports/object-store.ts';
import { checkKey } from '../arguments.ts';
import { present, UnexpectedAnswer } from './errors.ts';

/** An object in the SDK's words. */
export interface S3Object {
  readonly Bucket: string;
  readonly Key: string;
}

/** Puts an object into the SDK's words. @throws {AppError} InvalidArgument unless an object may have this key */
export function toS3Object(bucket: string, key: string): S3Object {
  checkKey(key);
  return { Bucket: bucket, Key: key };
}

/** A type and metadata in the SDK's words. */
export interface Description {
  readonly ContentType: string;
  readonly Metadata: Record<string, string>;
}

/** What the SDK says of an object. */
interface Described {
  readonly ETag?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly Metadata?: Record<string, string> | undefined;
  readonly VersionId?: string | undefined;
}

const mapMetadata = (
  metadata: Readonly<Record<string, string>>,
  convert: (value: string) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), convert(value)]));

/** Puts a type and metadata into the SDK's words. */
export const describe = ({
  contentType,
  metadata = {},
}: Pick<PutOptions, 'contentType' | 'metadata'>): Description => ({
  ContentType: contentType,
  Metadata: mapMetadata(metadata, encodeHeaderText),
});

/** Strips the quotes that S3 puts around an etag, but not everywhere. @throws {UnexpectedAnswer} when there is none */
export const bareEtag = (etag: string | undefined): string => present(etag, 'etag').replace(/^"|"$/g, '');

/** An etag for what a store gives none, which changes when the object does; the store has never heard of it. */
const etagOf = ({ metadata, ...facts }: Pick<ObjectMetadata, 'size' | 'contentType' | 'lastModified' | 'metadata'>) =>
  createHash('sha256')
    .update(JSON.stringify([facts, Object.entries(metadata).sort()]))
    .digest('hex')
    .slice(0, 32);

/** Reads what the SDK says of an object. @throws {UnexpectedAnswer} when that cannot be an S3 store's answer */
export function toMetadata(key: string, described: Described, size: number): ObjectMetadata {
  const { VersionId: versionId, ETag, LastModified, ContentType: contentType = 'application/octet-stream' } = described;
  if (ETag === undefined && (LastModified === undefined || /^text\/html/i.test(contentType))) {
    throw new UnexpectedAnswer('The answer has no etag, and nothing else that an object has');
  }
  const facts = {
    size,
    contentType,
    lastModified: LastModified ?? UNDATED,
    metadata: mapMetadata(described.Metadata ?? {}, decodeHeaderText),
  };
  return {
    key,
    ...facts,
    etag: ETag === undefined ? etagOf(facts) : bareEtag(ETag),
    ...(versionId !== undefined && versionId !== 'null' && { versionId }),
  };
}

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
