// https://www.mongodb.com/docs/drivers/node/current/connect/connection-options/
import type { Db, MongoClient, MongoClientOptions } from 'mongodb';
import { REQUEST_TIMEOUT_MS } from '../requests.ts';
import { RowTooLarge } from './failure.ts';

/** Which database, and how to get in. */
export interface MongodbConnection {
  /** As `host:port`; the members of a replica set, or one server. With `srv` a name of the DNS that says them. */
  readonly hosts: readonly string[];
  readonly srv: boolean;
  readonly database: string;
  /** Absent where the server asks for no login. */
  readonly login:
    | {
        readonly user: string;
        readonly password: string;
        /** The database that knows the user. */
        readonly source: string | undefined;
        readonly mechanism: 'SCRAM-SHA-1' | 'SCRAM-SHA-256' | undefined;
      }
    | undefined;
  readonly replicaSet: string | undefined;
  /** Whether to talk to this one server, whatever set it says that it belongs to. */
  readonly direct: boolean;
  /** With a certificate that holds for the host. */
  readonly tls: boolean;
  /** The file of the CA; those that Node knows unless given. */
  readonly tlsCAFile: string | undefined;
}

/** The same for every server, some of which say no in ways of their own. */
const MAX_ROW_BYTES = 16 * 1024 * 1024;
/** One function instance serves few calls at once. */
const MAX_CONNECTIONS = 5;
const IDLE_MS = 10_000;
/**
 * The driver looks for a server as long as this, and gives up before who asks it does: then it is certain that nothing was
 * sent, and three attempts fit into a call, so that what kept it is told.
 */
const CONNECT_MS = REQUEST_TIMEOUT_MS - 600;

/**
 * What is acknowledged is on the disks of most of the set, and what is read is there for good. The driver repeats nothing:
 * a write whose answer is lost is looked up by its revision. The server itself ends what nobody waits for any more.
 */
const PROMISES = {
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: REQUEST_TIMEOUT_MS },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  retryWrites: false,
  retryReads: false,
} as const satisfies MongoClientOptions;
const LIMITS = {
  appName: 'imagepic',
  maxPoolSize: MAX_CONNECTIONS,
  serverSelectionTimeoutMS: CONNECT_MS,
  connectTimeoutMS: CONNECT_MS,
  waitQueueTimeoutMS: CONNECT_MS,
  socketTimeoutMS: REQUEST_TIMEOUT_MS,
  // A function is frozen between its calls, and can hear of nothing.
  serverMonitoringMode: 'poll',
} as const satisfies MongoClientOptions;
/** What each request says of its time. */
export const IN_TIME = { maxTimeMS: REQUEST_TIMEOUT_MS } as const;

/** One database, whose connections are made when it is used. */
export interface MongodbClients {
  use<Result>(work: (database: Db) => Promise<Result>): Promise<Result>;
  /** @throws {RowTooLarge} */
  requireSize(row: object): void;
  close(): Promise<void>;
}

/**
 * Loads the driver; the first request connects, and who asks for nothing for a while is disconnected: unless `idleMs` says
 * otherwise, for 10 s.
 */
export async function openClients(connection: MongodbConnection, idleMs = IDLE_MS): Promise<MongodbClients> {
  const { BSON, MongoClient } = await import('mongodb');
  const { hosts, srv } = connection;
  const { use, close } = createClients(idleMs, () => {
    const address = `mongodb${srv ? '+srv' : ''}://${hosts.join(',')}/`;
    return new MongoClient(address, { ...toOptions(connection), ...PROMISES, ...LIMITS });
  });
  return {
    use: (work) => use((client) => work(client.db(connection.database))),
    requireSize: (row) => {
      if (BSON.calculateObjectSize(row) > MAX_ROW_BYTES) throw new RowTooLarge('The document is larger than 16 MB');
    },
    close,
  };
}

/**
 * Lends a client, and closes it when nobody has used it for a while: its connections and timers would keep the process
 * alive, and a function that is frozen between its calls wakes up with dead ones.
 */
function createClients(idleMs: number, create: () => MongoClient) {
  let lent: MongoClient | undefined;
  let users = 0;
  let idle: NodeJS.Timeout | undefined;
  const close = async (): Promise<void> => {
    const closed = lent;
    lent = undefined;
    clearTimeout(idle);
    await closed?.close();
  };
  const use = async <Result>(work: (client: MongoClient) => Promise<Result>): Promise<Result> => {
    clearTimeout(idle);
    users += 1;
    lent ??= create();
    const client = lent;
    try {
      // By itself the driver never tries again after a first time that failed; once connected this is nothing.
      await client.connect();
      return await work(client);
    } finally {
      users -= 1;
      // That it cannot take leave is nothing to anybody.
      if (users === 0) idle = setTimeout(() => void close().catch(() => undefined), idleMs).unref();
    }
  };
  return { use, close };
}

function toOptions({ login, replicaSet, direct, tls, tlsCAFile }: MongodbConnection): MongoClientOptions {
  const { source, mechanism } = login ?? {};
  return {
    ...(login !== undefined && { auth: { username: login.user, password: login.password } }),
    ...(source !== undefined && { authSource: source }),
    ...(mechanism !== undefined && { authMechanism: mechanism }),
    ...(replicaSet !== undefined && { replicaSet }),
    ...(direct && { directConnection: true }),
    tls,
    ...(tlsCAFile !== undefined && { tlsCAFile }),
  };
}
