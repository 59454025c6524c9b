import * as v from 'valibot';
import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import { isReservedKey } from '../../naming/key.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { OWNER, ownerOf } from '../access/access.ts';
import type { Amount, Counts, Usage } from '../access/usage.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { parseTrashKey } from '../library/trash-key.ts';
import type { ObjectEvents } from '../objects/events.ts';
import type { Place } from '../objects/object-reader.ts';
import type { OpenChanges } from '../objects/open-changes.ts';
import type { PlaceLocks } from '../objects/place-locks.ts';
import { createReassign } from '../objects/reassign.ts';
import type { RecordsPosition, RecordsReconciler } from './reconcile-records.ts';

/** Objects looked at in one slice. */
const SLICE = 500;
const AT_ONCE = 16;

/** A run that nobody went on with for so long is given up. */
const ABANDONED_MS = 7 * 24 * 60 * 60 * 1000;

const tally = v.record(v.string(), v.object({ bytes: v.number(), objects: v.number() }));
type Tally = v.InferOutput<typeof tally>;
type Run = Pick<v.InferOutput<typeof TALLIES.schema>, 'tally' | 'changes'>;

/** What the runs under way have counted so far. */
export const TALLIES = defineCollection({
  name: 'reconcile',
  schema: v.object({
    at: v.optional(v.string()),
    tally: v.optional(tally, {}),
    /** How often each count had been changed when the run began. */
    changes: v.optional(v.record(v.string(), v.number()), {}),
  }),
  retention: { isExpired: ({ at }, now) => at === undefined || now.getTime() - Date.parse(at) > ABANDONED_MS },
});
const cursorShape = v.strictObject({
  run: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  /** By name, for buckets come and go. */
  bucket: v.string(),
  /** Where what was listed is done, and its records are looked at. */
  state: v.optional(v.picklist(['present', 'removed'])),
  token: v.optional(v.string()),
});

/** What one slice has found. */
export interface Reconciliation {
  readonly checked: number;
  /** Images that came into the bucket past the service; with `repair` they now belong to the admin who asked. */
  readonly unowned: readonly Place[];
  /** What names an owner who has no account here: somebody else's, neither counted nor touched. */
  readonly foreign: readonly Place[];
  /** On the last slice: how far the counted usage of members is off who stored and removed nothing since the first; with `repair` it is set right. */
  readonly drift: readonly { readonly userId: string; readonly bytes: number; readonly objects: number }[];
  /**
   * How many images had no record, and how many records no image; with `repair` those were made and these forgotten.
   * Absent where no records are kept.
   */
  readonly records?: { readonly missing: number; readonly stale: number };
  /** Where to go on; absent on the last slice. */
  readonly cursor?: string;
}

/** Compares the buckets with the documents, a slice at a time. */
export type Reconcile = (options: {
  readonly adminId: string;
  readonly repair: boolean;
  readonly cursor?: string | undefined;
}) => Promise<Reconciliation>;

interface ReconcileOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  /** The bed's own: others of the same key are none of its business. */
  readonly buckets: Pick<Buckets, 'own'>;
  readonly isAccount: (userId: string) => Promise<boolean>;
  readonly usage: Usage;
  readonly locks: PlaceLocks;
  readonly events: ObjectEvents;
  readonly changes: Pick<OpenChanges, 'during'>;
  /** Absent where no records are kept. */
  readonly reconciler?: RecordsReconciler | undefined;
  readonly newRunId: () => string;
  readonly now: () => Date;
}

/** Creates the reconciliation. */
export function createReconcile(options: ReconcileOptions): Reconcile {
  const { documents, store, buckets, isAccount, usage, locks, events, changes, reconciler, newRunId, now } = options;
  const tallies = openCollection(documents, TALLIES);

  const lookAt = async (bucketName: string, keys: readonly string[]) => {
    const found = await mapLimited(keys, AT_ONCE, (key) => store.head(bucketName, key));
    return found.filter((object) => object !== undefined);
  };

  const reassign = createReassign({ store, locks, events, changes });
  /** Makes an image the admin's, if it still is nobody's; answers whether it did. */
  const adopt = async (place: Place, adminId: string): Promise<boolean> =>
    (await reassign(place, adminId, isNobodys)) !== undefined;

  /** Where a run stands; a new one begins with how often counts have changed. */
  const resume = async (run: string, isNew: boolean): Promise<Run> => {
    const known = isNew ? undefined : await tallies.read(run);
    if (known !== undefined) return known;
    const counts = await usage.readAll();
    return { tally: {}, changes: Object.fromEntries([...counts].map(([userId, { changes }]) => [userId, changes])) };
  };

  const findDrift = async (run: Run, repair: boolean) => {
    const drift = [];
    for (const { userId, found, booked } of compare(run, await usage.readAll())) {
      const isDone = !repair || (await usage.correct(userId, found, booked.changes));
      const off = { userId, bytes: found.bytes - booked.bytes, objects: found.objects - booked.objects };
      if (isDone) drift.push(off);
    }
    return drift;
  };

  const lookAtSlice = async (bucketName: string, token: string | undefined) => {
    const page = await store.list(bucketName, {
      limit: SLICE,
      ...(token !== undefined && { continuationToken: token }),
    });
    const keys = page.objects.map(({ key }) => key).filter((key) => !isReservedKey(key) || isInTrash(key));
    const looked = await lookAt(bucketName, keys);
    const ours = await mapLimited(looked, AT_ONCE, isOurs);
    const objects = looked.filter((_, index) => ours[index]);
    const toPlace = ({ key }: ObjectMetadata): Place => ({ bucketName, objectName: key });
    const unowned = objects.filter(isNobodys).map(toPlace).filter(isOutside);
    const foreign = looked
      .filter((_, index) => !ours[index])
      .map(toPlace)
      .filter(isOutside);
    return { checked: looked.length, objects, unowned, foreign, token: page.continuationToken };
  };

  /** Nobody's counts as ours: it came into our bucket without a word about whose it is. */
  const isOurs = async (object: ObjectMetadata): Promise<boolean> => {
    const owner = ownerOf(object.metadata);
    return owner === undefined ? isNobodys(object) : isAccount(owner);
  };

  const begin = (): Cursor => ({ run: newRunId(), bucket: '' });

  const adoptAll = async (places: readonly Place[], adminId: string): Promise<ReadonlySet<string>> => {
    const adopted = new Set<string>();
    for (const place of places) if (await adopt(place, adminId)) adopted.add(place.objectName);
    return adopted;
  };

  /** What is listed of a bucket. */
  const takeListed = async ({ at, run, adminId, repair }: Slice): Promise<SliceDone> => {
    const { objects, token, ...slice } = await lookAtSlice(at.bucket, at.token);
    const adopted = repair ? await adoptAll(slice.unowned, adminId) : new Set<string>();
    const keys = objects.map(({ key }) => key);
    const missing = await reconciler?.countMissing(at.bucket, keys, repair);
    const tally = addUp(run.tally, objects, ({ key }) => (adopted.has(key) ? adminId : undefined));
    const next = token === undefined ? reconciler && { state: 'present' as const } : { token };
    return { found: { ...slice, ...(missing !== undefined && { records: { missing, stale: 0 } }) }, tally, next };
  };

  /** What is recorded of a bucket. */
  const takeRecorded = async (
    { at, run, repair }: Slice,
    state: RecordsPosition['state'],
    of: RecordsReconciler,
  ): Promise<SliceDone> => {
    const { stale, next } = await of.countStale(at.bucket, { state, token: at.token }, repair);
    return { found: { ...NOTHING_FOUND, records: { missing: 0, stale } }, tally: run.tally, next };
  };

  const take = (slice: Slice): Promise<SliceDone> => {
    const { state } = slice.at;
    return state === undefined || reconciler === undefined ? takeListed(slice) : takeRecorded(slice, state, reconciler);
  };

  return async ({ adminId, repair, cursor }) => {
    const from = cursor === undefined ? begin() : parseCursor(cursor);
    const names = (await buckets.own()).map(({ name }) => name).filter((name) => name >= from.bucket);
    const [bucket, following] = names;
    // Before anything is looked at, so that what is counted meanwhile shows.
    const run = await resume(from.run, cursor === undefined);
    if (bucket === undefined) {
      await tallies.remove(from.run);
      return { ...NOTHING_FOUND, drift: await findDrift(run, repair) };
    }
    const at = bucket === from.bucket ? from : { run: from.run, bucket };
    const { found, tally, next } = await take({ at, run, adminId, repair });
    const goOn = toNext(at, next, following);
    if (goOn === undefined) {
      await tallies.remove(from.run);
      return { ...found, drift: await findDrift({ ...run, tally }, repair) };
    }
    await tallies.upsert(from.run, () => ({ at: now().toISOString(), tally, changes: run.changes }));
    return { ...found, drift: [], cursor: formatCursor(goOn) };
  };
}

const isNobodys = ({ metadata }: ObjectMetadata): boolean => (metadata[OWNER] ?? '') === '';

/** What lies in the trash is its owner's still, and nobody else's to have. */
const isInTrash = (key: string): boolean => parseTrashKey(key) !== undefined;
const isOutside = ({ objectName }: Place): boolean => !isInTrash(objectName);

const NOTHING_FOUND = { checked: 0, unowned: [], foreign: [] };
const NOTHING: Counts = { bytes: 0, objects: 0, changes: 0 };

/** Whose count is off. Of those who stored or removed something meanwhile nothing can be said: their images moved while they were counted. */
function compare({ tally, changes }: Run, counts: ReadonlyMap<string, Counts>) {
  return [...new Set([...Object.keys(tally), ...counts.keys()])]
    .map((userId) => ({ userId, found: tally[userId] ?? NOTHING, booked: counts.get(userId) ?? NOTHING }))
    .filter(({ userId, booked }) => booked.changes === (changes[userId] ?? 0))
    .filter(({ found, booked }) => !isEqual(found, booked));
}

const isEqual = (one: Amount, other: Amount): boolean => one.bytes === other.bytes && one.objects === other.objects;

type Cursor = v.InferOutput<typeof cursorShape>;

interface Slice {
  readonly at: Cursor;
  readonly run: Run;
  readonly adminId: string;
  readonly repair: boolean;
}

/** What a slice found, what is counted with it, and where in its bucket to go on. */
interface SliceDone {
  readonly found: Omit<Reconciliation, 'drift' | 'cursor'>;
  readonly tally: Tally;
  readonly next: Pick<Cursor, 'state' | 'token'> | undefined;
}

function toNext({ run, bucket }: Cursor, next: SliceDone['next'], following: string | undefined): Cursor | undefined {
  if (next !== undefined) return { run, bucket, ...next };
  return following === undefined ? undefined : { run, bucket: following };
}

function addUp(
  tally: Tally,
  objects: readonly ObjectMetadata[],
  adopterOf: (object: ObjectMetadata) => string | undefined,
): Tally {
  const sums = new Map(Object.entries(tally));
  for (const object of objects) {
    const { size, metadata } = object;
    const owner = ownerOf(metadata) ?? adopterOf(object);
    if (owner === undefined) continue;
    const sum = sums.get(owner) ?? { bytes: 0, objects: 0 };
    sums.set(owner, { bytes: sum.bytes + size, objects: sum.objects + 1 });
  }
  return Object.fromEntries(sums);
}

const formatCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

function parseCursor(cursor: string): Cursor {
  try {
    return v.parse(cursorShape, JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new AppError(
      'InvalidArgument',
      {
        zh: 'cursor 无效：请使用上一次返回的值',
        en: 'The cursor is not valid: use the value that the call before returned',
      },
      { details: { fields: ['cursor'] }, cause },
    );
  }
}
