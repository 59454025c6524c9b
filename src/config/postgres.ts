// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
import * as v from 'valibot';

const SSLMODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
const DEFAULT_PORT = 5432;

/** A database of PostgreSQL, as its address has it. */
export interface PostgresAddress {
  readonly kind: 'postgres';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Unless the address says it: TLS with a certificate that holds for `host`, but none on this machine where no CA is named. */
  readonly sslmode: (typeof SSLMODES)[number];
  readonly sslrootcert: string | undefined;
}

/** What the address of a database must be, for people. */
export const POSTGRES_RULE = `the address of a PostgreSQL database, postgres://<user>:<password>@<host>:5432/<database>, special characters percent-encoded, with no parameters but sslmode=${SSLMODES.join('|')} and sslrootcert=<file>, once each, and no file with disable`;

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
  const [user, secret, database] = [username, password, pathname.slice(1)].map(decode);
  const security = parseSecurity(searchParams, LOOPBACK.test(host));
  if (!user || secret === undefined || !database || database.includes('/') || host === '') return undefined;
  if (security === undefined || hash !== '') return undefined;
  const where = { host, port: port === '' ? DEFAULT_PORT : Number(port), database };
  return { kind: 'postgres', ...where, user, password: secret, ...security };
}

/** A CA that is named is asked, in every mode that has one (libpq's `require` too), and none has it for nothing. */
function parseSecurity(
  parameters: URLSearchParams,
  isLoopback: boolean,
): Pick<PostgresAddress, 'sslmode' | 'sslrootcert'> | undefined {
  const names = [...parameters.keys()];
  const isKnown = names.every((name) => name === 'sslmode' || name === 'sslrootcert');
  if (!isKnown || new Set(names).size < names.length) return undefined;
  const sslrootcert = parameters.get('sslrootcert') ?? undefined;
  const sslmode = parameters.get('sslmode') ?? (isLoopback && sslrootcert === undefined ? 'disable' : 'verify-full');
  if (!isSslmode(sslmode)) return undefined;
  if (sslrootcert === undefined) return { sslmode, sslrootcert };
  if (sslrootcert === '' || sslmode === 'disable') return undefined;
  return { sslmode: sslmode === 'require' ? 'verify-ca' : sslmode, sslrootcert };
}

const isSslmode = (text: string): text is PostgresAddress['sslmode'] => SSLMODES.some((mode) => mode === text);

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    // It would end what PostgreSQL is told, and begin something else.
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
