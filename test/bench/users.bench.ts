/*
 * What finding an account costs as a bed has more of them: by its phone, as a login does, and by an API token, of 10² to 10⁶
 * accounts in files, in PostgreSQL and in a server of MongoDB's protocol, interleaved, in one run. Accounts are written past the adapters, for those wait for
 * the disk each time; what is measured finds them through the services.
 */
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { mapLimited } from '../../src/concurrency/limit.ts';
import { API_TOKEN_PREFIX } from '../../src/naming/credential.ts';
import type { DocumentStore, JsonObject } from '../../src/ports/document-store.ts';
import { createApiTokens } from '../../src/services/identity/api-tokens.ts';
import { createUsers, type User, type Users } from '../../src/services/identity/users.ts';
import { formatDocument } from '../../src/stores/documents/file-system/document-file.ts';
import { createFileDocumentStore } from '../../src/stores/documents/file-system/document-store.ts';
import { createMongodbDocumentStore } from '../../src/stores/documents/mongodb/document-store.ts';
import { createPostgresDocumentStore } from '../../src/stores/documents/postgres/document-store.ts';
import { nextRevision } from '../../src/stores/revision.ts';
import { isMongodbMissing, type Mongodb, startMongodb } from '../support/mongodb.ts';
import { isPostgresMissing, startPostgres } from '../support/postgres.ts';

const ROUNDS = 201;
const BATCH = 2_000;
const AT_ONCE = 16;
const now = (): Date => new Date();

type Account = readonly [id: string, doc: JsonObject];

interface Store {
  readonly documents: DocumentStore;
  write(accounts: readonly Account[]): Promise<unknown>;
}

interface Bed {
  readonly size: number;
  readonly users: Users;
  readonly identify: (token: string) => Promise<unknown>;
}

const phoneOf = (number: number): string => `+86138${String(number).padStart(8, '0')}`;
const sha256 = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
const tokenIdOf = (number: number): Buffer => sha256(`id ${number}`).subarray(0, 8);
const secretOf = (number: number): Buffer => sha256(`secret ${number}`);

const tokenOf = (userId: string, number: number): string =>
  API_TOKEN_PREFIX +
  Buffer.concat([Buffer.from(userId.slice(2), 'hex'), tokenIdOf(number), secretOf(number)]).toString('base64url');

/** The account of a number, with one token. */
function accountOf(number: number): User {
  const createdAt = new Date(0).toISOString();
  const id = tokenIdOf(number).toString('hex');
  return {
    ...{ name: `Person ${number}`, tfs: '', email: `person-${number}@example.com`, role: 'member' },
    ...{ grants: [], quota: {}, disabled: false, createdAt, phone: phoneOf(number), passwordHash: 'none', epoch: 0 },
    tokens: [{ id, name: 'Bench', scopes: ['upload'], createdAt, hash: sha256(secretOf(number)).toString('hex') }],
  };
}

async function open(size: number, { documents, write }: Store): Promise<Bed> {
  const users = createUsers({ documents, now, adminPhone: undefined });
  for (let first = 0; first < size; first += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, size - first) }, (_, index) => first + index);
    await write(
      await Promise.all(
        numbers.map(
          async (number): Promise<Account> => [
            await users.idOf(phoneOf(number)),
            accountOf(number) as unknown as JsonObject,
          ],
        ),
      ),
    );
  }
  return { size, users, identify: createApiTokens(documents, users, now).identify };
}

function openFiles(folder: string): Store {
  const written = new Set<string>();
  return {
    documents: createFileDocumentStore({ folder, now }),
    write: (accounts) =>
      mapLimited(accounts, AT_ONCE, async ([id, doc]) => {
        const digits = createHash('sha256').update(id).digest('hex').slice(0, 3);
        const path = join(folder, 'users', digits, `${id}.json`);
        if (!written.has(digits)) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        written.add(digits);
        await writeFile(path, formatDocument({ revision: nextRevision(undefined), doc }), { mode: 0o600 });
      }),
  };
}

const MEASURES = new Map<string, (bed: Bed, number: number) => Promise<unknown>>([
  ['account by phone', async ({ users }, number) => (await users.find(await users.idOf(phoneOf(number))))?.phone],
  [
    'account by API token',
    async ({ users, identify }, number) => identify(tokenOf(await users.idOf(phoneOf(number)), number)),
  ],
]);

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function compare(name: string, beds: readonly Bed[]): Promise<void> {
  console.log(`\n${name}: medians of ${ROUNDS} interleaved rounds, each of another account; the most over the fewest`);
  console.log(`  ${''.padEnd(22)}${beds.map(({ size }) => size.toLocaleString('en').padStart(14)).join('')}`);
  for (const [label, work] of MEASURES) {
    const times = beds.map((): number[] => []);
    // In the first of two looks a token's use is noted, once a minute, which writes.
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      for (const place of beds.keys()) {
        const index = (place + round) % beds.length;
        const bed = beds[index];
        if (bed === undefined) continue;
        const number = ((round % ROUNDS) * 7919) % bed.size;
        const started = performance.now();
        const found = await work(bed, number);
        if (round >= ROUNDS) times[index]?.push(performance.now() - started);
        assert.ok(found);
      }
    }
    const medians = times.map(median);
    const growth = ((medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN)).toFixed(2);
    console.log(
      `  ${label.padEnd(22)}${medians.map((ms) => `${ms.toFixed(3)} ms`.padStart(14)).join('')}   ×${growth}`,
    );
  }
}

async function compareInPostgres(sizes: readonly number[]): Promise<void> {
  const { connection, sql, stop } = await startPostgres();
  try {
    const beds: Bed[] = [];
    for (const size of sizes) {
      const database = `users_${size}`;
      await sql(`CREATE DATABASE ${database}`);
      const documents = createPostgresDocumentStore({ ...connection, database, now });
      const { host, port, user, password } = connection;
      const client = new pg.Client({ host, port, user, password, database });
      await client.connect();
      const write = (accounts: readonly Account[]) =>
        client.query(
          `INSERT INTO imagepic_documents SELECT 'users', id, $1, doc FROM json_to_recordset($2::json) AS given(id text, doc jsonb)`,
          [nextRevision(undefined), JSON.stringify(accounts.map(([id, doc]) => ({ id, doc })))],
        );
      beds.push(await open(size, { documents, write }));
      await client.query('VACUUM ANALYZE imagepic_documents');
      await client.end();
      console.log(`PostgreSQL: ${size} accounts written`);
    }
    await compare('PostgreSQL', beds);
  } finally {
    await stop();
  }
}

/** A server each, for nx-27017 keeps all databases as one; it writes some thousand accounts a second. */
async function compareInMongodb(sizes: readonly number[]): Promise<void> {
  const started: Mongodb[] = [];
  try {
    const beds: Bed[] = [];
    for (const size of sizes) {
      const mongodb = await startMongodb();
      started.push(mongodb);
      const client = new MongoClient(mongodb.url);
      const rows = client.db().collection<{ readonly _id: string }>('imagepic_users');
      const write = (accounts: readonly Account[]) =>
        rows.insertMany(accounts.map(([_id, doc]) => ({ _id, revision: nextRevision(undefined), doc })));
      beds.push(await open(size, { documents: createMongodbDocumentStore({ ...mongodb.connection, now }), write }));
      await client.close();
      console.log(`nx-27017: ${size} accounts written`);
    }
    await compare("nx-27017, a server of MongoDB's protocol", beds);
  } finally {
    for (const { stop } of started) await stop();
  }
}

/** Measures look-ups. IMAGEPIC_BENCH_USERS names other numbers of accounts. */
export async function run(): Promise<void> {
  const sizes = (process.env['IMAGEPIC_BENCH_USERS'] ?? '100,10000,1000000').split(',').map(Number);
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-users-'));
  try {
    const beds: Bed[] = [];
    for (const size of sizes) {
      beds.push(await open(size, openFiles(join(folder, String(size)))));
      console.log(`files: ${size} accounts written`);
    }
    await compare('files', beds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (isPostgresMissing) console.log('PostgreSQL: left out, it is not installed');
  else await compareInPostgres(sizes);
  if (isMongodbMissing) console.log('nx-27017: left out, there is no Python');
  else await compareInMongodb(sizes);
}
