import { randomBytes } from 'node:crypto';
import { createLimit } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';

/** OWASP's second row for argon2id. @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** More than two at once starve the four libuv threads that file access shares. */
const MAX_CONCURRENT = 2;
const MAX_WAITING = 40;

/** How a password compares to a stored hash; `outdated` is right, but the hash is weaker than today's. */
export type Proof = 'right' | 'outdated' | 'wrong';

/** Hashes and checks passwords, argon2id in PHC format. @throws {AppError} ServiceUnavailable when too many wait already */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Without a stored hash it takes as long as with one, and is `wrong`. */
  verify(stored: string | undefined, password: string): Promise<Proof>;
}

/** What computes argon2id. */
export interface Argon2 {
  hash(password: string): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
}

/** Creates the password service. */
export function createPasswords(load: () => Promise<Argon2> = loadArgon2): Passwords {
  const limit = createLimit({ concurrent: MAX_CONCURRENT, waiting: MAX_WAITING, refuse: tooBusy });
  let argon2: Promise<Argon2> | undefined;
  let decoy: Promise<string> | undefined;
  const use = (): Promise<Argon2> => {
    argon2 ??= load();
    return argon2;
  };

  const hash = (password: string): Promise<string> => limit(async () => (await use()).hash(password));

  const verify = async (stored: string | undefined, password: string): Promise<Proof> => {
    decoy ??= hash('the password of nobody').catch((error) => {
      decoy = undefined;
      throw error;
    });
    const phc = stored ?? (await decoy);
    const cost = parseCost(phc);
    if (cost === undefined) return 'wrong';
    const matches = await limit(async () => (await use()).verify(phc, password));
    if (!matches || stored === undefined) return 'wrong';
    return cost.memory < COST.memoryCost || cost.time < COST.timeCost ? 'outdated' : 'right';
  };

  return { hash, verify };
}

/** The native code, or the same in WebAssembly where its binary cannot load; both write and read the same format. */
export async function loadArgon2(): Promise<Argon2> {
  try {
    const native = await import('@node-rs/argon2');
    return {
      hash: (password) => native.hash(password, COST),
      verify: (stored, password) => native.verify(stored, password),
    };
  } catch {
    return loadPortableArgon2();
  }
}

/** The same in WebAssembly. */
export async function loadPortableArgon2(): Promise<Argon2> {
  const { argon2id, argon2Verify } = await import('hash-wasm');
  return {
    hash: (password) =>
      argon2id({
        password,
        salt: randomBytes(16),
        memorySize: COST.memoryCost,
        iterations: COST.timeCost,
        parallelism: COST.parallelism,
        hashLength: 32,
        outputType: 'encoded',
      }),
    verify: (hash, password) => argon2Verify({ password, hash }),
  };
}

/** A stored hash may ask for any amount of work; `undefined` for more than this service would ever have written. */
function parseCost(phc: string): { readonly memory: number; readonly time: number } | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d{1,2})\$[\w+/]{11,64}\$[\w+/]{22,128}$/.exec(phc);
  const [memory = Infinity, time = Infinity, parallelism = Infinity] = (match ?? []).slice(1).map(Number);
  return memory <= 65_536 && time <= 5 && parallelism <= 4 ? { memory, time } : undefined;
}

const tooBusy = (): AppError =>
  new AppError(
    'ServiceUnavailable',
    { zh: '登录请求过多，请几秒后重试', en: 'Too many sign-ins at once; try again in a few seconds' },
    { details: { retryAfterSeconds: 2 } },
  );
