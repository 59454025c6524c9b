import { AppError } from '../../errors.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { OWNER } from '../access/access.ts';
import type { ObjectEvents } from './events.ts';
import type { Place } from './object-reader.ts';
import type { PlaceLocks } from './place-locks.ts';
import { toChanged } from './writes.ts';

/** Gives an image to somebody else, where it stands and if it still is as it `should` be; `undefined` when it is not. */
export const createReassign =
  (store: ObjectStore, locks: PlaceLocks, events: ObjectEvents) =>
  (
    { bucketName, objectName }: Place,
    ownerId: string,
    should: (found: ObjectMetadata) => boolean,
  ): Promise<ObjectMetadata | undefined> =>
    locks.hold({ bucketName, objectName }, { kind: 'change' }, async () => {
      const ifMatch = await store.head(bucketName, objectName);
      if (ifMatch === undefined || !should(ifMatch)) return undefined;
      const place = { bucket: bucketName, key: objectName };
      const { contentType } = ifMatch;
      const metadata = { ...ifMatch.metadata, [OWNER]: ownerId };
      const change = { contentType, metadata, ifMatch, hasLooked: true };
      const copied = await store.copy({ ...place, ifMatch }, place, change).catch(undefinedIfGone);
      if (copied === undefined) return undefined;
      const where = { bucketName, objectName };
      const image = toChanged(where, { ...ifMatch, metadata });
      await events.emit({ kind: 'given', actorId: ownerId, source: toChanged(where, ifMatch), image });
      return ifMatch;
    });

/** Removed or replaced just then. */
function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'NoSuchKey')) throw error;
}
