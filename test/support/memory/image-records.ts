import { randomUUID } from 'node:crypto';
import type {
  ImageFilter,
  ImageGroup,
  ImageGrouping,
  ImageOrder,
  ImagePlace,
  ImageRecord,
  ImageRecords,
  StoredImageRecord,
} from '../../../src/ports/image-records.ts';
import { checkLimit } from '../../../src/stores/arguments.ts';
import {
  checkFilter,
  checkGrouping,
  checkImageId,
  checkPage,
  checkRecord,
} from '../../../src/stores/records/checks.ts';
import { type Position, parseCursor, positionOf, toCursor } from '../../../src/stores/records/cursor.ts';
import { toSearched, toWords } from '../../../src/stores/records/words.ts';

const MAX_EXACT = 10_000;
const ORIENTATIONS = ['portrait', 'square', 'landscape'];
const DESCENDING: ReadonlySet<ImageOrder> = new Set(['newest', 'size']);

/** Creates records in memory, with no index: what other adapters must find is said here. */
export function createMemoryImageRecords(): ImageRecords {
  const stored = new Map<string, StoredImageRecord>();
  const matching = (filter: ImageFilter): StoredImageRecord[] => {
    checkFilter(filter);
    return [...stored.values()].filter((record) => isMatch(record, filter));
  };
  const keep = (record: ImageRecord): true => {
    stored.set(record.imageId, structuredClone({ ...record, revision: randomUUID() }));
    return true;
  };

  return {
    put: async (record) => {
      checkRecord(record);
      return !stored.has(record.imageId) && keep(record);
    },
    get: async (imageId) => {
      checkImageId(imageId);
      return structuredClone(stored.get(imageId));
    },
    replace: async (record, revision) => {
      checkRecord(record);
      return stored.get(record.imageId)?.revision === revision && keep(record);
    },
    remove: async (imageId, revision) => {
      checkImageId(imageId);
      const known = stored.get(imageId);
      if (revision !== undefined && known !== undefined && known.revision !== revision) return false;
      stored.delete(imageId);
      return true;
    },
    search: async (search) => {
      const { order, limit, offset = 0 } = search;
      checkPage(search);
      const after = parseCursor(search);
      const place = (record: ImageRecord) => positionOf(record, order);
      const compare = (left: Position, right: Position): number =>
        comparePositions(left, right) * (DESCENDING.has(order) ? -1 : 1);
      const found = matching(search)
        .filter((record) => after === undefined || compare(place(record), after) > 0)
        .sort((left, right) => compare(place(left), place(right)))
        .slice(offset);
      const images = found.slice(0, limit);
      const last = images.at(-1);
      return {
        images: structuredClone(images),
        ...(found.length > limit && last !== undefined && { after: toCursor(last, order) }),
      };
    },
    count: async (filter) => {
      const images = matching(filter).length;
      return { images, isExact: images <= MAX_EXACT };
    },
    countBy: async (filter, by, limit) => {
      checkGrouping(by);
      checkLimit(limit);
      const groups = new Map<string, ImageGroup>();
      for (const record of matching(filter)) {
        for (const value of valuesOf(record, by)) {
          const { images, size } = groups.get(value) ?? { images: 0, size: 0 };
          groups.set(value, { value, images: images + 1, size: size + record.size });
        }
      }
      return [...groups.values()]
        .sort((left, right) => right.images - left.images || compareTexts(left.value, right.value))
        .slice(0, limit);
    },
    ping: async () => undefined,
  };
}

function isMatch(record: ImageRecord, filter: ImageFilter): boolean {
  const { owner, tags = [], album, type, sha256, from, to, state } = filter;
  return (
    (record.removedAt === undefined) === (state === 'present') &&
    filter.within.some((place) => isWithin(record, place)) &&
    (owner === undefined || record.ownerId === owner) &&
    tags.every((tag) => record.tags.includes(tag)) &&
    (album === undefined || record.albumIds.includes(album)) &&
    (type === undefined || record.contentType === type) &&
    (sha256 === undefined || record.sha256 === sha256) &&
    isMeasured(record, filter) &&
    (from === undefined || record.createdAt >= from) &&
    (to === undefined || record.createdAt < to) &&
    toWords(filter.text ?? '').every((word) => toSearched(record).includes(word))
  );
}

function isMeasured({ size, width, height }: ImageRecord, filter: ImageFilter): boolean {
  const { minSize = 0, maxSize = size, minWidth, orientation } = filter;
  const isWide = minWidth === undefined || (width !== undefined && width >= minWidth);
  const is = width === undefined || height === undefined ? undefined : ORIENTATIONS[1 + Math.sign(width - height)];
  return size >= minSize && size <= maxSize && isWide && (orientation === undefined || is === orientation);
}

const isWithin = ({ bucket, key }: ImageRecord, place: ImagePlace): boolean =>
  bucket === place.bucket && ('key' in place ? key === place.key : key.startsWith(place.prefix));

function valuesOf({ createdAt, ownerId, contentType, albumIds }: ImageRecord, by: ImageGrouping): readonly string[] {
  if (by === 'album') return albumIds;
  if (by === 'day') return [createdAt.toISOString().slice(0, 10)];
  return by === 'type' ? [contentType] : [ownerId].filter((owner) => owner !== undefined);
}

function comparePositions(left: Position, right: Position): number {
  const byValue =
    typeof left.value === 'number' && typeof right.value === 'number'
      ? left.value - right.value
      : compareTexts(String(left.value), String(right.value));
  return byValue || compareTexts(left.imageId, right.imageId);
}

/** Character by character, as bytes of UTF-8 compare. */
const compareTexts = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));
