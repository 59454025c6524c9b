import { AppError } from '../../errors.ts';
import type { ObjectMetadata } from '../../ports/object-store.ts';
import { type Caller, IMAGE_ID, imageIdOf, OWNER, requireMember, requireOwner } from '../access/access.ts';
import { noSuchKey, type Place } from './object-reader.ts';
import type { Mark } from './open-changes.ts';
import { createRemovals, type Removals, type RemovalsOptions } from './removals.ts';
import { MAX_TRIES, pauseAfter } from './tries.ts';
import { type OnConflict, objectExists, type Stored, toChanged, type Writes } from './writes.ts';

interface CopyOptions {
  /** By default a copy overwrites the caller's own image of that name. */
  readonly onConflict?: OnConflict | undefined;
}

/** How images move about in the bed and leave it. */
export interface Objects extends Omit<Removals, 'removeExactly'> {
  /** Copies an image; the copy is the caller's. @throws {AppError} NoSuchKey, and as `Writes.write` */
  copy(caller: Caller, source: Place, target: Place, options?: CopyOptions): Promise<Stored>;
  /** Copies an image and removes the source, which must be the caller's. */
  move(caller: Caller, source: Place, target: Place, options?: CopyOptions): Promise<Stored>;
}

interface ObjectsOptions extends RemovalsOptions {
  readonly writes: Writes;
  readonly newImageId: () => string;
}

/** Creates the object service. */
export function createObjects(options: ObjectsOptions): Objects {
  const { store, reader, writes, events, changes, newImageId } = options;
  const { removeExactly, ...removals } = createRemovals(options);
  const writeCopy = async (
    caller: Caller,
    source: Place,
    original: ObjectMetadata,
    target: Place,
    { onConflict = 'overwrite', imageId, mark }: CopyOptions & { readonly imageId: string; readonly mark: Mark },
  ) => {
    const member = requireMember(caller);
    const place = reader.locate(caller, target);
    if (isSame(source, place)) {
      await writes.requireWritable(caller, place, 'rename');
      throw objectExists(place.objectName);
    }
    const { size, contentType } = original;
    const metadata = { ...original.metadata, [OWNER]: member.userId, [IMAGE_ID]: imageId };
    const { replaced, ...stored } = await writes.write(
      member,
      place,
      { size, onConflict, act: 'copy', imageId },
      async (to, condition) => {
        await mark(to);
        return store
          .copy(
            { bucket: source.bucketName, key: source.objectName, ifMatch: original },
            { bucket: to.bucketName, key: to.objectName },
            { contentType, metadata, ...condition },
          )
          .catch((cause: unknown) => {
            // In our words: it was there, and is gone or another.
            throw isNoSuchKey(cause) ? noSuchKey(source.objectName, cause) : cause;
          });
      },
    );
    const image = toChanged({ ...place, objectName: stored.objectName }, { size, contentType, metadata });
    return { stored, change: { actorId: member.userId, source: toChanged(source, original), image, replaced } };
  };

  /** Does something with a source as it is; with one that was replaced meanwhile it begins anew, where there is one still. */
  const withSource = async <Result>(
    caller: Caller,
    named: Place,
    use: (source: Place, original: ObjectMetadata) => Promise<Result>,
  ): Promise<Result> => {
    const source = reader.locate(caller, named);
    for (let tries = 1; ; tries += 1) {
      const original = await reader.stat(caller, source.bucketName, source.objectName);
      try {
        return await use(source, original);
      } catch (error) {
        if (!isNoSuchKey(error) || tries === MAX_TRIES) throw error;
        await pauseAfter(tries);
      }
    }
  };

  const copy: Objects['copy'] = (caller, named, target, how = {}) =>
    withSource(caller, named, (source, original) =>
      changes.during(async (mark) => {
        const as = { ...how, imageId: newImageId(), mark };
        const { stored, change } = await writeCopy(caller, source, original, target, as);
        await events.emit({ kind: 'copied', ...change });
        return stored;
      }),
    );

  const move: Objects['move'] = (caller, named, target, how = {}) =>
    withSource(caller, named, async (source, original) => {
      requireOwner(caller, original.metadata);
      await reader.requireReach(caller, 'delete', source);
      return changes.during((mark) => moveSeen(caller, source, original, target, { ...how, mark }));
    });

  const moveSeen = async (
    caller: Caller,
    source: Place,
    original: ObjectMetadata,
    target: Place,
    how: CopyOptions & { readonly mark: Mark },
  ): Promise<Stored> => {
    await how.mark(source);
    // It is the same image wherever it is.
    const imageId = imageIdOf(original.metadata) ?? newImageId();
    const { stored, change } = await writeCopy(caller, source, original, target, { ...how, imageId });
    const removal = await removeExactly(source, original).catch(async (error: unknown) => {
      // Half a move is a copy, and the books must know of it.
      await events.emit({ kind: 'copied', ...change });
      throw error;
    });
    // Somebody else has removed or replaced it meanwhile, and told so: what they did stands.
    await events.emit({ kind: removal === 'removed' ? 'moved' : 'copied', ...change });
    return stored;
  };

  return { copy, move, ...removals };
}

const isNoSuchKey = (error: unknown): boolean => error instanceof AppError && error.code === 'NoSuchKey';

const isSame = (one: Place, other: Place): boolean =>
  one.bucketName === other.bucketName && one.objectName === other.objectName;
