import type { Logger } from '../../logger.ts';
import type { ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { IMAGE_ID, imageIdOf, ownerOf } from '../access/access.ts';
import type { ObjectEvent } from '../objects/events.ts';
import type { Place } from '../objects/object-reader.ts';
import { toChanged } from '../objects/writes.ts';
import { toImageRecord } from './to-image-record.ts';
import type { TrashBin } from './trash-bin.ts';
import { parseTrashKey, REPLACES, ROLLED_BACK, TRASH_PREFIX } from './trash-key.ts';

/**
 * What pictures of an image were before. A version lies in the trash as an image of its own, whose record says of which
 * image it is one. The picture that took its place names it: so whoever finds that picture can write the version's record,
 * should nobody have come to it.
 */
export interface KeptVersions {
  /** Writes the record that a picture's version lacks, lets versions follow, and forgets the one that the picture itself was rolled back to. */
  complete(place: Place, found: Pick<ObjectMetadata, 'metadata'>, imageId: string): Promise<void>;
  /** The versions of an image that stood at a place, the latest first. */
  list(place: Place, imageId: string): Promise<readonly Version[]>;
}

/** A record that says where the bytes of a version are. */
export type Version = StoredImageRecord & { readonly removedAt: Date; readonly trashKey: string };

interface KeptVersionsOptions {
  readonly records: Pick<ImageRecords, 'get' | 'put' | 'replace' | 'remove' | 'search'>;
  readonly store: Pick<ObjectStore, 'head' | 'list' | 'remove'>;
}

const PAGE = 1000;

/** Creates what knows of versions. */
export function createKeptVersions({ records, store }: KeptVersionsOptions): KeptVersions {
  /** Its key is nowhere but in the store, so that nobody can tell it from the picture. */
  const findBytes = async (bucket: string, versionId: string): Promise<ObjectMetadata | undefined> => {
    const { objects } = await store.list(bucket, { prefix: `${TRASH_PREFIX}${versionId}.`, limit: 1 });
    const [listed] = objects;
    return listed && parseTrashKey(listed.key) === versionId ? store.head(bucket, listed.key) : undefined;
  };

  const list: KeptVersions['list'] = async ({ bucketName, objectName }, imageId) => {
    const within = [{ bucket: bucketName, key: objectName }];
    const versions: Version[] = [];
    let after: string | undefined;
    do {
      const next = after === undefined ? {} : { after };
      const page = await records.search({ within, state: 'removed', order: 'newest', limit: PAGE, ...next });
      versions.push(...page.images.filter((one) => isVersionOf(one, imageId)));
      ({ after } = page);
    } while (after !== undefined);
    return versions;
  };

  const record = async (
    place: Place,
    found: Pick<ObjectMetadata, 'metadata'>,
    imageId: string,
    versionId: string,
  ): Promise<void> => {
    const known = await records.get(versionId);
    if (known?.versionOf === imageId && known.key !== place.objectName) {
      const { followVersions } = await import('./follow-versions.ts');
      await followVersions({ records, list }, imageId, { bucketName: known.bucket, objectName: known.key });
    }
    if (known !== undefined) return;
    const bytes = await findBytes(place.bucketName, versionId);
    if (bytes === undefined || imageIdOf(bytes.metadata) !== versionId) return;
    // What users say beside their images may look like ours.
    if (ownerOf(bytes.metadata) !== ownerOf(found.metadata)) return;
    const removedAt = bytes.lastModified;
    const image = toChanged(place, bytes);
    const version = toImageRecord(versionId, image, removedAt);
    await records.put({ ...version, removedAt, trashKey: bytes.key, versionOf: imageId });
  };

  const forget = async (versionId: string, imageId: string): Promise<void> => {
    const known = await records.get(versionId);
    if (known?.versionOf !== imageId || known.trashKey === undefined) return;
    await store.remove(known.bucket, known.trashKey);
    await records.remove(versionId);
  };

  return {
    complete: async (place, found, imageId) => {
      const { [REPLACES]: before, [ROLLED_BACK]: again } = found.metadata;
      if (isId(before)) await record(place, found, imageId, before);
      if (isId(again)) await forget(again, imageId);
    },
    list,
  };
}

/** Lets what an image was before go with it, once it is gone for good. What could not go now goes after the days of the trash. */
export async function purgeVersions(
  { actorId, image }: ObjectEvent,
  { versions, bin, logger }: PurgeOptions,
): Promise<void> {
  const imageId = imageIdOf(image.metadata);
  if (imageId === undefined) return;
  try {
    for (const version of await versions.list(image, imageId)) await bin.purge(actorId, version.imageId);
  } catch (cause) {
    logger.error('versions', { imageId, cause });
  }
}
interface PurgeOptions {
  readonly versions: Pick<KeptVersions, 'list'>;
  readonly bin: Pick<TrashBin, 'purge'>;
  readonly logger: Logger;
}

const isId = (value: string | undefined): value is string =>
  value !== undefined && imageIdOf({ [IMAGE_ID]: value }) !== undefined;

/** Whether a record is of a version of an image. */
export const isVersionOf = (record: StoredImageRecord, imageId: string): record is Version =>
  record.versionOf === imageId && record.removedAt !== undefined && record.trashKey !== undefined;
