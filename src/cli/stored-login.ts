import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A bed and the token for it. */
export interface StoredLogin {
  readonly url: string;
  readonly token: string;
  /** By which the token is ended when there is another; absent of one that an older version made. */
  readonly tokenId?: string | undefined;
}

/** A file of a login that cannot be read as one. */
export class DamagedLogin extends Error {
  override readonly name = 'DamagedLogin';
}

/** Where a login may come from, the later the stronger. */
export interface LoginSources {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly url: string | undefined;
  readonly token: string | undefined;
}

/** The path of the file that keeps the login. @see https://specifications.freedesktop.org/basedir-spec/latest/ */
export const toLoginPath = (env: Readonly<Record<string, string | undefined>>, home: string): string =>
  join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'imagepic', 'credentials.json');

/** Finds the bed to talk to; `undefined` when nobody has logged in. A stored token is for the bed that gave it and for no other. */
export async function findLogin({ path, env, ...flags }: LoginSources): Promise<StoredLogin | undefined> {
  const isWhole =
    (flags.url ?? env['IMAGEPIC_URL'] ?? '') !== '' && (flags.token ?? env['IMAGEPIC_TOKEN'] ?? '') !== '';
  const stored = isWhole ? undefined : await readLogin(path);
  const url = namedBed(flags.url, env) ?? stored?.url;
  const token = flags.token ?? (env['IMAGEPIC_TOKEN'] || (stored?.url === url ? stored?.token : undefined));
  return url === undefined || token === undefined ? undefined : { url, token };
}

/** Finds the bed to sign in to; `undefined` when none is named and nobody has logged in. */
export async function findBed({ path, env, url }: Omit<LoginSources, 'token'>): Promise<string | undefined> {
  return namedBed(url, env) ?? (await readLogin(path))?.url;
}

function namedBed(url: string | undefined, env: LoginSources['env']): string | undefined {
  const given = url ?? (env['IMAGEPIC_URL'] || undefined);
  return given === undefined ? undefined : toBedUrl(given);
}

/** An address as it is stored: without a slash at its end. */
export const toBedUrl = (text: string): string => text.replace(/\/+$/, '');

/** Reads what was stored; `undefined` when there is nothing. @throws {DamagedLogin} */
export async function readLogin(path: string): Promise<StoredLogin | undefined> {
  try {
    const { url, token, tokenId }: Partial<StoredLogin> = JSON.parse(await readFile(path, 'utf8'));
    if (typeof url !== 'string' || typeof token !== 'string') throw new DamagedLogin(path);
    return { url, token, ...(typeof tokenId === 'string' && { tokenId }) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new DamagedLogin(path);
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes the file in one step, for its owner's eyes only. */
export async function saveLogin(path: string, login: StoredLogin): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, `${JSON.stringify(login)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Forgets the login; `undefined` when there was none. */
export async function forgetLogin(path: string): Promise<StoredLogin | undefined> {
  const stored = await readLogin(path).catch((error: unknown) => {
    if (!(error instanceof DamagedLogin)) throw error;
    return undefined;
  });
  await rm(path, { force: true });
  return stored;
}
