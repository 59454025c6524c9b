import { COLUMNS, type ImageRow } from '../encoding.ts';
import type { SqliteDatabase, SqliteRow } from './database.ts';

/*
 * The id of a row is the second in which its image was created, and its number within that second: so what the index of
 * terms finds comes in the order of creation, and a page of the newest ends where it is full, however many more there are.
 */

/** How many rows a second has room for. Those beyond are the crowd, whose ids are below 0 and in no order. */
export const SECOND = 4096;
const MILLISECONDS_A_SECOND = 1000;

const MARKS = COLUMNS.map(() => '?').join(', ');
const INSERT = `INSERT INTO images (id, revision, ${COLUMNS.join(', ')}) VALUES (?, ?, ${MARKS}) ON CONFLICT (image_id) DO NOTHING`;
const UPDATE = `UPDATE images SET id = ?, revision = ?, ${COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`;
const INDEX = 'INSERT INTO image_terms (rowid, terms) VALUES (?, ?)';
const UNINDEX = 'DELETE FROM image_terms WHERE rowid = ?';

/** A row as it is written, and what it is found by. */
export interface Written {
  readonly row: ImageRow;
  readonly revision: string;
  readonly terms: string;
}

/** The first id of the second in which this moment is. */
export const secondOf = (created: number): number => Math.floor(created / MILLISECONDS_A_SECOND) * SECOND;

/** The first id of the second that an id is of. */
export const secondOfId = (id: number): number => Math.floor(id / SECOND) * SECOND;

/** The id of a row that was read. */
export const idOf = (row: SqliteRow): number => Number(row['id']);

/** Writes a new row; `false` where there is one of this image. */
export function insertRow(database: SqliteDatabase, { row, revision, terms }: Written): boolean {
  const id = newId(database, row.created);
  if (database.run(INSERT, [id, revision, ...valuesOf(row)]) === 0) return false;
  database.run(INDEX, [id, terms]);
  return true;
}

/** Writes a row where another one of its image is. */
export function updateRow(database: SqliteDatabase, id: number, { row, revision, terms }: Written): void {
  const isInPlace = id < 0 || secondOfId(id) === secondOf(row.created);
  const next = isInPlace ? id : newId(database, row.created);
  database.run(UPDATE, [next, revision, ...valuesOf(row), id]);
  database.run(UNINDEX, [id]);
  database.run(INDEX, [next, terms]);
}

export function removeRow(database: SqliteDatabase, id: number): void {
  database.run(UNINDEX, [id]);
  database.run('DELETE FROM images WHERE id = ?', [id]);
}

const valuesOf = (row: ImageRow): readonly (string | number | null)[] => COLUMNS.map((column) => row[column]);

function newId(database: SqliteDatabase, created: number): number {
  const first = secondOf(created);
  const values = [first, first + SECOND];
  const last = database.get({ text: 'SELECT max(id) AS id FROM images WHERE id >= ? AND id < ?', values });
  if (typeof last?.['id'] !== 'number') return first;
  if (last['id'] + 1 < first + SECOND) return last['id'] + 1;
  return Math.min(0, Number(database.get({ text: 'SELECT min(id) AS id FROM images', values: [] })?.['id'])) - 1;
}
