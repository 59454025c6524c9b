import { isKey, isPrefix } from '../../naming/key.ts';
import type {
  ImageFilter,
  ImageGrouping,
  ImageOrder,
  ImageOrientation,
  ImagePlace,
  ImageRecord,
} from '../../ports/image-records.ts';
import { checkLimit, invalidArgument } from '../arguments.ts';

// https://github.com/ulid/spec
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const SHA256 = /^[0-9a-f]{64}$/;
/** The years that have four digits, since 1970. */
const LAST_DATE = Date.UTC(10_000, 0) - 1;

const MAX_NAME = 255;
const MAX_TITLE = 1024;
const MAX_DESCRIPTION = 10_000;
const MAX_TAGS = 100;
const MAX_TAG = 200;
const MAX_ALBUMS = 1000;
const MAX_ALBUM_ID = 100;
const MAX_PLACES = 100;
const MAX_ASKED_TAGS = 16;
const MAX_OFFSET = 10_000;

const ORDERS: Readonly<Record<ImageOrder, true>> = {
  newest: true,
  oldest: true,
  name: true,
  size: true,
  smallest: true,
};
const ORIENTATIONS: Readonly<Record<ImageOrientation, true>> = { landscape: true, portrait: true, square: true };
const GROUPINGS: Readonly<Record<ImageGrouping, true>> = { day: true, owner: true, type: true, album: true };

/** Tells whether a value can be the id of an image. */
export const isImageId = (value: unknown): value is string => typeof value === 'string' && ULID.test(value);

type Rule = (value: unknown) => boolean;

const isText =
  (maxUnits: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length <= maxUnits;
/** What a database compares as it is. */
const isName =
  (maxUnits: number): Rule =>
  (value) =>
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= maxUnits &&
    value.isWellFormed() &&
    !value.includes('\0');
const isWhole =
  (least: number): Rule =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least;
const isDate: Rule = (value) => value instanceof Date && value.getTime() >= 0 && value.getTime() <= LAST_DATE;
const isSetOf =
  (isMember: Rule, maxMembers: number): Rule =>
  (value) =>
    Array.isArray(value) && value.length <= maxMembers && value.every(isMember) && new Set(value).size === value.length;
const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || rule(value);

const isTag: Rule = (value) => isText(MAX_TAG)(value) && value !== '';
const isBucket: Rule = (value) => isName(MAX_NAME)(value) && !String(value).includes('/');
const isObjectKey: Rule = (value) => typeof value === 'string' && isKey(value);

const isSha256: Rule = (value) => typeof value === 'string' && SHA256.test(value);

const isId255 = isName(MAX_NAME);
const isTitle = isText(MAX_TITLE);
const isDescription = isText(MAX_DESCRIPTION);
const isTags = isSetOf(isTag, MAX_TAGS);
const isAlbumIds = isSetOf(isName(MAX_ALBUM_ID), MAX_ALBUMS);
const isMeasure = isWhole(0);
const isCount = isWhole(1);

/** Each reads its own field, for to read one by a name that changes takes longer than most rules. */
const RULES = Object.entries({
  imageId: ({ imageId }) => isImageId(imageId),
  bucket: ({ bucket }) => isBucket(bucket),
  key: ({ key }) => isObjectKey(key),
  ownerId: ({ ownerId }) => ownerId === undefined || isId255(ownerId),
  title: ({ title }) => isTitle(title),
  originalName: ({ originalName }) => isTitle(originalName),
  description: ({ description }) => isDescription(description),
  tags: ({ tags }) => isTags(tags),
  albumIds: ({ albumIds }) => isAlbumIds(albumIds),
  contentType: ({ contentType }) => isId255(contentType),
  size: ({ size }) => isMeasure(size),
  width: ({ width }) => width === undefined || isMeasure(width),
  height: ({ height }) => height === undefined || isMeasure(height),
  frames: ({ frames }) => frames === undefined || isCount(frames),
  sha256: ({ sha256 }) => sha256 === undefined || isSha256(sha256),
  thumbhash: ({ thumbhash }) => thumbhash === undefined || isId255(thumbhash),
  createdAt: ({ createdAt }) => isDate(createdAt),
  updatedAt: ({ updatedAt }) => isDate(updatedAt),
  expiresAt: ({ expiresAt }) => expiresAt === undefined || isDate(expiresAt),
  removedAt: ({ removedAt }) => removedAt === undefined || isDate(removedAt),
  trashKey: ({ trashKey }) => trashKey === undefined || isObjectKey(trashKey),
  versionOf: ({ versionOf }) => versionOf === undefined || isImageId(versionOf),
} satisfies Readonly<Record<keyof ImageRecord, (record: ImageRecord) => boolean>>);

const FILTER_RULES = Object.entries({
  within: (value) => Array.isArray(value) && value.length <= MAX_PLACES && value.every(isPlace),
  owner: optional(isName(MAX_NAME)),
  text: optional((value) => typeof value === 'string'),
  tags: optional(isSetOf(isTag, MAX_ASKED_TAGS)),
  album: optional(isName(MAX_ALBUM_ID)),
  type: optional(isName(MAX_NAME)),
  sha256: optional(isSha256),
  minSize: optional(isWhole(0)),
  maxSize: optional(isWhole(0)),
  minWidth: optional(isWhole(0)),
  orientation: optional((value) => Object.hasOwn(ORIENTATIONS, String(value))),
  from: optional(isDate),
  to: optional(isDate),
  state: (value) => value === 'present' || value === 'removed',
} satisfies Readonly<Record<keyof ImageFilter, Rule>>);

function isPlace(place: ImagePlace): boolean {
  if (!isBucket(place.bucket)) return false;
  return 'key' in place ? isObjectKey(place.key) : isPrefix(place.prefix);
}

function check(rules: readonly (readonly [string, Rule])[], value: object): void {
  for (const [name, rule] of rules) {
    if (!rule((value as Readonly<Record<string, unknown>>)[name])) throw invalidArgument(name);
  }
}

/** @throws {AppError} InvalidArgument unless it is a record as the port has them */
export const checkRecord = (record: ImageRecord): void => {
  for (const [name, holds] of RULES) if (!holds(record)) throw invalidArgument(name);
};

/** @throws {AppError} InvalidArgument unless images can be asked for so */
export const checkFilter = (filter: ImageFilter): void => check(FILTER_RULES, filter);

/** @throws {AppError} InvalidArgument unless it can be the id of an image */
export const checkImageId = (imageId: string): void => check([['imageId', isImageId]], { imageId });

/** @throws {AppError} InvalidArgument unless a page may have so many records, and so many before it */
export function checkPage({ limit, offset = 0 }: { readonly limit: number; readonly offset?: number }): void {
  checkLimit(limit);
  if (!isWhole(0)(offset) || offset > MAX_OFFSET) throw invalidArgument('offset');
}

/** @throws {AppError} InvalidArgument unless there is such an order, or grouping */
export const checkOrder = (order: string): void =>
  check([['order', (value) => Object.hasOwn(ORDERS, String(value))]], { order });
export const checkGrouping = (by: string): void =>
  check([['by', (value) => Object.hasOwn(GROUPINGS, String(value))]], { by });
