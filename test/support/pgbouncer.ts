// https://www.pgbouncer.org/config.html
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresConnection } from '../../src/stores/postgres/pool.ts';
import { freePort } from './free-port.ts';

const PROGRAM = '/usr/sbin/pgbouncer';
const START_MS = 10_000;
/** Fewer than ask at once, so that each goes from one caller to another between transactions. */
const SERVER_CONNECTIONS = 3;

/** A PgBouncer of its own, which lends a connection for a transaction. */
export interface Pgbouncer {
  readonly connection: PostgresConnection;
  stop(): Promise<void>;
}

/**
 * Whether tests behind PgBouncer are to be left out: where it is not installed, except in CI, where that is a failure.
 * Debian's package is `pgbouncer`.
 */
export const isPgbouncerMissing = !existsSync(PROGRAM) && process.env['CI'] !== 'true';

/** Starts one in front of a server. */
export async function startPgbouncer(server: PostgresConnection): Promise<Pgbouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-pgbouncer-'));
  await chmod(folder, 0o755);
  const [users, settings] = ['users.txt', 'pgbouncer.ini'].map((name) => join(folder, name));
  const port = await freePort();
  await writeFile(`${users}`, `"${server.user}" "${server.password.replaceAll('"', '""')}"\n`);
  await writeFile(
    `${settings}`,
    `[databases]
     * = host=${server.host} port=${server.port}
     [pgbouncer]
     listen_addr = 127.0.0.1
     listen_port = ${port}
     unix_socket_dir =
     auth_type = scram-sha-256
     auth_file = ${users}
     pool_mode = transaction
     default_pool_size = ${SERVER_CONNECTIONS}
     max_client_conn = 500
    `.replaceAll(/^ +/gm, ''),
  );
  // It refuses to be root.
  const owner = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(PROGRAM, ['-q', ...owner, `${settings}`], { stdio: 'ignore' });
  const endsAt = Date.now() + START_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || Date.now() > endsAt) throw new Error('PgBouncer did not start');
    await sleep(50);
  }
  return {
    connection: { ...server, port },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.end();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
