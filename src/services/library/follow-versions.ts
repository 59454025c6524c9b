import type { Logger } from '../../logger.ts';
import type { ImageRecords } from '../../ports/image-records.ts';
import { imageIdOf } from '../access/access.ts';
import type { ObjectEvent } from '../objects/events.ts';
import type { Place } from '../objects/object-reader.ts';
import type { OpenChanges } from '../objects/open-changes.ts';
import type { KeptVersions } from './kept-versions.ts';

interface FollowOptions {
  readonly records: Pick<ImageRecords, 'get' | 'replace'>;
  readonly list: KeptVersions['list'];
}

/** Lets the versions of an image that stood at a place go where its record is now: in the same bucket, and of the same owner. */
export async function followVersions({ records, list }: FollowOptions, imageId: string, from: Place): Promise<void> {
  const image = await records.get(imageId);
  if (image === undefined || image.bucket !== from.bucketName || image.key === from.objectName) return;
  // The picture names the latest, which goes last: by it the others are found, should nobody have come to them.
  for (const { revision, ...version } of (await list(from, imageId)).toReversed()) {
    // One that was changed meanwhile is purged, or an image of its own.
    if (version.ownerId === image.ownerId) await records.replace({ ...version, key: image.key }, revision);
  }
  // It may have gone on, and whoever moved it then has found nothing there yet.
  await followVersions({ records, list }, imageId, { bucketName: image.bucket, objectName: image.key });
}

interface FollowImageOptions {
  readonly records: FollowOptions['records'];
  readonly versions: Pick<KeptVersions, 'complete' | 'list'>;
  readonly changes: Pick<OpenChanges, 'doubt'>;
  readonly logger: Logger;
}

/** Lets what an image was before follow it to another name. What could not follow is doubted, and settled later. */
export async function followImage(event: ObjectEvent, options: FollowImageOptions): Promise<void> {
  const { records, versions, changes, logger } = options;
  const imageId = imageIdOf(event.image.metadata);
  if (imageId === undefined) return;
  try {
    if ('source' in event) await followVersions({ records, list: versions.list }, imageId, event.source);
    else await versions.complete(event.image, event.image, imageId);
  } catch (cause) {
    changes.doubt(event.image);
    logger.error('versions', { imageId, cause });
  }
}
