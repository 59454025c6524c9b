import type { QueryResult } from 'pg';
import { RowExists } from '../../postgres/failure.ts';
import { makeTables, openPool, type PostgresConnection } from '../../postgres/pool.ts';
import type { Database, Row } from '../database.ts';

// Ids and collections are compared byte by byte, whatever the language of the database.
const TABLE = `
  CREATE TABLE IF NOT EXISTS imagepic_documents (
    collection text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    revision text COLLATE "C" NOT NULL,
    doc jsonb NOT NULL,
    PRIMARY KEY (collection, id)
  )`;

/** Opens the table of documents by pg, which is loaded now; the first request connects. */
export async function openDatabase(connection: PostgresConnection): Promise<Database> {
  const pool = await openPool(connection);
  const send = (text: string, ...values: readonly string[]): Promise<QueryResult<Row>> => pool.query(text, [...values]);

  return {
    insert: async (collection, id, { revision, doc }) => {
      const { rowCount } = await send(
        `INSERT INTO imagepic_documents (collection, id, revision, doc) VALUES ($1, $2, $3, $4::jsonb)
         ON CONFLICT (collection, id) DO NOTHING`,
        ...[collection, id, revision, JSON.stringify(doc)],
      );
      if (rowCount !== 1) throw new RowExists('There is a row of this id');
    },
    find: async (collection, id) => {
      const { rows } = await send(
        'SELECT id, revision, doc FROM imagepic_documents WHERE collection = $1 AND id = $2',
        ...[collection, id],
      );
      return rows[0];
    },
    findAfter: async (collection, after, limit) => {
      const { rows } = await send(
        'SELECT id, revision, doc FROM imagepic_documents WHERE collection = $1 AND id > $2 ORDER BY id LIMIT $3',
        ...[collection, after, String(limit)],
      );
      return rows;
    },
    update: async (collection, id, expected, { revision, doc }) => {
      const { rowCount } = await send(
        `UPDATE imagepic_documents SET revision = $4, doc = $5::jsonb
         WHERE collection = $1 AND id = $2 AND revision = $3`,
        ...[collection, id, expected, revision, JSON.stringify(doc)],
      );
      return rowCount === 1;
    },
    remove: async (collection, id) => {
      await send('DELETE FROM imagepic_documents WHERE collection = $1 AND id = $2', collection, id);
    },
    /** All collections are one table. */
    makeCollection: () => makeTables(pool, TABLE),
  };
}
