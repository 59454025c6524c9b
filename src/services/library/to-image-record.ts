import { createHash } from 'node:crypto';
import { toUlid, ulidTime } from '../../naming/ulid.ts';
import type { ImageRecord } from '../../ports/image-records.ts';
import { IMAGE_ID } from '../access/access.ts';
import type { ChangedImage } from '../objects/events.ts';
import { readFacts } from '../objects/image-facts.ts';
import { ORIGINAL_NAME } from '../objects/object-name.ts';
import type { Place } from '../objects/object-reader.ts';

/** Longest texts of a record that come from an object, which may have got into the bucket past the service. */
const MAX_NAME = 1024;
const MAX_TYPE = 200;

/** The id of an image that has none of its own, or whose own another image has: always the same one at a place. */
export function idAt(
  { bucketName, objectName }: Place,
  { metadata }: Pick<ChangedImage, 'metadata'>,
  at: Date,
): string {
  const told = createHash('sha256').update(JSON.stringify([bucketName, objectName, metadata[IMAGE_ID]]));
  return toUlid(Math.max(0, at.getTime()), told.digest());
}

/** Makes the first record of an image of what its object says. @param at when it was stored, unless its id says so */
export function toImageRecord(imageId: string, image: ChangedImage, at: Date): ImageRecord {
  const { bucketName, objectName, ownerId, size, contentType, metadata } = image;
  const { width, height, frames, thumbhash } = readFacts(image);
  const sha256 = metadata['sha256'] ?? '';
  return {
    imageId,
    bucket: bucketName,
    key: objectName,
    ...(ownerId !== undefined && { ownerId }),
    title: '',
    originalName: (metadata[ORIGINAL_NAME] ?? '').slice(0, MAX_NAME),
    description: '',
    tags: [],
    albumIds: [],
    contentType: contentType.slice(0, MAX_TYPE),
    size,
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(frames !== undefined && { frames }),
    ...(/^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    ...(thumbhash !== undefined && { thumbhash }),
    createdAt: ulidTime(imageId) ?? at,
    updatedAt: at,
  };
}
