import * as v from 'valibot';
import type { Logger } from '../../logger.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { VARIANTS, type VariantRecord, type VariantRecords } from '../variants/variant-records.ts';
import type { JobReport } from './job.ts';

/** Documents looked at between two looks at the clock. */
const PAGE = 100;
const DAY_MS = 24 * 60 * 60 * 1000;
/** As much is left as this part of what there is room for, so that not every run has to make room. */
const LEFT = 0.9;

/** Where the next run goes on: counting by the day of the last use, then removing what was last used on the oldest days. */
export const TRIM_CURSOR = defineCollection({
  name: 'settings',
  schema: v.object({
    after: v.optional(v.string()),
    bytesByDay: v.record(v.string(), v.number()),
    removing: v.optional(v.object({ untilDay: v.number(), bytes: v.number() })),
  }),
  retention: { kept: 'one document a bed' },
});
type Cursor = v.InferOutput<typeof TRIM_CURSOR.schema>;
const CURSOR_ID = 'trim-variants';
const START: Cursor = { bytesByDay: {} };

interface TrimVariantsOptions {
  readonly documents: DocumentStore;
  readonly records: Pick<VariantRecords, 'drop'>;
  /** Bytes that there is room for. */
  readonly maxBytes: number;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Creates the job that keeps variants within their room: those that were not asked for longest go. */
export function createTrimVariants({ documents, records, maxBytes, logger, now }: TrimVariantsOptions) {
  const variants = openCollection(documents, VARIANTS);
  const cursors = openCollection(documents, TRIM_CURSOR);

  const removeFrom = async (page: readonly { readonly id: string; readonly doc: VariantRecord }[], cursor: Cursor) => {
    let { untilDay, bytes } = cursor.removing ?? { untilDay: 0, bytes: 0 };
    for (const { id, doc } of page) {
      if (bytes <= 0) break;
      if (dayOf(doc) > untilDay) continue;
      // What the store does not give up now must not keep the rest.
      await records.drop(id, doc).then(
        () => {
          bytes -= bytesOf(doc);
        },
        (cause: unknown) => logger.error('trim-variants', { bucketName: doc.bucketName, id, cause }),
      );
    }
    return { untilDay, bytes };
  };

  /** One page further; without an `after` this pass is over. */
  const step = async (cursor: Cursor): Promise<Cursor> => {
    const { documents: page, after } = await variants.list({ after: cursor.after, limit: PAGE });
    // A page that leads to itself would never end.
    const next = after === cursor.after ? {} : { after };
    if (cursor.removing === undefined)
      return {
        bytesByDay: count(
          page.map(({ doc }) => doc),
          cursor.bytesByDay,
        ),
        ...next,
      };
    const removing = await removeFrom(page, cursor);
    return { bytesByDay: {}, removing, ...(removing.bytes > 0 && next) };
  };

  /** What comes after a pass; `undefined` when all is done. */
  const toNextPass = ({ bytesByDay, removing }: Cursor): Cursor | undefined => {
    if (removing !== undefined) return undefined;
    const toRemove = planRemoval(bytesByDay, maxBytes);
    return toRemove && { bytesByDay: {}, removing: toRemove };
  };

  return async ({ budgetMs }: { readonly budgetMs: number }): Promise<JobReport> => {
    const deadline = now().getTime() + budgetMs;
    let cursor: Cursor | undefined = (await cursors.read(CURSOR_ID)) ?? START;
    let pages = 0;
    // However little time there is, each run comes a page further.
    do {
      const stepped: Cursor = await step(cursor);
      cursor = stepped.after === undefined ? toNextPass(stepped) : stepped;
      pages += 1;
    } while (cursor !== undefined && now().getTime() < deadline);
    const left = cursor ?? START;
    await cursors.upsert(CURSOR_ID, () => left);
    logger.info('trim-variants', { pages, finished: cursor === undefined });
    return { finished: cursor === undefined };
  };
}

const dayOf = ({ usedAt }: VariantRecord): number => Math.floor(usedAt / DAY_MS);
const bytesOf = ({ files }: VariantRecord): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

function count(page: readonly VariantRecord[], before: Cursor['bytesByDay']): Cursor['bytesByDay'] {
  const bytesByDay = new Map(Object.entries(before));
  for (const record of page) {
    const day = String(dayOf(record));
    bytesByDay.set(day, (bytesByDay.get(day) ?? 0) + bytesOf(record));
  }
  return Object.fromEntries(bytesByDay);
}

/** Which days have to go, and how many bytes of them; `undefined` where there is room for all. */
function planRemoval(bytesByDay: Cursor['bytesByDay'], maxBytes: number): Cursor['removing'] {
  const days = Object.entries(bytesByDay).map(([day, bytes]) => [Number(day), bytes] as const);
  const total = days.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (total <= maxBytes) return undefined;
  const bytes = total - Math.floor(maxBytes * LEFT);
  let [found, untilDay] = [0, 0];
  for (const [day, ofDay] of days.sort(([one], [other]) => one - other)) {
    if (found >= bytes) break;
    [found, untilDay] = [found + ofDay, day];
  }
  return { untilDay, bytes };
}
