import * as v from 'valibot';
import type { Logger } from '../../logger.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { USAGE } from '../access/usage.ts';
import { PROBES } from '../atomicity.ts';
import { BED } from '../bed.ts';
import { BUCKETS } from '../buckets/buckets.ts';
import { CAPABILITIES } from '../buckets/capabilities.ts';
import { HOTLINK_RULES } from '../buckets/hotlink-rules.ts';
import { UPLOAD_RULES } from '../buckets/upload-rules.ts';
import { type AnyCollection, defineCollection, openCollection } from '../collection.ts';
import { COUNTERS } from '../counters.ts';
import { REPEATABLE_CALLS } from '../idempotency.ts';
import { ADMIN_LOSSES } from '../identity/admin-losses.ts';
import { TOKEN_USES, TRIALS } from '../identity/api-tokens.ts';
import { EMAILS, EMAILS_LISTED } from '../identity/emails.ts';
import { INVITATIONS } from '../identity/invitations.ts';
import { KEYS } from '../identity/keys.ts';
import { PASSWORD_RESETS } from '../identity/password-resets.ts';
import { LEFT_IDS, PHONES } from '../identity/phones.ts';
import { OPEN_SESSIONS, SESSIONS } from '../identity/sessions.ts';
import { FIRST_ADMIN, USERS } from '../identity/users.ts';
import { BINDINGS } from '../identity/wechat.ts';
import { LEFTOVERS } from '../leftovers.ts';
import { ALBUM_NUMBERS, ALBUMS } from '../library/albums.ts';
import {
  ALBUM_ORDERS,
  DOWNLOADS,
  EXPIRED,
  EXPIRIES,
  OPEN_CHANGES,
  RECORDS_CURSOR,
  SHARE_LISTS,
  SHELVES,
} from '../library/record-collections.ts';
import { LISTED_FACTS } from '../objects/listed-facts.ts';
import { PLACE_LOCKS } from '../objects/place-locks.ts';
import { DUPLICATES } from '../uploads/duplicates.ts';
import { OPEN_UPLOADS } from '../uploads/open-uploads.ts';
import { UPLOADS } from '../uploads/upload-records.ts';
import { OWN_PRESETS } from '../variants/presets.ts';
import { VARIANTS } from '../variants/variant-records.ts';
import { DEPARTURES } from './departures.ts';
import { TALLIES } from './reconcile.ts';
import { TRIM_CURSOR } from './trim-variants.ts';

/** Documents looked at between two looks at the clock. */
const PAGE = 200;

/** Where the next sweep goes on. */
const SWEEP_CURSOR = defineCollection({
  name: 'settings',
  schema: v.object({ task: v.number(), after: v.optional(v.string()) }),
  retention: { kept: 'one document a bed' },
});
type Cursor = v.InferOutput<typeof SWEEP_CURSOR.schema>;
const CURSOR_ID = 'sweep';

/** Every collection of the bed, in the order in which it is swept; each says itself when its documents go. */
export const COLLECTIONS: readonly AnyCollection[] = [
  UPLOADS,
  COUNTERS,
  INVITATIONS,
  PASSWORD_RESETS,
  REPEATABLE_CALLS,
  SESSIONS,
  OPEN_SESSIONS,
  DOWNLOADS,
  DUPLICATES,
  EXPIRED,
  EXPIRIES,
  EMAILS,
  LEFTOVERS,
  LISTED_FACTS,
  TOKEN_USES,
  TRIALS,
  TALLIES,
  PLACE_LOCKS,
  PROBES,
  ADMIN_LOSSES,
  ALBUMS,
  ALBUM_NUMBERS,
  ALBUM_ORDERS,
  BED,
  BINDINGS,
  BUCKETS,
  CAPABILITIES,
  DEPARTURES,
  EMAILS_LISTED,
  FIRST_ADMIN,
  HOTLINK_RULES,
  KEYS,
  LEFT_IDS,
  OPEN_CHANGES,
  OPEN_UPLOADS,
  OWN_PRESETS,
  PHONES,
  RECORDS_CURSOR,
  SHARE_LISTS,
  SHELVES,
  SWEEP_CURSOR,
  TRIM_CURSOR,
  UPLOAD_RULES,
  USAGE,
  USERS,
  VARIANTS,
];

/** What a sweep has done. */
export interface SweepReport {
  readonly looked: number;
  readonly removed: number;
  /** Whether it came round to the end; if not, the next sweep goes on where this one stopped. */
  readonly finished: boolean;
}

/** Clears away what time has made worthless; safe to run twice at once, and to be stopped anywhere. */
export type Sweep = (options: { readonly budgetMs: number }) => Promise<SweepReport>;

interface SweepOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Creates the sweep. */
export function createSweep({ documents, store, logger, now }: SweepOptions): Sweep {
  const expiring = COLLECTIONS.filter(({ kept }) => kept === undefined);
  const cursors = openCollection(documents, SWEEP_CURSOR);

  const sweepPage = async ({ name, expire }: AnyCollection, after: string | undefined) => {
    const page = await documents.list(name, { limit: PAGE, ...(after !== undefined && { after }) });
    const causes: unknown[] = [];
    let removed = 0;
    for (const { id, doc } of page.documents) {
      const release = expire(id, doc, now());
      if (release === undefined) continue;
      try {
        await release(store);
        await documents.remove(name, id);
        removed += 1;
      } catch (cause) {
        causes.push(cause);
      }
    }
    // One that cannot go now, such as an upload to a bucket that is closed to us, keeps no other one here.
    if (causes.length > 0) logger.error('sweep', { collection: name, kept: causes.length, cause: causes[0] });
    return { looked: page.documents.length, removed, after: page.after };
  };

  const readCursor = async (): Promise<Cursor> => {
    const cursor = await cursors.read(CURSOR_ID);
    return cursor !== undefined && cursor.task < expiring.length ? cursor : { task: 0 };
  };

  return async ({ budgetMs }) => {
    const deadline = now().getTime() + budgetMs;
    let cursor = await readCursor();
    let [looked, removed] = [0, 0];
    while (now().getTime() < deadline) {
      const task = expiring[cursor.task];
      if (task === undefined) break;
      const page = await sweepPage(task, cursor.after);
      looked += page.looked;
      removed += page.removed;
      // A page that leads to itself would hold up all tasks behind it.
      const isEnd = page.after === undefined || page.after === cursor.after;
      cursor = isEnd ? { task: cursor.task + 1 } : { task: cursor.task, after: page.after };
    }
    const finished = cursor.task >= expiring.length;
    // A cursor that is set back by another sweep costs a second look and nothing else.
    await cursors.upsert(CURSOR_ID, () => (finished ? { task: 0 } : cursor));
    logger.info('sweep', { looked, removed, finished });
    return { looked, removed, finished };
  };
}
