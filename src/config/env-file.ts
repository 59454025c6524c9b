import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a process is set by, and which file of variables it read; `undefined` when there is none. */
export interface ReadEnvironment {
  readonly env: Environment;
  readonly file: string | undefined;
}

/** Reads the file of variables, if there is one; what the process itself is given goes before it. @throws {Error} when it cannot be read */
export function readEnvFile(env: Environment, path = '.env'): ReadEnvironment {
  if (!existsSync(path)) return { env, file: undefined };
  return { env: { ...parseEnv(readFileSync(path, 'utf8')), ...env }, file: resolve(path) };
}
