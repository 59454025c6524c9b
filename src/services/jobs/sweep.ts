import * as v from 'valibot';
import type { Logger } from '../../logger.ts';
import type { DocumentStore, JsonObject } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { isOver, RECORDS, recordDocument } from '../idempotency.ts';
import { PENDING_PREFIX, UPLOADS, uploadDocument } from '../uploads/upload-records.ts';

/** Documents looked at between two looks at the clock. */
const PAGE = 200;
const DAY_MS = 24 * 60 * 60 * 1000;
const CURSOR = 'sweep';

/** What a sweep has done. */
export interface SweepReport {
  readonly looked: number;
  readonly removed: number;
  /** Whether it came round to the end; if not, the next sweep goes on where this one stopped. */
  readonly finished: boolean;
}

/** Clears away what time has made worthless; safe to run twice at once, and to be stopped anywhere. */
export type Sweep = (options: { readonly budgetMs: number }) => Promise<SweepReport>;

/** What one collection holds and when a document of it is worthless; `false` keeps it. */
interface Task {
  readonly collection: string;
  isWorthless(doc: JsonObject, now: Date): boolean | Promise<boolean>;
}

interface SweepOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly logger: Logger;
  readonly now: () => Date;
}

const cursorDocument = v.object({ task: v.number(), after: v.optional(v.string()) });
type Cursor = v.InferOutput<typeof cursorDocument>;

/** Creates the sweep. */
export function createSweep({ documents, store, logger, now }: SweepOptions): Sweep {
  const isStaleUpload = async (id: string, doc: JsonObject, at: Date): Promise<boolean> => {
    const parsed = v.safeParse(uploadDocument, doc);
    if (!parsed.success || at.getTime() - Date.parse(parsed.output.expiresAt) < DAY_MS) return false;
    const { bucketName, storeUploadId } = parsed.output;
    const key = PENDING_PREFIX + id;
    if (storeUploadId !== undefined) await store.abortMultipartUpload(bucketName, key, storeUploadId);
    // Also of one that is ready: its address may have been used once more.
    await store.remove(bucketName, key);
    return true;
  };

  const sweepPage = async (task: Task, after: string | undefined) => {
    const page = await documents.list(task.collection, { limit: PAGE, ...(after !== undefined && { after }) });
    let removed = 0;
    for (const { id, doc } of page.documents) {
      const isWorthless =
        task.collection === UPLOADS ? await isStaleUpload(id, doc, now()) : await task.isWorthless(doc, now());
      if (!isWorthless) continue;
      await documents.remove(task.collection, id);
      removed += 1;
    }
    return { looked: page.documents.length, removed, after: page.after };
  };

  const readCursor = async (): Promise<Cursor> => {
    const stored = await documents.read('settings', CURSOR);
    const parsed = v.safeParse(cursorDocument, stored?.doc);
    return parsed.success && parsed.output.task < TASKS.length ? parsed.output : { task: 0 };
  };

  /** A cursor that is lost, or set back by another sweep, costs a second look and nothing else. */
  const writeCursor = async ({ task, after }: Cursor): Promise<void> => {
    const cursor = after === undefined ? { task } : { task, after };
    if (await documents.create('settings', CURSOR, cursor)) return;
    const stored = await documents.read('settings', CURSOR);
    if (stored) await documents.replace('settings', CURSOR, cursor, stored.revision);
  };

  return async ({ budgetMs }) => {
    const deadline = now().getTime() + budgetMs;
    let cursor = await readCursor();
    let [looked, removed] = [0, 0];
    while (cursor.task < TASKS.length && now().getTime() < deadline) {
      const task = TASKS[cursor.task];
      if (task === undefined) break;
      const page = await sweepPage(task, cursor.after);
      looked += page.looked;
      removed += page.removed;
      cursor = page.after === undefined ? { task: cursor.task + 1 } : { task: cursor.task, after: page.after };
    }
    const finished = cursor.task >= TASKS.length;
    await writeCursor(finished ? { task: 0 } : cursor);
    logger.info('sweep', { looked, removed, finished });
    return { looked, removed, finished };
  };
}

const isPast = (value: unknown, now: Date): boolean => typeof value === 'string' && Date.parse(value) <= now.getTime();
const byExpiry = (doc: JsonObject, now: Date): boolean => isPast(doc['expiresAt'], now);
/** A session that was not refreshed for so long cannot be used any more. */
const SESSION_DAYS = 31;

const TASKS: readonly Task[] = [
  { collection: UPLOADS, isWorthless: () => false },
  { collection: 'counters', isWorthless: byExpiry },
  { collection: 'invitations', isWorthless: byExpiry },
  {
    collection: RECORDS,
    isWorthless: (doc, now) => {
      const parsed = v.safeParse(recordDocument, doc);
      return parsed.success && isOver(parsed.output, now);
    },
  },
  {
    collection: 'sessions',
    isWorthless: ({ refreshedAt }, now) =>
      typeof refreshedAt === 'string' && now.getTime() - Date.parse(refreshedAt) > SESSION_DAYS * DAY_MS,
  },
];
