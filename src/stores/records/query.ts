import type {
  ImageFilter,
  ImageGrouping,
  ImageOrder,
  ImageOrientation,
  ImagePlace,
} from '../../ports/image-records.ts';
import type { Position } from './cursor.ts';
import { toLabel } from './encoding.ts';
import { toWords } from './words.ts';

/** A piece of SQL with a `?` for each of its values. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/** What tells where a text is in another one, from 1, or 0: the dialects have but different names for it. */
export type PositionFunction = 'instr' | 'strpos';

/** A number of a record, `NULL` where it has none. What is written there is JSON, in whose texts no quotes stand bare. */
const NUMBER = {
  instr: (name) => `json_extract(record, '$.${name}')`,
  strpos: (name) => `substring(record from '"${name}":([0-9]+)')::bigint`,
} as const satisfies Record<PositionFunction, (name: 'width' | 'height') => string>;

/** How width and height compare. */
const COMPARISONS = { landscape: '>', portrait: '<', square: '=' } as const satisfies Record<ImageOrientation, string>;

const MILLISECONDS_A_DAY = 24 * 60 * 60 * 1000;

const WAYS = {
  newest: { column: 'created', isDescending: true },
  oldest: { column: 'created', isDescending: false },
  name: { column: 'name', isDescending: false },
  size: { column: 'size', isDescending: true },
  smallest: { column: 'size', isDescending: false },
} as const satisfies Record<ImageOrder, object>;

/** What tells the group of a row; of albums it is a list in JSON. */
const GROUPS = {
  day: `created / ${MILLISECONDS_A_DAY}`,
  owner: 'owner',
  type: 'type',
  album: 'albums',
} as const satisfies Record<ImageGrouping, string>;

/** Joins pieces with a text between them. */
export const joinSql = (pieces: readonly Sql[], between: string): Sql => ({
  text: pieces.map(({ text }) => text).join(between),
  values: pieces.flatMap(({ values }) => values),
});

/** What holds of a row exactly when the filter lets its record through. */
export function toCondition(filter: ImageFilter, position: PositionFunction): Sql {
  const { within, owner, text = '', tags = [], album, type, sha256, from, to, state } = filter;
  const labels = [...tags.map((tag) => toLabel('tag', tag)), ...(album === undefined ? [] : [toLabel('album', album)])];
  const conditions: readonly (Sql | undefined)[] = [
    equals('removed', state === 'removed' ? 1 : 0),
    anyPlace(within),
    owner === undefined ? undefined : equals('owner', owner),
    type === undefined ? undefined : equals('type', type),
    from && { text: 'created >= ?', values: [from.getTime()] },
    to && { text: 'created < ?', values: [to.getTime()] },
    sha256 === undefined ? undefined : { text: `${position}(record, ?) > 0`, values: [`"sha256":"${sha256}"`] },
    ...measures(filter, position),
    ...labels.map((label) => ({ text: `${position}(labels, ?) > 0`, values: [`\n${label}\n`] })),
    ...toWords(text).map((word) => ({ text: `${position}(searched, ?) > 0`, values: [word] })),
  ];
  return joinSql(
    conditions.filter((condition) => condition !== undefined),
    ' AND ',
  );
}

function measures(
  { minSize, maxSize, minWidth, orientation }: ImageFilter,
  position: PositionFunction,
): readonly Sql[] {
  const [width, height] = (['width', 'height'] as const).map(NUMBER[position]);
  return [
    ...(minSize === undefined ? [] : [{ text: 'size >= ?', values: [minSize] }]),
    ...(maxSize === undefined ? [] : [{ text: 'size <= ?', values: [maxSize] }]),
    ...(minWidth === undefined ? [] : [{ text: `${width} >= ?`, values: [minWidth] }]),
    ...(orientation === undefined ? [] : [{ text: `${width} ${COMPARISONS[orientation]} ${height}`, values: [] }]),
  ];
}

const equals = (column: string, value: string | number): Sql => ({ text: `${column} = ?`, values: [value] });

function anyPlace(within: readonly ImagePlace[]): Sql {
  const { text, values } = joinSql(within.map(toPlace), ' OR ');
  return { text: within.length === 0 ? '1 = 0' : `(${text})`, values };
}

function toPlace(place: ImagePlace): Sql {
  if ('key' in place) return { text: '(bucket = ? AND key = ?)', values: [place.bucket, place.key] };
  if (place.prefix === '') return { text: '(bucket = ?)', values: [place.bucket] };
  const length = [...place.prefix].length;
  return { text: `(bucket = ? AND substr(key, 1, ${length}) = ?)`, values: [place.bucket, place.prefix] };
}

/** The rows behind a position. */
export function toRest(order: ImageOrder, { value, imageId }: Position): Sql {
  const { column, isDescending } = WAYS[order];
  return { text: `(${column}, image_id) ${isDescending ? '<' : '>'} (?, ?)`, values: [value, imageId] };
}

/** What rows are put in order by. */
export function toOrderBy(order: ImageOrder): string {
  const { column, isDescending } = WAYS[order];
  const way = isDescending ? 'DESC' : 'ASC';
  return `${column} ${way}, image_id ${way}`;
}

/** What rows are grouped by: a column or what is made of one, `NULL` where there is no group, and a list in JSON of albums. */
export const toGroup = (by: ImageGrouping): string => GROUPS[by];

/** The group as people know it. */
export const toGroupValue = (by: ImageGrouping, value: unknown): string =>
  by === 'day' ? new Date(Number(value) * MILLISECONDS_A_DAY).toISOString().slice(0, 10) : String(value);
