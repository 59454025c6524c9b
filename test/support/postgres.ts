import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { PostgresConnection } from '../../src/stores/postgres/pool.ts';
import { freePort } from './free-port.ts';
import { makeSelfSigned } from './self-signed.ts';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';
const USER = 'imagepic';
const PASSWORD = 'p@ss:w/rd 100%';
const START_MS = 30_000;

/** A PostgreSQL of its own on loopback, with its data in a temp folder, `fsync` on, TLS offered and a password asked for. */
export interface Postgres {
  readonly connection: PostgresConnection;
  /** How a bed is told of it. */
  readonly url: string;
  /** Its certificate for 127.0.0.1, which signs itself. */
  readonly certificate: string;
  /** Runs SQL as the owner, and gives what psql prints. */
  sql(text: string, database?: string): Promise<string>;
  /** The same, and nothing of this process runs until it is done. */
  sqlWhileFrozen(text: string): string;
  /** Ends it without a checkpoint, as a crash does. */
  crash(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Whether tests on PostgreSQL are to be left out: where it is not installed, except in CI, where that is a failure.
 * Debian's package is `postgresql`.
 */
export const isPostgresMissing = newestPrograms() === undefined && process.env['CI'] !== 'true';

/** Starts one. */
export async function startPostgres(): Promise<Postgres> {
  const programs = newestPrograms();
  if (programs === undefined) {
    throw new Error('There is no PostgreSQL: apt-get install -y --no-install-recommends postgresql');
  }
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-postgres-'));
  const [data, certificate, passwordFile] = ['data', 'server.crt', 'password'].map((name) => join(folder, name));
  const owner = await ownerOf(folder);
  const as = (program: string, ...args: readonly string[]) =>
    [...owner.prefix, join(programs, program), ...args] as [string, ...string[]];
  const { cert, key } = makeSelfSigned();
  const keep = async (path: string, text: string): Promise<void> => {
    await writeFile(path, text, { mode: 0o600 });
    await chown(path, owner.uid, owner.gid);
  };
  await keep(`${certificate}`, cert);
  await keep(join(folder, 'server.key'), key);
  await keep(`${passwordFile}`, PASSWORD);
  const [init, ...initArgs] = as(
    'initdb',
    ...['--pgdata', `${data}`, '--username', USER, '--auth', 'scram-sha-256', '--pwfile', `${passwordFile}`],
    ...['--encoding', 'UTF8', '--locale', 'C.UTF-8'],
  );
  await run(init, initArgs);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    ssl: 'on',
    ssl_cert_file: `${certificate}`,
    ssl_key_file: join(folder, 'server.key'),
  };
  const env = { ...process.env, PGPASSWORD: PASSWORD };
  const psql = join(programs, 'psql');
  const place = ['-h', '127.0.0.1', '-p', String(port), '-U', USER];
  const sql = async (text: string, database = 'postgres'): Promise<string> => {
    const { stdout } = await run(psql, [...place, '-d', database, '-XAtqc', text], { env });
    return stdout.trim();
  };
  const start = async (): Promise<ChildProcess> => {
    const [program, ...args] = as(
      'postgres',
      ...['-D', `${data}`, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    );
    const child = spawn(program, args, { stdio: 'ignore' });
    const endsAt = Date.now() + START_MS;
    while (!(await sql('SELECT 1').then(Boolean, () => false))) {
      if (child.exitCode !== null || Date.now() > endsAt) throw new Error('PostgreSQL did not start');
      await sleep(50);
    }
    return child;
  };
  let child = await start();
  // https://www.postgresql.org/docs/current/server-shutdown.html
  const end = async (signal: 'SIGQUIT' | 'SIGINT'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  await sql('CREATE DATABASE bed');
  return {
    connection: {
      ...{ host: '127.0.0.1', port, user: USER, password: PASSWORD, database: 'bed' },
      ...{ sslmode: 'disable', sslrootcert: undefined },
    },
    url: `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/bed`,
    certificate: `${certificate}`,
    sql,
    sqlWhileFrozen: (text) =>
      execFileSync(psql, [...place, '-d', 'postgres', '-XAtqc', text], { env, encoding: 'utf8' }).trim(),
    crash: () => end('SIGQUIT'),
    restart: async () => {
      child = await start();
    },
    stop: async () => {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The newest that Debian has installed; its client alone has a folder there too. */
function newestPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number) : [];
  const folders = versions.sort((left, right) => right - left).map((version) => join(DEBIAN, String(version), 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

/** Who runs it: PostgreSQL refuses to be root, so root becomes nobody. */
async function ownerOf(folder: string) {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (uid !== 0) return { uid, gid, prefix: [] };
  const [nobody, nogroup] = [65_534, 65_534];
  await chown(folder, nobody, nogroup);
  const prefix = ['setpriv', `--reuid=${nobody}`, `--regid=${nogroup}`, '--clear-groups', '--'];
  return { uid: nobody, gid: nogroup, prefix };
}
