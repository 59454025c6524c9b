import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { type Bed, createClient, type NodeSource } from '../../src/client/node/index.ts';
import { freePort } from './free-port.ts';
import { Mortal } from './mortal.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };

/** A bed whose server can be killed and comes back with the same address and the same data. */
export interface MortalBed {
  readonly url: string;
  readonly server: Mortal;
  /** Of its admin, who is signed in. */
  readonly bed: Bed<NodeSource>;
  /** May upload, read and list. */
  readonly token: string;
}

/** Builds and starts what `npm start` runs, on a free port and `dataFolder`. */
export async function openMortalBed(dataFolder: string): Promise<MortalBed> {
  await promisify(execFile)('npm', ['run', '--silent', 'build:server'], { cwd: ROOT });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/imagepic`;
  const server = new Mortal(() =>
    spawn('node', ['.build/server.js'], {
      cwd: ROOT,
      env: { ...process.env, PORT: String(port), IMAGEPIC_DATA_DIR: dataFolder },
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  const bed = createClient({ url, language: 'en' });
  const isUp = (): Promise<boolean> => bed.health.safe().then(({ ok }) => ok);
  await vi.waitUntil(isUp, { timeout: 20_000 }).catch(async (error: unknown) => {
    await server.kill();
    throw error;
  });
  await bed.auth.register({ name: 'Kill', email: 'kill@example.com', ...PERSON });
  await bed.signIn(PERSON);
  const { token } = await bed.auth.createToken({ name: 'worker', scopes: ['upload', 'read', 'list'] });
  return { url, server, bed, token };
}
