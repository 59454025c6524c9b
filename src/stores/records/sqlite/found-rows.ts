import type { Sql } from '../query.ts';
import type { SqliteDatabase } from './database.ts';

/*
 * To hand over a row column by column takes libsql longer than to find it, so that a page is read as one text: a line for
 * each row, whose last part is the record. JSON has no line breaks; what is damaged and has some is no record either way.
 */

/** A row that a search found. */
export interface FoundRow {
  readonly id: number;
  readonly imageId: string;
  readonly created: number;
  readonly revision: string;
  /** JSON; absent where the row was looked at and is not meant. */
  readonly record: string | undefined;
}

const PARTS = 4;

const WHOLE_LINE = "images.id || ' ' || image_id || ' ' || created || ' ' || revision || ' ' || record";
/** The line of a row. */
export const LINE = `${WHOLE_LINE} AS line`;
/** The same where a condition holds of the row, else its id alone. */
export const lineIf = (condition: string): string =>
  `CASE WHEN ${condition} THEN ${WHOLE_LINE} ELSE images.id END AS line`;

/** Reads the rows of a query whose one column is their lines. */
export function readRows(database: SqliteDatabase, { text, values }: Sql): readonly FoundRow[] {
  const found = database.get({ text: `SELECT group_concat(line, char(10)) AS lines FROM (${text})`, values });
  const lines = found?.['lines'];
  return typeof lines === 'string' ? lines.split('\n').map(toFoundRow) : [];
}

function toFoundRow(line: string): FoundRow {
  const ends: number[] = [];
  for (let end = line.indexOf(' '); end !== -1 && ends.length < PARTS; end = line.indexOf(' ', end + 1)) ends.push(end);
  const [first, second = 0, third = 0, fourth = 0] = ends;
  return {
    id: Number(line.slice(0, first)),
    imageId: line.slice((first ?? 0) + 1, second),
    created: Number(line.slice(second + 1, third)),
    revision: line.slice(third + 1, fourth),
    record: first === undefined ? undefined : line.slice(fourth + 1),
  };
}
