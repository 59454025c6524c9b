import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const ROOT = new URL('../..', import.meta.url).pathname;

/** What `npm start` runs, in a process of its own, on a free port and a folder of its own. */
export interface ServerProcess {
  readonly mountUrl: string;
  readonly folder: string;
  /** Memory that the process has and the most that it ever had, in bytes. */
  memory(): Promise<{ readonly now: number; readonly peak: number }>;
  /** Time that the process itself has computed, in milliseconds. */
  cpuMs(): Promise<number>;
  post(path: string, data: object, token?: string): Promise<Answer>;
  /** Ends it as a power cut does, and leaves its folder. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly success: boolean;
  readonly error?: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Builds and starts the server. */
export async function startServerProcess(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  await promisify(execFile)('npm', ['run', '--silent', 'build:server'], { cwd: ROOT });
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-server-'));
  const child = spawn('node', ['.build/server.js'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', IMAGEPIC_DATA_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const mountUrl = await readAddress(child);
  return {
    mountUrl,
    folder,
    memory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
      return { now: read('VmRSS'), peak: read('VmHWM') };
    },
    cpuMs: () => cpuMsOf(child),
    post: async (path, data, token) => {
      const authorization: Readonly<Record<string, string>> = token === undefined ? {} : { authorization: token };
      const headers = { 'content-type': 'application/json', ...authorization };
      const response = await fetch(`${mountUrl}/${path}`, { method: 'POST', headers, body: JSON.stringify(data) });
      return JSON.parse(await response.text());
    },
    kill: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    close: async () => {
      const isOver = child.exitCode !== null || child.signalCode !== null;
      const ended = isOver ? undefined : once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Time that a process itself has computed, in milliseconds. @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export async function cpuMsOf({ pid }: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ') ?? [];
  // In ticks of 10 ms, of the user and of the system.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The address that a server prints when it listens. */
export async function readAddress({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new TypeError('the server has no output');
  for await (const line of createInterface({ input: stdout })) {
    const address = /http:[^\s"]+/.exec(line)?.[0];
    if (address !== undefined) {
      stdout.resume();
      return address;
    }
  }
  throw new TypeError('the server ended before it listened');
}
