import type { QueryResultRow } from 'pg';
import { makeTables, openPool, type PostgresConnection } from '../../postgres/pool.ts';

/** One request each; what fails throws as pg throws it. */
export interface PostgresDatabase {
  /** The rows, and how many there are or were changed. `text` has a `?` for each value. */
  send(text: string, values: readonly PostgresValue[]): Promise<Answer>;
  makeTable(): Promise<void>;
  close(): Promise<void>;
}

export type PostgresValue = string | number | null | readonly string[];

interface Answer {
  readonly rows: readonly QueryResultRow[];
  readonly changed: number;
}

// Texts are compared byte by byte, whatever the language of the database. What is new waits in a short list only, which
// every search reads through.
const TABLE = `
  CREATE TABLE IF NOT EXISTS imagepic_images (
    image_id text COLLATE "C" PRIMARY KEY,
    revision text COLLATE "C" NOT NULL,
    record text NOT NULL,
    removed smallint NOT NULL,
    bucket text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    owner text COLLATE "C",
    type text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    size bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    labels text COLLATE "C" NOT NULL,
    albums text COLLATE "C" NOT NULL,
    searched text COLLATE "C" NOT NULL,
    sample bigint NOT NULL,
    terms text[] COLLATE "C" NOT NULL
  );
  CREATE INDEX IF NOT EXISTS imagepic_images_created ON imagepic_images (removed, created, image_id);
  CREATE INDEX IF NOT EXISTS imagepic_images_name ON imagepic_images (removed, name, image_id);
  CREATE INDEX IF NOT EXISTS imagepic_images_size ON imagepic_images (removed, size, image_id);
  CREATE INDEX IF NOT EXISTS imagepic_images_sample ON imagepic_images (sample, image_id);
  CREATE INDEX IF NOT EXISTS imagepic_images_terms ON imagepic_images USING gin (terms)
    WITH (gin_pending_list_limit = 256)`;

/** Opens the table of records by pg, which is loaded now; the first request connects. */
export async function openDatabase(connection: PostgresConnection): Promise<PostgresDatabase> {
  const pool = await openPool(connection);
  return {
    send: async (text, values) => {
      let number = 0;
      const numbered = text.replaceAll('?', () => {
        number += 1;
        return `$${number}`;
      });
      const { rows, rowCount } = await pool.query(numbered, [...values]);
      return { rows, changed: rowCount ?? 0 };
    },
    makeTable: () => makeTables(pool, TABLE),
    close: () => pool.end(),
  };
}
