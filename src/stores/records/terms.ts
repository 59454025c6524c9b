import { createHash } from 'node:crypto';
import type { ImageFilter, ImagePlace, ImageRecord } from '../../ports/image-records.ts';
import { toGrams, toQuestionGrams, toSearched, toWords } from './words.ts';

/**
 * What an index of terms is asked for. Whatever a filter lets through has `all` of these and one of `any`, though not all
 * that has them is let through.
 */
export interface Question {
  readonly all: readonly string[];
  readonly any: readonly string[];
}

/** Of a long question the first of its grams are enough to ask for. */
const MAX_ASKED_GRAMS = 64;
/** 96 bits: what they are of is compared besides. */
const DIGEST_LENGTH = 24;

/** The term of those in the trash. */
export const REMOVED = 'x';
const gramTerm = (gram: string): string => `g${Buffer.from(gram).toString('hex')}`;
const tagTerm = (tag: string): string => `t${digestOf(tag)}`;
const albumTerm = (albumId: string): string => `a${digestOf(albumId)}`;
const ownerTerm = (ownerId: string): string => `o${digestOf(ownerId)}`;
const typeTerm = (contentType: string): string => `m${digestOf(contentType)}`;
const sha256Term = (sha256: string): string => `h${sha256}`;
const keyTerm = (bucket: string, key: string): string => `k${digestOf(`${bucket}/${key}`)}`;
const folderTerm = (bucket: string, folder: string): string => `p${digestOf(`${bucket}/${folder}`)}`;

/** The terms of a record, each a word of lower-case letters and digits: what it says, whose it is, and where. */
export function termsOf(record: ImageRecord): readonly string[] {
  const { bucket, key, ownerId, tags, albumIds, contentType, sha256, removedAt } = record;
  return [
    ...[...toGrams(toSearched(record))].map(gramTerm),
    ...tags.map(tagTerm),
    ...albumIds.map(albumTerm),
    ...(ownerId === undefined ? [] : [ownerTerm(ownerId)]),
    typeTerm(contentType),
    ...(sha256 === undefined ? [] : [sha256Term(sha256)]),
    keyTerm(bucket, key),
    ...foldersOf(key).map((folder) => folderTerm(bucket, folder)),
    ...(removedAt === undefined ? [] : [REMOVED]),
  ];
}

/** What to ask an index for. */
export function toQuestion({ within, owner, text = '', tags = [], album, type, sha256, state }: ImageFilter): Question {
  const grams = new Set(toWords(text).flatMap(toQuestionGrams));
  return {
    all: [
      ...[...grams].slice(0, MAX_ASKED_GRAMS).map(gramTerm),
      ...tags.map(tagTerm),
      ...(album === undefined ? [] : [albumTerm(album)]),
      ...(owner === undefined ? [] : [ownerTerm(owner)]),
      ...(type === undefined ? [] : [typeTerm(type)]),
      ...(sha256 === undefined ? [] : [sha256Term(sha256)]),
      ...(state === 'removed' ? [REMOVED] : []),
    ],
    any: [...new Set(within.map(placeTerm))],
  };
}

/** The folder that all keys of a prefix are in, or the key itself. */
const placeTerm = (place: ImagePlace): string =>
  'key' in place
    ? keyTerm(place.bucket, place.key)
    : folderTerm(place.bucket, place.prefix.slice(0, place.prefix.lastIndexOf('/') + 1));

/** All folders that a key is in, from the bucket itself. */
function foldersOf(key: string): readonly string[] {
  const folders = [''];
  for (let end = key.indexOf('/'); end !== -1; end = key.indexOf('/', end + 1)) folders.push(key.slice(0, end + 1));
  return folders;
}

const digestOf = (text: string): string =>
  createHash('sha256').update(text.toWellFormed()).digest('hex').slice(0, DIGEST_LENGTH);
