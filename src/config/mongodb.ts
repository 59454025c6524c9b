// https://www.mongodb.com/docs/manual/reference/connection-string/
import * as v from 'valibot';

const MECHANISMS = ['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const DEFAULT_PORT = 27_017;
const ADDRESS = /^mongodb(\+srv)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^@/?#]+)\/([^/?#]+)(?:\?([^#]*))?$/;
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;
// https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
const DATABASE = /^[^/\\. "$*<>:|?\p{Cc}]{1,63}$/u;

/** A database of MongoDB, or of a server that speaks its protocol, as its address has it. */
export interface MongodbAddress {
  readonly kind: 'mongodb';
  readonly srv: boolean;
  readonly hosts: readonly string[];
  readonly database: string;
  readonly login:
    | {
        readonly user: string;
        readonly password: string;
        readonly source: string | undefined;
        readonly mechanism: (typeof MECHANISMS)[number] | undefined;
      }
    | undefined;
  readonly replicaSet: string | undefined;
  readonly direct: boolean;
  /** Unless the address says it: TLS with a certificate that holds for the host, but on this machine none. */
  readonly tls: boolean;
  readonly tlsCAFile: string | undefined;
}

/** What the address of such a database must be, for people. */
export const MONGODB_RULE =
  'the address of a MongoDB database, mongodb://<user>:<password>@<host>:27017[,…]/<database>, special characters percent-encoded, with no parameters but authSource, authMechanism=SCRAM-SHA-1|SCRAM-SHA-256, replicaSet, directConnection, tls=true|false and tlsCAFile=<file>';

const flag = v.picklist(['true', 'false']);
/** Those that say what is done anyway, or change no promise, stand in the addresses that consoles show. */
const parameters = v.strictObject({
  authSource: v.optional(v.pipe(v.string(), v.minLength(1))),
  authMechanism: v.optional(v.picklist(MECHANISMS)),
  replicaSet: v.optional(v.pipe(v.string(), v.minLength(1))),
  directConnection: v.optional(flag),
  tls: v.optional(flag),
  ssl: v.optional(flag),
  tlsCAFile: v.optional(v.pipe(v.string(), v.minLength(1))),
  retryWrites: v.optional(flag),
  w: v.optional(v.literal('majority')),
  appName: v.optional(v.string()),
});

type Parameters = v.InferOutput<typeof parameters>;

/** The address of a database of MongoDB. */
export const mongodbUrl = v.pipe(
  v.string(),
  v.transform(parseAddress),
  v.custom<MongodbAddress>((address) => address !== undefined),
);

/** Takes an address apart; `undefined` when it is none. */
function parseAddress(text: string): MongodbAddress | undefined {
  const [, plus, user, password = '', hostList = '', path = '', query = ''] = ADDRESS.exec(text) ?? [];
  const srv = plus !== undefined;
  const hosts = toHosts(hostList, srv);
  const [name, secret, database] = [user, password, path].map(decode);
  const named = new URLSearchParams(query);
  const parsed = v.safeParse(parameters, Object.fromEntries(named));
  if (hosts === undefined || !parsed.success || Object.keys(parsed.output).length < named.size) return undefined;
  if (database === undefined || !DATABASE.test(database) || secret === undefined) return undefined;
  if (user !== undefined && !name) return undefined;
  const { output } = parsed;
  const isHere = hosts.every((host) => LOOPBACK.test(host.replace(/:\d+$/, '')));
  const security = toSecurity(output, isHere && !srv);
  if (security === undefined) return undefined;
  return {
    ...{ kind: 'mongodb', srv, hosts, database },
    login: name ? { user: name, password: secret, ...sourceOf(output, srv, database) } : undefined,
    replicaSet: output.replicaSet,
    direct: output.directConnection === 'true',
    ...security,
  };
}

/** A CA that is named is asked, and none is named for nothing. */
function toSecurity({ tls, ssl, tlsCAFile }: Parameters, isHere: boolean) {
  if (tls !== undefined && ssl !== undefined) return undefined;
  const wanted = tls ?? ssl ?? String(!isHere || tlsCAFile !== undefined);
  return wanted === 'false' && tlsCAFile !== undefined ? undefined : { tls: wanted === 'true', tlsCAFile };
}

/** Of a name of the DNS, that says it. */
const sourceOf = ({ authSource, authMechanism }: Parameters, srv: boolean, database: string) => ({
  source: authSource ?? (srv ? undefined : database),
  mechanism: authMechanism,
});

function toHosts(list: string, srv: boolean): readonly string[] | undefined {
  const found = list.split(',').map((host) => toHost(HOST.exec(host), srv));
  const hosts = found.filter((host) => host !== undefined);
  return hosts.length === found.length && (!srv || hosts.length === 1) ? hosts : undefined;
}

function toHost(found: RegExpExecArray | null, srv: boolean): string | undefined {
  const [, name, port] = found ?? [];
  if (name === undefined || Number(port ?? 1) > 65_535 || Number(port ?? 1) === 0) return undefined;
  if (srv) return port === undefined ? name : undefined;
  return `${name}:${port ?? DEFAULT_PORT}`;
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
