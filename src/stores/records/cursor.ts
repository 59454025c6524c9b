import type { ImageOrder, ImageRecord } from '../../ports/image-records.ts';
import { invalidArgument } from '../arguments.ts';
import { checkOrder, isImageId } from './checks.ts';
import { toSortName } from './words.ts';

/** A hundred characters, in UTF-16 units. */
const MAX_SORT_NAME = 200;

/** The place of an image in an order: what it is put in order by, then its id. */
export interface Position {
  readonly value: string | number;
  readonly imageId: string;
}

const VALUE_OF = {
  newest: ({ createdAt }) => createdAt.getTime(),
  oldest: ({ createdAt }) => createdAt.getTime(),
  name: ({ key }) => toSortName(key),
  size: ({ size }) => size,
  smallest: ({ size }) => size,
} as const satisfies Record<ImageOrder, (record: ImageRecord) => string | number>;

/** Where a record is in an order. */
export const positionOf = (record: ImageRecord, order: ImageOrder): Position => ({
  value: VALUE_OF[order](record),
  imageId: record.imageId,
});

/** Says where a page ended, for the next one to begin. */
export function toCursor(record: ImageRecord, order: ImageOrder): string {
  const { value, imageId } = positionOf(record, order);
  return Buffer.from(JSON.stringify([order, value, imageId])).toString('base64url');
}

/** Reads where a page ended; `undefined` for the first. @throws {AppError} InvalidArgument unless a page of this order did */
export function parseCursor({ order, after }: { order: ImageOrder; after?: string }): Position | undefined {
  checkOrder(order);
  if (after === undefined) return undefined;
  const [ofOrder, value, imageId] = parseList(after);
  const isValue = order === 'name' ? isSortName(value) : Number.isSafeInteger(value);
  if (ofOrder !== order || !isValue || !isImageId(imageId)) throw invalidArgument('after');
  return { value: typeof value === 'string' ? value : Number(value), imageId };
}

function parseList(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    throw invalidArgument('after');
  }
}

const isSortName = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= MAX_SORT_NAME && value.isWellFormed() && !value.includes('\0');
