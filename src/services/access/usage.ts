import * as v from 'valibot';
import { createBatches } from '../../concurrency/batches.ts';
import { sleep } from '../../concurrency/retry.ts';
import { AppError, type Text } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { openCounters } from '../counters.ts';
import type { Quota } from './access.ts';

const DAY_SECONDS = 24 * 60 * 60;

const PAGE = 1000;

/** How long counts gather that hold nobody up. */
const GATHER_MS = 10;

/** What each member's images take up. */
export const USAGE = defineCollection({
  name: 'usage',
  /** `changes` tells two looks between which nothing was counted. */
  schema: v.object({ bytes: v.number(), objects: v.number(), changes: v.optional(v.number()) }),
  retention: { kept: 'one document a member, which the member needs for as long as it is one' },
});

/** Bytes and images. */
export interface Amount {
  readonly bytes: number;
  readonly objects: number;
}

/** A count, and how often it was changed so far. */
export interface Counts extends Amount {
  readonly changes: number;
}

/** What a member's images take up. */
export interface Usage {
  /**
   * Runs `task`, which stores an image, and counts the image: before it where there is a quota, beside it where there is
   * none. A task that fails costs nothing.
   *
   * @throws {AppError} QuotaExceeded, counting nothing and running nothing
   */
  withUsage<Result>(member: Counted, bytes: number, task: () => Promise<Result>): Promise<Result>;
  /** Takes an image that is gone off the count. */
  release(userId: string, bytes: number): Promise<void>;
  /** Changes the count by a difference. */
  adjust(userId: string, by: Amount): Promise<void>;
  /** Sets the count right to what was found, unless something was counted since `changes`; answers whether it did. */
  correct(userId: string, found: Amount, changes: number): Promise<boolean>;
  /** All counts there are. */
  readAll(): Promise<ReadonlyMap<string, Counts>>;
  read(userId: string): Promise<Amount>;
}

/** Whose images are counted, and up to what. */
export interface Counted {
  readonly userId: string;
  readonly quota: Quota;
}

interface Change {
  readonly by: Amount;
  /** Empty for what must not be refused, as what goes must not. */
  readonly quota: Quota;
  /** Whether nothing more is waited for: the count then ends at zero. */
  readonly isFinal?: boolean;
}

/** What was not counted is beyond the quota, or below zero. */
type Uncounted = AppError | 'too low';

/** An image may be gone before it was counted, which happens beside its storing. */
const MAX_TRIES = 5;
const PAUSE_MS = 10;

/** Creates the usage service. What many calls of one process change at once is written in one go. */
export function createUsage(documents: DocumentStore, now: () => Date): Usage {
  const usage = openCollection(documents, USAGE);
  const addToCounter = openCounters(documents);

  /** Writes what fits of a batch; answers what each is told. */
  const writeAll = async (userId: string, batch: readonly Change[]): Promise<readonly (Uncounted | undefined)[]> => {
    let refusals: readonly (Uncounted | undefined)[] = [];
    await usage.upsert(userId, (amount = NOTHING) => {
      const added = addUp(amount, batch);
      refusals = added.refusals;
      return { ...added.total, changes: (amount.changes ?? 0) + 1 };
    });
    return refusals;
  };

  const changeNow = createBatches(writeAll);
  /** For counts that hold nobody up: a store's answer takes longer anyway. */
  const changeSoon = createBatches(writeAll, GATHER_MS);

  const adjust: Usage['adjust'] = async (userId, by) => {
    for (let tries = 1; tries < MAX_TRIES; tries += 1) {
      if ((await changeSoon(userId, { by, quota: {} })) === undefined) return;
      await sleep(PAUSE_MS * 2 ** tries);
    }
    await changeSoon(userId, { by, quota: {}, isFinal: true });
  };
  const release: Usage['release'] = (userId, bytes) => adjust(userId, { bytes: -bytes, objects: -1 });

  const countDaily = async ({ userId, quota: { uploadsPerDay: most } }: Counted, by: number): Promise<void> => {
    if (most === undefined) return;
    const id = `day-${userId}-${now().toISOString().slice(0, 10)}`;
    const { value } = await addToCounter(id, by, DAY_SECONDS);
    if (by < 0 || value <= most) return;
    await addToCounter(id, -by, DAY_SECONDS);
    throw exceeded(tooManyToday(most), most);
  };

  const countBefore = async <Result>(member: Counted, bytes: number, task: () => Promise<Result>): Promise<Result> => {
    await countDaily(member, 1);
    const refusal = await changeNow(member.userId, { by: { bytes, objects: 1 }, quota: member.quota });
    try {
      if (refusal !== undefined) throw refusal;
      return await task();
    } catch (error) {
      await countDaily(member, -1);
      if (error !== refusal) await release(member.userId, bytes);
      throw error;
    }
  };

  const countMeanwhile = async <Result>(
    { userId }: Counted,
    bytes: number,
    task: () => Promise<Result>,
  ): Promise<Result> => {
    const counting = changeSoon(userId, { by: { bytes, objects: 1 }, quota: {} });
    const [done] = await Promise.allSettled([task(), counting]);
    if (done.status === 'fulfilled') {
      await counting;
      return done.value;
    }
    if ((await Promise.allSettled([counting]))[0].status === 'fulfilled') await release(userId, bytes);
    throw done.reason;
  };

  const readAll: Usage['readAll'] = async () => {
    const found = new Map<string, Counts>();
    let after: string | undefined;
    do {
      const page = await usage.list({ after, limit: PAGE });
      for (const { id, doc } of page.documents) found.set(id, { ...doc, changes: doc.changes ?? 0 });
      after = page.after;
    } while (after !== undefined);
    return found;
  };

  const correct: Usage['correct'] = async (userId, { bytes, objects }, changes) => {
    let isSame = false;
    await usage.upsert(userId, (counted = NOTHING) => {
      isSame = (counted.changes ?? 0) === changes;
      return isSame ? { bytes, objects, changes: changes + 1 } : counted;
    });
    return isSame;
  };

  return {
    adjust,
    correct,
    readAll,
    release,
    read: async (userId) => {
      const { bytes, objects } = (await usage.read(userId)) ?? NOTHING;
      return { bytes, objects };
    },
    withUsage: (member, bytes, task) =>
      Object.values(member.quota).every((most) => most === undefined)
        ? countMeanwhile(member, bytes, task)
        : countBefore(member, bytes, task),
  };
}

const NOTHING: v.InferOutput<typeof USAGE.schema> = { bytes: 0, objects: 0 };

/** Adds a batch up in its order, leaving out what goes beyond its quota. */
function addUp(start: Amount, batch: readonly Change[]) {
  let total = start;
  const refusals = batch.map(({ by, quota, isFinal }) => {
    const next = { bytes: total.bytes + by.bytes, objects: total.objects + by.objects };
    const refusal = refuse(next, quota) ?? tooLow(next, isFinal);
    if (refusal === undefined) total = floor(next);
    return refusal;
  });
  return { total, refusals };
}

/** What was counted wrong before is no credit. */
const floor = ({ bytes, objects }: Amount): Amount => ({ bytes: Math.max(0, bytes), objects: Math.max(0, objects) });

const tooLow = ({ bytes, objects }: Amount, isFinal = false): 'too low' | undefined =>
  !isFinal && (bytes < 0 || objects < 0) ? 'too low' : undefined;

function refuse({ bytes, objects }: Amount, quota: Quota): AppError | undefined {
  if (quota.bytes !== undefined && bytes > quota.bytes) return exceeded(tooMuch(quota.bytes), quota.bytes);
  if (quota.objects !== undefined && objects > quota.objects) return exceeded(tooMany(quota.objects), quota.objects);
  return undefined;
}

const exceeded = (text: Text, limit: number): AppError => new AppError('QuotaExceeded', text, { details: { limit } });

const tooMuch = (most: number): Text => ({
  zh: `超出空间配额 ${most} 字节；请删除旧图片或请管理员调整配额`,
  en: `The quota of ${most} bytes is used up; remove old images or ask an admin for more`,
});

const tooMany = (most: number): Text => ({
  zh: `超出图片数配额 ${most} 张；请删除旧图片或请管理员调整配额`,
  en: `The quota of ${most} images is used up; remove old images or ask an admin for more`,
});

const tooManyToday = (most: number): Text => ({
  zh: `今日上传已达上限 ${most} 张，请明天再试`,
  en: `Today's limit of ${most} uploads is reached; try again tomorrow`,
});
