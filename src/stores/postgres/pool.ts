// https://node-postgres.com/apis/pool
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { ClientBase, Pool } from 'pg';
import { REQUEST_TIMEOUT_MS } from '../requests.ts';
import { WrongEncoding } from './failure.ts';

/** Which database, and how to get in. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** As libpq has them: no TLS; TLS with anybody; with whom the CA knows; and only under the name of `host`. */
  readonly sslmode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** The file of the CA; those that Node knows unless given. */
  readonly sslrootcert: string | undefined;
}

/** One function instance serves few calls at once, and a database has a hundred connections for all instances. */
const MAX_CONNECTIONS = 5;
const IDLE_MS = 10_000;
/** The pool gives up before who asks it does: then it is certain that nothing was sent. */
const CONNECT_MS = REQUEST_TIMEOUT_MS - 200;

/** Two processes that begin at once make tables one after the other: any number, as long as nobody else locks it. */
const MIGRATION_LOCK = 0x1a6e_91c0;
/**
 * The server itself ends what nobody waits for any more, and a commit is on the disk when it is acknowledged. Set by a
 * statement, because poolers such as PgBouncer refuse it as a parameter of the connection.
 */
const SESSION = `
  SELECT set_config('statement_timeout', '${REQUEST_TIMEOUT_MS}', false), set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`;

/** Opens a pool of connections by pg, which is loaded now; the first request connects. */
export async function openPool(connection: PostgresConnection): Promise<Pool> {
  const { default: pg } = await import('pg');
  const { host, port, user, password, database } = connection;
  const pool = new pg.Pool({
    host,
    port,
    user,
    // A function, so that nothing that is printed holds it, and neither PGPASSWORD nor .pgpass stands in for none.
    password: () => password,
    database,
    ssl: await toTls(connection),
    application_name: 'imagepic',
    max: MAX_CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
    allowExitOnIdle: true,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: REQUEST_TIMEOUT_MS,
    keepAlive: true,
    // The pool waits for the promise.
    onConnect: (client: ClientBase) => client.query(SESSION),
  });
  // A connection that breaks while nobody uses it: the pool has dropped it already.
  pool.on('error', () => undefined);
  return pool;
}

/** Makes tables, by statements that leave alone what is there; one request is one transaction. @throws {WrongEncoding} */
export async function makeTables(pool: Pool, statements: string): Promise<void> {
  const { rows } = await pool.query<{ readonly encoding: string }>(
    "SELECT current_setting('server_encoding') AS encoding",
  );
  if (rows[0]?.encoding !== 'UTF8') throw new WrongEncoding('The encoding of the database is not UTF8');
  await pool.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK}); ${statements}`);
}
async function toTls({ host, sslmode, sslrootcert }: PostgresConnection): Promise<ConnectionOptions | false> {
  if (sslmode === 'disable') return false;
  if (sslmode === 'require') return { rejectUnauthorized: false };
  return {
    // Where `host` is an address, pg names no server, and Node would look for "localhost" in the certificate.
    host,
    ...(sslrootcert !== undefined && { ca: await readFile(sslrootcert) }),
    ...(sslmode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  };
}
