import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sleep } from '../../concurrency/retry.ts';
import { createTurns, type Deadline } from '../../concurrency/turns.ts';
import { AppError } from '../../errors.ts';
import type { PathGate } from './path-gate.ts';
import { hasEnded, identifyThisProcess, type ProcessIdentity } from './process-identity.ts';
import { linkExclusively, makeFolders, removeFile } from './publish.ts';
import type { Scratch } from './scratch.ts';
import { hasCode, undefinedIfMissing } from './storage-error.ts';

const GIVE_UP_AFTER_MS = 5_000;
/** How long a holder on another host may be silent: nobody here can look whether it still runs. */
const FOREIGN_HOLDER_MS = 30_000;
const MAX_PAUSE_MS = 10;

/** Who holds the locks, and how long to wait for them; for tests. */
export interface LockOptions {
  readonly self?: ProcessIdentity;
  readonly giveUpAfterMs?: number;
}

/** Locks by name among all processes that share the folder. */
export interface Locks {
  /**
   * Runs `work` while nobody else holds `name`. `work` calls `assertHeld` right before its one effect: it throws when
   * the process slept so long that another host may have taken the lock for abandoned.
   *
   * @throws {AppError} ServiceUnavailable when the lock does not become free within 5 s
   */
  hold<Result>(name: string, work: (assertHeld: () => void) => Promise<Result>): Promise<Result>;
  /** Removes the locks of processes that have ended. */
  sweep(): Promise<void>;
}

interface Held {
  readonly path: string;
  readonly nonce: string;
  readonly since: number;
}

interface Found {
  readonly nonce: string;
  readonly process?: ProcessIdentity;
}

const busy = (): AppError =>
  new AppError('ServiceUnavailable', { zh: '系统繁忙，请稍后再试', en: 'Too busy now, please try again' });

function parseLock(text: string): Found {
  try {
    const [nonce, host, pid, startTime]: unknown[] = JSON.parse(text);
    if (typeof nonce === 'string' && /^[0-9a-f]{16}$/.test(nonce) && typeof host === 'string') {
      if (Number.isSafeInteger(pid) && typeof startTime === 'string') {
        return { nonce, process: { host, pid: Number(pid), startTime } };
      }
    }
  } catch {
    // Cut short by a power cut: nobody's.
  }
  return { nonce: 'damaged' };
}

/**
 * Creates the locks of one store, `<root>/.locks/<hash of the name>`: a file made whole by link(), with its holder's
 * nonce and process. A dead holder's lock is removed by whoever holds the lock `<path>.<nonce>`, after looking again:
 * so exactly that lock goes, and never one of a process that runs on this host.
 */
export function createLocks(
  path: PathGate,
  scratch: Scratch,
  { self = identifyThisProcess(), giveUpAfterMs = GIVE_UP_AFTER_MS }: LockOptions = {},
): Locks {
  const turns = createTurns();
  const soon = (): Deadline => ({ time: performance.now() + giveUpAfterMs, fail: busy });
  const read = async (lock: string): Promise<Found | undefined> => {
    const text = await undefinedIfMissing(readFile(lock, 'utf8'));
    return text === undefined ? undefined : parseLock(text);
  };
  const isAbandoned = async (lock: string, holder: ProcessIdentity | undefined, note: string): Promise<boolean> => {
    if (holder?.host === self.host) return hasEnded(holder);
    const made = await undefinedIfMissing(stat(lock));
    // Both times come from the file system's own clock, for hosts may disagree.
    return made !== undefined && (await stat(note)).mtimeMs - made.mtimeMs > FOREIGN_HOLDER_MS;
  };
  const removeExactly = async (lock: string, nonce: string, deadline: Deadline): Promise<void> => {
    const guard = await acquire(`${lock}.${nonce}`, deadline);
    try {
      if ((await read(lock))?.nonce === nonce) await removeFile(lock);
    } finally {
      await release(guard);
    }
  };
  const removeIfAbandoned = async (lock: string, note: string, deadline: Deadline): Promise<boolean> => {
    const found = await read(lock);
    if (found === undefined) return true;
    if (!(await isAbandoned(lock, found.process, note))) return false;
    await removeExactly(lock, found.nonce, deadline);
    return true;
  };
  const acquire = async (lock: string, deadline: Deadline): Promise<Held> => {
    const nonce = randomBytes(8).toString('hex');
    const note = await scratch.writeNote(JSON.stringify([nonce, self.host, self.pid, self.startTime]));
    try {
      for (let pause = 1; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
        const since = performance.now();
        if (await linkMakingFolder(note, lock)) return { path: lock, nonce, since };
        if (since >= deadline.time) throw busy();
        if (await removeIfAbandoned(lock, note, deadline)) continue;
        await sleep(pause * (0.5 + Math.random()));
      }
    } finally {
      await scratch.discard(note);
    }
  };
  const release = async ({ path: lock, nonce, since }: Held): Promise<void> => {
    if (performance.now() - since < FOREIGN_HOLDER_MS / 2) await removeFile(lock);
    else await removeExactly(lock, nonce, soon());
  };
  return {
    hold: (name, work) => {
      const lock = path('.locks', createHash('sha256').update(name).digest('hex').slice(0, 32));
      const deadline = soon();
      return turns.take(lock, deadline, async () => {
        const held = await acquire(lock, deadline);
        const assertHeld = (): void => {
          if (performance.now() - held.since >= FOREIGN_HOLDER_MS / 2) throw busy();
        };
        return work(assertHeld).finally(() => release(held));
      });
    },
    sweep: async () => {
      const names = (await undefinedIfMissing(readdir(path('.locks')))) ?? [];
      if (names.length === 0) return;
      const note = await scratch.writeNote('');
      try {
        for (const name of names) {
          await removeIfAbandoned(path('.locks', name), note, soon());
        }
      } finally {
        await scratch.discard(note);
      }
    },
  };
}

async function linkMakingFolder(note: string, lock: string): Promise<boolean> {
  try {
    return await linkExclusively(note, lock);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    await makeFolders(dirname(lock));
    return linkExclusively(note, lock);
  }
}
