import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './other-stores.ts';

const run = promisify(execFile);

/** Upload clients of PyPI, as they come. */
const CLIENTS = ['smms==0.2.2', 'pysmms==0.1.5', 'sharex-cli==0.0.4'];
/** What these ask for (a Python of 3.13, an old Pillow) keeps them off most machines, and they need none of it to upload. */
const CLIENTS_ALONE = ['chupo==0.1.3', 'lskyup==0.1.5'];
const THEIR_NEEDS = ['click==8.1.8', 'httpx==0.28.1', 'pillow==12.0.0', 'requests==2.29.0', 'setuptools==80.9.0'];

/** What a client of the command line has printed, and how it ended. */
export interface Printed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Python with the clients in it, in a home of their own. */
export interface PythonClients {
  /** Runs the command that a client has installed. */
  command(name: string, args: readonly string[]): Promise<Printed>;
  /** The same on a terminal, for clients that read their standard input where there is none. */
  onTerminal(name: string, args: readonly string[]): Promise<Printed>;
  /** Runs a script that imports a client; its arguments are in `sys.argv`. */
  script(source: string, args: readonly string[]): Promise<Printed>;
}

/** Hands a terminal to the command in its arguments, and ends as that does. */
const TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** Installs the clients once for all runs. */
export async function installPythonClients(home: string): Promise<PythonClients> {
  const venv = await cached(
    'upload-clients-1',
    async (folder) => {
      const pip = (...args: readonly string[]) =>
        run(join(folder, 'bin/pip'), ['install', '--quiet', ...args], { timeout: 300_000 });
      await run('python3', ['-m', 'venv', folder]);
      await pip(...CLIENTS, ...THEIR_NEEDS);
      await pip('--no-deps', '--ignore-requires-python', ...CLIENTS_ALONE);
    },
    // The scripts of an environment know where it is.
    true,
  );
  const bin = (name: string): string => join(venv, 'bin', name);
  const env = { PATH: `${join(venv, 'bin')}:/usr/bin:/bin`, HOME: home, COLUMNS: '1000', PYTHONIOENCODING: 'utf-8' };
  const print = async (program: string, args: readonly string[]): Promise<Printed> => {
    const ended = run(program, [...args], { env, cwd: home, timeout: 60_000 });
    const [exitCode, { stdout, stderr }] = await ended.then(
      (done) => [0, done] as const,
      (failed: { readonly code?: unknown; readonly stdout: string; readonly stderr: string }) =>
        [typeof failed.code === 'number' ? failed.code : -1, failed] as const,
    );
    return { exitCode, stdout, stderr };
  };
  return {
    command: (name, args) => print(bin(name), args),
    onTerminal: (name, args) => print(bin('python'), ['-c', TERMINAL, bin(name), ...args]),
    script: (source, args) => print(bin('python'), ['-c', source, ...args]),
  };
}
