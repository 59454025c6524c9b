import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { S3Options } from '../../src/stores/objects/s3/object-store.ts';
import { portOf } from './chaos-proxy.ts';

const run = promisify(execFile);
const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'curl'];

/** A running Ceph with one user. */
export interface Ceph {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Starts a Ceph of its own on free loopback ports; all its data is in memory and in a temp folder. */
export async function startCeph(): Promise<Ceph & { stop(): Promise<void> }> {
  await checkInstalled();
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-ceph-'));
  const [port, monitorPort] = await freePorts();
  const stop = async (): Promise<void> => {
    await run('bash', [script('stop'), folder]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const env = { ...process.env, MON_PORT: String(monitorPort) };
    await run('bash', [script('start'), String(port), folder], { env });
  } catch (error) {
    await stop();
    throw error;
  }
  const endpoint = `http://127.0.0.1:${port}`;
  return { endpoint, accessKeyId: 'testaccesskey', secretAccessKey: 'testsecretkey', stop };
}

/** How our adapter reaches a Ceph. */
export const toS3Options = ({ endpoint, ...credentials }: Ceph): S3Options => ({
  endpoint,
  region: 'us-east-1',
  credentials,
  forcePathStyle: true,
  flavour: 's3',
  now: () => new Date(),
  random: Math.random,
});

const script = (name: string): string => new URL(`ceph/${name}.sh`, import.meta.url).pathname;

async function checkInstalled(): Promise<void> {
  for (const program of PROGRAMS) {
    await run('sh', ['-c', `command -v ${program}`]).catch(() => {
      throw new Error(
        `There is no ${program}: apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw curl`,
      );
    });
  }
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const [first = 0, second = 0] = servers.map(portOf);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return [first, second];
}
