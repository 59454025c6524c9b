import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { ImageRecord, StoredImageRecord } from '../../ports/image-records.ts';
import { checkRecord } from './checks.ts';
import { toSearched, toSortName } from './words.ts';

/** What a record is kept as: itself as JSON, and beside it what it is found, counted and put in order by. */
export interface ImageRow {
  readonly image_id: string;
  readonly record: string;
  readonly removed: number;
  readonly bucket: string;
  readonly key: string;
  readonly owner: string | null;
  readonly type: string;
  readonly created: number;
  readonly size: number;
  readonly name: string;
  /** Its tags and albums as lines, each as `toLabel` has it. */
  readonly labels: string;
  /** Its albums as a list in JSON. */
  readonly albums: string;
  readonly searched: string;
  /** A number below 2³² that has nothing to do with the image: those of small numbers are like all. */
  readonly sample: number;
}

/** The columns of a row, in the order in which they are written. */
export const COLUMNS = [
  ...(['image_id', 'record', 'removed', 'bucket', 'key', 'owner', 'type', 'created', 'size', 'name'] as const),
  ...(['labels', 'albums', 'searched', 'sample'] as const),
] as const satisfies readonly (keyof ImageRow)[];

/** Beyond all samples. */
export const SAMPLES = 2 ** 32;
const SAMPLE_DIGITS = 8;

/** A line of `labels`: JSON, which has no line break and no character that a database cannot hold. */
export const toLabel = (kind: 'tag' | 'album', text: string): string => `${kind}${JSON.stringify(text)}`;

/** Makes a row of a record that was checked. */
export function toRow(record: ImageRecord): ImageRow {
  const { imageId, bucket, key, ownerId, tags, albumIds, contentType, size, createdAt, removedAt } = record;
  const labels = [...tags.map((tag) => toLabel('tag', tag)), ...albumIds.map((albumId) => toLabel('album', albumId))];
  return {
    image_id: imageId,
    record: JSON.stringify(record),
    removed: removedAt === undefined ? 0 : 1,
    bucket,
    key,
    owner: ownerId ?? null,
    type: contentType,
    created: createdAt.getTime(),
    size,
    name: toSortName(key),
    labels: `\n${labels.join('\n')}\n`,
    albums: JSON.stringify(albumIds),
    searched: toSearched(record),
    sample: Number.parseInt(createHash('sha256').update(imageId).digest('hex').slice(0, SAMPLE_DIGITS), 16),
  };
}

/** Reads a record back. @throws {AppError} ServiceUnavailable where it is none */
export function decodeRecord(text: unknown, revision: unknown): StoredImageRecord {
  try {
    // What was parsed is itself made the record: a copy of each of a page takes longer than all else.
    const values: Record<string, unknown> = JSON.parse(String(text));
    values['revision'] = String(revision);
    const { createdAt, updatedAt, expiresAt, removedAt } = values;
    values['createdAt'] = new Date(String(createdAt));
    values['updatedAt'] = new Date(String(updatedAt));
    if (expiresAt !== undefined) values['expiresAt'] = new Date(String(expiresAt));
    if (removedAt !== undefined) values['removedAt'] = new Date(String(removedAt));
    // It is one when the check says so.
    const record = values as unknown as StoredImageRecord;
    checkRecord(record);
    return record;
  } catch (cause) {
    throw new AppError(
      'ServiceUnavailable',
      { zh: '一条图片记录已损坏，需要修复', en: 'A record of an image is damaged and needs repair' },
      { cause },
    );
  }
}
