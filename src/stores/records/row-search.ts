import type {
  ImageFilter,
  ImageGroup,
  ImageGrouping,
  ImageOrder,
  ImagePage,
  ImageSearch,
  ImageTotal,
} from '../../ports/image-records.ts';
import type { Call } from '../requests.ts';
import { type Position, toCursor } from './cursor.ts';
import { SAMPLES } from './encoding.ts';
import { toRest } from './rest.ts';
import {
  decodeRow,
  type RowDatabase,
  type RowFilter,
  type TermRow,
  toRowOrder,
  toRowPosition,
  toRowQuestion,
} from './rows.ts';
import { MAX_COUNTED, MAX_SAMPLED, toTotal } from './totals.ts';

/** A call of a database. */
interface Asked {
  readonly call: Call;
  readonly database: RowDatabase;
}

const BATCH = 1000;
/** What says a record and its place in each order; of its many terms nothing is fetched. */
const SHOWN = ['record', 'revision', 'created', 'name', 'size'] as const satisfies readonly (keyof TermRow)[];
/** Of so many rows that terms find a search looks for those that are meant; beyond them its page ends early. */
const MAX_LOOKED = 5_000;

/** One page of the records that a filter lets through. */
export async function searchRows(asked: Asked, search: ImageSearch, after: Position | undefined): Promise<ImagePage> {
  const { order, limit, offset = 0 } = search;
  const rest = toRest(search);
  const found: TermRow[] = [];
  // What terms tell alone the database itself passes over.
  const passed = rest.isEmpty ? offset : 0;
  let looked = 0;
  let last: TermRow | undefined;
  const batch = Math.min(BATCH, rest.isEmpty ? limit + 1 : 2 * limit + 1);
  const fields = [...new Set([...SHOWN, ...rest.fields])];
  const all = rows(asked, { question: toRowQuestion(search), order, after, passed, batch, fields });
  for await (const row of passOver(all, offset - passed, rest.holdsOf)) {
    if (found.length === limit && rest.holdsOf(row)) return toPage(found, order, found.at(-1));
    if (looked === MAX_LOOKED && last !== undefined) return toPage(found, order, last);
    if (rest.holdsOf(row)) found.push(row);
    looked += 1;
    last = row;
  }
  return toPage(found, order, undefined);
}

/** The rows behind so many that are meant. */
async function* passOver(all: AsyncIterable<TermRow>, offset: number, isMeant: (row: TermRow) => boolean) {
  let left = offset;
  for await (const row of all) {
    if (left === 0) yield row;
    else if (isMeant(row)) left -= 1;
  }
}

function toPage(found: readonly TermRow[], order: ImageOrder, last: TermRow | undefined): ImagePage {
  return { images: found.map(decodeRow), ...(last !== undefined && { after: toCursor(decodeRow(last), order) }) };
}

/** How many records a filter lets through. */
export async function countRows(asked: Asked, filter: ImageFilter): Promise<ImageTotal> {
  const question = toRowQuestion(filter);
  const counted = await countUpTo(MAX_COUNTED, asked, filter, question);
  return toTotal(counted, async () => {
    const { call, database } = asked;
    const reach = (await call.repeatedly(() => database.findSample(MAX_SAMPLED))) ?? SAMPLES - 1;
    const sampled = { $and: [question, { sample: { $lte: reach } }] };
    return { looked: MAX_SAMPLED, hits: await countUpTo(MAX_SAMPLED, asked, filter, sampled), reach };
  });
}

async function countUpTo(limit: number, asked: Asked, filter: ImageFilter, question: RowFilter): Promise<number> {
  const { call, database } = asked;
  const rest = toRest(filter);
  if (rest.isEmpty) return call.repeatedly(() => database.count(question, limit));
  let counted = 0;
  const fields = [...rest.fields, 'created'] as const;
  for await (const row of rows(asked, { ...ALL, question, fields })) {
    if (rest.holdsOf(row)) counted += 1;
    if (counted === limit) break;
  }
  return counted;
}

/** Counts by groups, in the order of the port: one row after the other, for a server need not know how to group. */
export async function countGroups(
  asked: Asked,
  filter: ImageFilter,
  by: ImageGrouping,
): Promise<readonly ImageGroup[]> {
  const rest = toRest(filter);
  const groups = new Map<string, ImageGroup>();
  const question = toRowQuestion(filter);
  const fields = [...rest.fields, 'created', 'owner', 'type', 'albums', 'size'] as const;
  for await (const row of rows(asked, { ...ALL, question, fields })) {
    if (!rest.holdsOf(row)) continue;
    for (const value of valuesOf(row, by)) {
      const { images, size } = groups.get(value) ?? { images: 0, size: 0 };
      groups.set(value, { value, images: images + 1, size: size + row.size });
    }
  }
  return [...groups.values()].sort(
    (left, right) => right.images - left.images || Buffer.compare(Buffer.from(left.value), Buffer.from(right.value)),
  );
}

function valuesOf({ created, owner, type, albums }: TermRow, by: ImageGrouping): readonly string[] {
  if (by === 'album') return albums;
  if (by === 'day') return [new Date(created).toISOString().slice(0, 10)];
  return by === 'type' ? [type] : [owner].filter((one) => one !== null);
}

interface Rows {
  readonly question: RowFilter;
  readonly order: ImageOrder;
  readonly after: Position | undefined;
  /** How many the database passes over. */
  readonly passed: number;
  readonly batch: number;
  readonly fields: readonly (keyof TermRow)[];
}

const ALL = { order: 'newest', after: undefined, passed: 0, batch: BATCH } as const;

/** The rows in an order, a request for each batch of them. */
async function* rows({ call, database }: Asked, { question, order, after, passed, batch, fields }: Rows) {
  let offset = passed;
  for (let position = after, isMore = true; isMore; ) {
    const at = { order: toRowOrder(order), after: position && toRowPosition(position) };
    const page = { question, ...at, offset, limit: batch, fields };
    const found: readonly TermRow[] = await call.repeatedly(() => database.findPage(page));
    yield* found;
    const last = found.at(-1);
    offset = 0;
    isMore = found.length === batch && last !== undefined;
    if (last !== undefined) position = positionOfRow(last, order);
  }
}

const VALUE_OF = {
  newest: ({ created }) => created,
  oldest: ({ created }) => created,
  name: ({ name }) => Buffer.from(name, 'hex').toString(),
  size: ({ size }) => size,
  smallest: ({ size }) => size,
} as const satisfies Record<ImageOrder, (row: TermRow) => string | number>;

const positionOfRow = (row: TermRow, order: ImageOrder): Position => ({
  value: VALUE_OF[order](row),
  imageId: row._id,
});
