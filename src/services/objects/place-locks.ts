import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { mapLimited } from '../../concurrency/limit.ts';
import { sleep } from '../../concurrency/retry.ts';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { Place } from './object-reader.ts';

/** How long a holder that says nothing is believed to be alive: longer than a call of the store may take, and as short as that allows. */
const LEASE_MS = 20_000;
const RENEW_MS = LEASE_MS / 3;
const PATIENCE_MS = 5000;
const MAX_PAUSE_MS = 50;
const AT_ONCE = 16;

/** Who is changing what stands at a place. */
export const PLACE_LOCKS = defineCollection({
  name: 'place-locks',
  schema: v.object({ holder: v.string(), until: v.string() }),
  retention: { isExpired: ({ until }, now) => Date.parse(until) <= now.getTime() },
});

/**
 * What somebody wants to do at a place: put something where nothing is, replace or remove what is there, or something
 * that no store could hold a condition for.
 */
type Act =
  | { readonly kind: 'put' | 'copy'; readonly size: number }
  | { readonly kind: 'change'; readonly size?: number }
  | { readonly kind: 'other' };

/**
 * Keeps others of the bed away from a place while somebody looks at it and then acts, by a document that lasts as long:
 * only where the store does not hold the condition of the act by itself.
 *
 * @throws {AppError} ServiceUnavailable when others hold the place for 5 s
 */
export interface PlaceLocks {
  hold<Result>(place: Place, act: Act, work: () => Promise<Result>): Promise<Result>;
  /** Holds those of several places that are free, does not wait for the others, and tells `work` which it holds. */
  holdFree<Result>(
    places: readonly Place[],
    act: Act,
    work: (held: readonly Place[]) => Promise<Result>,
  ): Promise<Result>;
}

interface PlaceLocksOptions {
  readonly store: ObjectStore;
  readonly documents: DocumentStore;
  readonly newId: () => string;
  readonly now: () => Date;
}

/** Creates the locks of places. */
export function createPlaceLocks({ store, documents, newId, now }: PlaceLocksOptions): PlaceLocks {
  const locks = openCollection(documents, PLACE_LOCKS);

  const isNeeded = async (bucketName: string, act: Act): Promise<boolean> => {
    if (act.kind === 'other') return true;
    const { kind, size = 0 } = act;
    if (kind !== 'change') return !(await store.holds(bucketName, kind, size));
    const held = [store.holds(bucketName, 'replace', size), store.holds(bucketName, 'remove', size)];
    return (await Promise.all(held)).includes(false);
  };

  const leaseOf = (holder: string) => ({ holder, until: new Date(now().getTime() + LEASE_MS).toISOString() });

  const tryTake = async (id: string, holder: string): Promise<boolean> => {
    if (await locks.create(id, leaseOf(holder))) return true;
    const isOver = ({ until }: { readonly until: string }): boolean => Date.parse(until) <= now().getTime();
    const left = await locks.read(id);
    // Of a holder that was killed; looked at first, for taking it over may collide with nobody but others who do.
    if (left === undefined || !isOver(left)) return false;
    const taken = await locks.update(id, (lock) => (isOver(lock) ? leaseOf(holder) : lock));
    return taken?.holder === holder;
  };

  const take = async (id: string, holder: string, { objectName }: Place): Promise<void> => {
    const end = performance.now() + PATIENCE_MS;
    for (let pause = 2; !(await tryTake(id, holder)); pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      if (performance.now() >= end) throw contended(objectName);
      await sleep(pause * (0.5 + Math.random()));
    }
  };

  const whileHeld = async <Result>(ids: readonly string[], holder: string, work: () => Promise<Result>) => {
    const began = now().getTime();
    const renew = () =>
      mapLimited(ids, AT_ONCE, (id) => locks.update(id, (lock) => (lock.holder === holder ? leaseOf(holder) : lock)));
    // What fails is tried again before the lease is over.
    const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
    timer.unref();
    try {
      return await work();
    } finally {
      clearInterval(timer);
      const isSurelyOurs = now().getTime() - began < LEASE_MS / 2;
      // What is left behind is over by itself.
      if (isSurelyOurs) await mapLimited(ids, AT_ONCE, (id) => locks.remove(id).catch(() => undefined));
    }
  };

  return {
    hold: async (place, act, work) => {
      if (!(await isNeeded(place.bucketName, act))) return work();
      const [id, holder] = [toId(place), newId()];
      await take(id, holder, place);
      return whileHeld([id], holder, work);
    },
    holdFree: async (places, act, work) => {
      const [first] = places;
      if (first === undefined || !(await isNeeded(first.bucketName, act))) return work(places);
      const holder = newId();
      const taken = await mapLimited(places, AT_ONCE, async (place) =>
        (await tryTake(toId(place), holder)) ? [place] : [],
      );
      const held = taken.flat();
      return whileHeld(held.map(toId), holder, () => work(held));
    },
  };
}

const toId = ({ bucketName, objectName }: Place): string =>
  createHash('sha256').update(`${bucketName}/${objectName}`).digest('hex');

/** The refusal of a place where others were faster every time. */
export const contended = (objectName: string): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `${objectName} 正被同时写入和删除，这次没有改动；请稍后重试，或换一个对象名`,
    en: `${objectName} is being written and removed by others at once, and nothing was changed; try again later or choose another name`,
  });
