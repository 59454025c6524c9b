// https://www.sqlite.org/wal.html
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Database as Connection, Statement } from 'libsql';
import { decodeRecord, type ImageRow } from '../encoding.ts';
import type { Sql } from '../query.ts';
import { termsOf } from '../terms.ts';
import { NewerSchema } from './failure.ts';
import { loadLibsql } from './load-libsql.ts';
import { idOf, insertRow } from './rows.ts';

/** A row as SQLite has it. */
export type SqliteRow = Readonly<Record<string, unknown>>;

/** A file of SQLite. Nothing else of this process runs during a call; what fails throws as libsql throws it. */
export interface SqliteDatabase {
  all(sql: Sql): readonly SqliteRow[];
  get(sql: Sql): SqliteRow | undefined;
  /** Tells how many rows it changed. */
  run(text: string, values: readonly (string | number | null)[]): number;
  /** Runs `work` whole or not at all, and nobody else writes meanwhile. */
  write<Result>(work: () => Result): Result;
}

/** How long the process stands still for another one that writes; it asks again later. */
const BUSY_MS = 20;

/** Statements that are ready to be asked again. */
const MAX_PREPARED = 100;

/** A commit is on the disk when it is acknowledged; 16 MB of pages are kept at hand, for ids and names fall anywhere. */
const PRAGMAS = ['journal_mode = WAL', 'synchronous = FULL', 'temp_store = MEMORY', 'cache_size = -16000'];

/** Where this service's files of records are told from others by. */
const APPLICATION = 0x1a6e_91c0;
const VERSION = 2;
// Numbers of terms are kept in a fraction of the room by an index that holds neither their places nor the texts. Its pages
// are short, for of a term that many have it reads whole pages, however few of them have the other terms too.
const TABLES = `
  CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    revision TEXT NOT NULL,
    image_id TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL,
    removed INTEGER NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    owner TEXT,
    type TEXT NOT NULL,
    created INTEGER NOT NULL,
    size INTEGER NOT NULL,
    name TEXT NOT NULL,
    labels TEXT NOT NULL,
    albums TEXT NOT NULL,
    searched TEXT NOT NULL,
    sample INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX images_name ON images (removed, name, image_id);
  CREATE INDEX images_size ON images (removed, size, image_id);
  CREATE INDEX images_sample ON images (sample, image_id);
  CREATE VIRTUAL TABLE image_terms USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize='ascii');
  INSERT INTO image_terms (image_terms, rank) VALUES ('pgsz', 200);
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${VERSION};
`;

// Version 1 gave ids as rows came.
const BEFORE = `
  ALTER TABLE images RENAME TO images_before;
  DROP INDEX images_created;
  DROP INDEX images_name;
  DROP INDEX images_size;
  DROP INDEX images_sample;
  DROP TABLE image_terms;
`;
const COPIED = 1000;

/** Opens the file by libsql, which is loaded now, and makes it and its tables where they are missing. */
export async function openDatabase(file: string): Promise<SqliteDatabase> {
  const Libsql = await loadLibsql();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // What SQLite makes beside it is as readable as the file is.
  await (await open(file, 'a', 0o600)).close();
  const connection = new Libsql(file, { timeout: BUSY_MS });
  try {
    for (const pragma of PRAGMAS) connection.pragma(pragma);
    const database = toDatabase(connection);
    migrate(connection, database);
    return database;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function migrate(connection: Connection, database: SqliteDatabase): void {
  const { get, write } = database;
  const version = (): number => Number(get({ text: 'PRAGMA user_version', values: [] })?.['user_version']);
  if (version() > VERSION) throw new NewerSchema('A newer version of this service has made the tables');
  if (version() === VERSION) return;
  write(() => {
    const found = version();
    if (found === 1) connection.exec(BEFORE);
    if (found < VERSION) connection.exec(TABLES);
    if (found === 1) copyRows(database);
  });
}

/** Gives the rows of version 1 their new ids. A damaged one is found by its id alone, as its words are not known. */
function copyRows(database: SqliteDatabase): void {
  const { all, run } = database;
  const text = 'SELECT * FROM images_before WHERE id > ? ORDER BY id LIMIT ?';
  let rows: readonly SqliteRow[] = [];
  do {
    const last = rows.at(-1);
    rows = all({ text, values: [last === undefined ? -1 : idOf(last), COPIED] });
    for (const row of rows)
      insertRow(database, {
        row: row as unknown as ImageRow,
        revision: String(row['revision']),
        terms: termsOfRow(row),
      });
  } while (rows.length === COPIED);
  run('DROP TABLE images_before', []);
}

function termsOfRow({ record, revision }: SqliteRow): string {
  try {
    return termsOf(decodeRecord(record, revision)).join(' ');
  } catch {
    return '';
  }
}

function toDatabase(connection: Connection): SqliteDatabase {
  const prepared = new Map<string, Statement<unknown[]>>();
  const prepare = (text: string): Statement<unknown[]> => {
    const statement = prepared.get(text) ?? connection.prepare<unknown[]>(text);
    if (prepared.size >= MAX_PREPARED) prepared.clear();
    prepared.set(text, statement);
    return statement;
  };
  return {
    all: ({ text, values }) =>
      prepare(text)
        .all(...values)
        .map(toSqliteRow),
    get: ({ text, values }) => {
      const row = prepare(text).get(...values);
      return row === undefined ? undefined : toSqliteRow(row);
    },
    run: (text, values) => prepare(text).run(...values).changes,
    write: (work) => {
      connection.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        // Some failures have rolled back already.
        if (connection.inTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    },
  };
}

/** An object of columns, as libsql gives them. */
const toSqliteRow = (row: unknown): SqliteRow => row as SqliteRow;
