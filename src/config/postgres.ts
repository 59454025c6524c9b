// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
import * as v from 'valibot';

const SSLMODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
const DEFAULT_PORT = 5432;

/** A database of PostgreSQL, as its address has it. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Unless the address says it: TLS with a certificate that holds for `host`, but on this machine none. */
  readonly sslmode: (typeof SSLMODES)[number];
  readonly sslrootcert: string | undefined;
}

/** What the address of a database must be, for people. */
export const POSTGRES_RULE = `the address of a PostgreSQL database, postgres://<user>:<password>@<host>:5432/<database>, special characters percent-encoded, with no parameters but sslmode=${SSLMODES.join('|')} and sslrootcert=<file>`;

/** The address of a database of PostgreSQL. */
export const postgresUrl = v.pipe(
  v.string(),
  v.transform(parseAddress),
  v.custom<PostgresAddress>((address) => address !== undefined),
);

/** Takes an address apart; `undefined` when it is none. */
function parseAddress(text: string): PostgresAddress | undefined {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, port, username, password, pathname, searchParams, hash } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, '');
  const decoded = [username, password, pathname.slice(1)].map(decode);
  const [user, secret, database] = decoded;
  const parameters = new Map(searchParams);
  const sslmode = parameters.get('sslmode') ?? (LOOPBACK.test(host) ? 'disable' : 'verify-full');
  const isKnown = [...parameters.keys()].every((name) => name === 'sslmode' || name === 'sslrootcert');
  if (!user || secret === undefined || !database || database.includes('/') || host === '') return undefined;
  if (!isKnown || !isSslmode(sslmode) || hash !== '') return undefined;
  return {
    host,
    port: port === '' ? DEFAULT_PORT : Number(port),
    user,
    password: secret,
    database,
    sslmode,
    sslrootcert: parameters.get('sslrootcert'),
  };
}

const isSslmode = (text: string): text is PostgresAddress['sslmode'] => SSLMODES.some((mode) => mode === text);

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
