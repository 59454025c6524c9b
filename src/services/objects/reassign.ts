import { AppError } from '../../errors.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { OWNER } from '../access/access.ts';
import type { ObjectEvents } from './events.ts';
import type { Place } from './object-reader.ts';
import type { OpenChanges } from './open-changes.ts';
import type { PlaceLocks } from './place-locks.ts';
import { toChanged } from './writes.ts';

interface ReassignOptions {
  readonly store: ObjectStore;
  readonly locks: PlaceLocks;
  readonly events: ObjectEvents;
  readonly changes: Pick<OpenChanges, 'during'>;
}

/** Gives an image to somebody else, where it stands and if it still is as it `should` be; `undefined` when it is not. */
export const createReassign =
  ({ store, locks, events, changes }: ReassignOptions) =>
  (
    { bucketName, objectName }: Place,
    ownerId: string,
    should: (found: ObjectMetadata) => boolean,
  ): Promise<ObjectMetadata | undefined> =>
    changes.during((mark) =>
      locks.hold({ bucketName, objectName }, { kind: 'change' }, async () => {
        const ifMatch = await store.head(bucketName, objectName);
        if (ifMatch === undefined || !should(ifMatch)) return undefined;
        const where = { bucketName, objectName };
        const place = { bucket: bucketName, key: objectName };
        const { contentType } = ifMatch;
        const metadata = { ...ifMatch.metadata, [OWNER]: ownerId };
        const change = { contentType, metadata, ifMatch, hasLooked: true };
        await mark(where);
        const copied = await store.copy({ ...place, ifMatch }, place, change).catch(undefinedIfGone);
        if (copied === undefined) return undefined;
        const image = toChanged(where, { ...ifMatch, metadata });
        await events.emit({ kind: 'given', actorId: ownerId, source: toChanged(where, ifMatch), image });
        return ifMatch;
      }),
    );

/** Removed or replaced just then. */
function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'NoSuchKey')) throw error;
}
