import * as v from 'valibot';
import { mapLimited } from '../../concurrency/limit.ts';
import { LEGACIES, type Legacy } from '../../naming/account.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { CLOCKS_DIFFER_MS, type ObjectMetadata, type ObjectStore, UNDATED } from '../../ports/object-store.ts';
import { ownerOf } from '../access/access.ts';
import type { Usage } from '../access/usage.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { USERS } from '../identity/users.ts';
import type { TrashBin } from '../library/trash-bin.ts';
import { parseTrashKey } from '../library/trash-key.ts';
import type { ObjectEvents } from '../objects/events.ts';
import type { Place } from '../objects/object-reader.ts';
import type { OpenChanges } from '../objects/open-changes.ts';
import type { PlaceLocks } from '../objects/place-locks.ts';
import { createReassign } from '../objects/reassign.ts';
import { toChanged } from '../objects/writes.ts';
import type { JobReport } from './job.ts';

/** Whose images are still to be given away or removed, by the id that the account had. */
export const DEPARTURES = defineCollection({
  name: 'departures',
  schema: v.object({
    images: v.picklist(LEGACIES),
    /** The admin who gets them, and in whose name they go. */
    heirId: v.string(),
    /** When the account was to be deleted. */
    at: v.number(),
    /** Where to go on: a bucket by name, and a place in it. */
    bucket: v.optional(v.string(), ''),
    token: v.optional(v.string()),
  }),
  retention: { kept: 'until its images are done with' },
});
type Departure = v.InferOutput<typeof DEPARTURES.schema>;

/** What accounts that were deleted have left. */
export interface Departures {
  /** Notes what is to become of the images of an account, in case nobody comes to it. */
  begin(userId: string, images: Legacy, heirId: string): Promise<void>;
  /** Goes on with all of them. */
  run(budget: { readonly budgetMs: number }): Promise<JobReport>;
}

interface DeparturesOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly buckets: Pick<Buckets, 'own'>;
  readonly usage: Usage;
  readonly events: ObjectEvents;
  readonly changes: Pick<OpenChanges, 'during'>;
  readonly locks: PlaceLocks;
  /** Absent where there are no records. */
  readonly bin?: Pick<TrashBin, 'purge'> | undefined;
  readonly now: () => Date;
}

const PAGE = 200;
const AT_ONCE = 8;

/** Creates the job; what it does may be done twice, and stopped anywhere. */
export function createDepartures(options: DeparturesOptions): Departures {
  const { documents, store, buckets, usage, events, changes, locks, bin, now } = options;
  const departures = openCollection(documents, DEPARTURES);
  const people = openCollection(documents, USERS);
  const reassign = createReassign({ store, locks, events, changes });

  const give = async (place: Place, userId: string, { heirId }: Departure): Promise<void> => {
    const given = await reassign(place, heirId, ({ metadata }) => ownerOf(metadata) === userId);
    if (given === undefined) return;
    await usage.adjust(heirId, { bytes: given.size, objects: 1 });
    await usage.release(userId, given.size);
  };

  const remove = (place: Place, { heirId }: Departure, found: ObjectMetadata): Promise<void> =>
    changes.during((mark) =>
      locks.hold(place, { kind: 'change' }, async () => {
        await mark(place);
        const removal = await store.remove(place.bucketName, place.objectName, { ifMatch: found });
        if (removal !== 'removed') return;
        await events.emit({ kind: 'removed', actorId: heirId, image: toChanged(place, found) });
      }),
    );

  const purge = async (imageId: string, departure: Departure, at: { place: Place; found: ObjectMetadata }) => {
    // Of one whose record was lost nothing but the bytes is left.
    const isPurged = await bin?.purge(departure.heirId, imageId);
    if (isPurged !== true) await remove(at.place, departure, at.found);
  };

  const settle = async (bucketName: string, objectName: string, userId: string, departure: Departure) => {
    const found = await store.head(bucketName, objectName);
    if (found === undefined || ownerOf(found.metadata) !== userId) return;
    // Where deleting failed on the way, what may have come since is of an account that is still there.
    if (!isFromBefore(found, departure.at) && (await people.read(userId)) !== undefined) return;
    const place = { bucketName, objectName };
    // What its owner threw away is for no heir.
    const thrown = parseTrashKey(objectName);
    if (thrown !== undefined) await purge(thrown, departure, { place, found });
    else await (departure.images === 'transfer' ? give(place, userId, departure) : remove(place, departure, found));
  };

  /** Works through one page; answers where to go on, and `undefined` at the end. */
  const settlePage = async (userId: string, departure: Departure): Promise<Departure | undefined> => {
    const names = (await buckets.own()).map(({ name }) => name).filter((name) => name >= departure.bucket);
    const [bucketName, following] = names;
    if (bucketName === undefined) return undefined;
    const token = bucketName === departure.bucket ? departure.token : undefined;
    const page = await store.list(bucketName, {
      limit: PAGE,
      ...(token !== undefined && { continuationToken: token }),
    });
    await mapLimited(page.objects, AT_ONCE, ({ key }) => settle(bucketName, key, userId, departure));
    const { token: _, ...rest } = departure;
    if (page.continuationToken !== undefined) return { ...rest, bucket: bucketName, token: page.continuationToken };
    return following === undefined ? undefined : { ...rest, bucket: following };
  };

  const goOn = async (userId: string, departure: Departure, until: number): Promise<boolean> => {
    let next: Departure | undefined = departure;
    while (next !== undefined && now().getTime() < until) {
      next = await settlePage(userId, next);
      if (next === undefined) await departures.remove(userId);
      else await departures.upsert(userId, (stored) => ({ ...stored, ...(next ?? departure) }));
    }
    return next === undefined;
  };

  return {
    begin: async (userId, images, heirId) => {
      await departures.upsert(userId, () => ({ images, heirId, at: now().getTime(), bucket: '' }));
    },
    run: async ({ budgetMs }) => {
      const until = now().getTime() + budgetMs;
      const { documents: waiting } = await departures.list({ limit: PAGE });
      let finished = waiting.length < PAGE;
      for (const { id, doc } of waiting) finished = (await goOn(id, doc, until)) && finished;
      return { finished };
    },
  };
}

/** Whether the store has an image from before a time of ours, whose clock the store's may be behind. */
const isFromBefore = ({ lastModified }: ObjectMetadata, at: number): boolean =>
  lastModified.getTime() > UNDATED.getTime() && lastModified.getTime() + CLOCKS_DIFFER_MS <= at;
