import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sleep } from '../../concurrency/retry.ts';
import { createTurns, type Deadline } from '../../concurrency/turns.ts';
import { AppError } from '../../errors.ts';
import type { Locks } from './locks.ts';
import type { PathGate } from './path-gate.ts';
import { hasEnded, identifyThisProcess, type ProcessIdentity } from './process-identity.ts';
import { linkExclusively, makeFolders, removeFile } from './publish.ts';
import type { Scratch } from './scratch.ts';
import { hasCode, undefinedIfMissing } from './storage-error.ts';

/*
 * Locks as files in a folder that processes share, on one host or on several.
 *
 * How it works
 * - A lock is the file `<root>/.locks/<hash of its name>`; it says who made it: a nonce of its own, then host, pid and
 *   start time of the process.
 * - To make it, a process writes that text aside as a note and gives the note the lock's name by link(), which fails
 *   where the name is taken. So a lock is whole from its first moment, and of many who try at once exactly one has it.
 * - Callers of one process queue for their turn; only the first of them tries, every 1–10 ms, and gives up after 5 s.
 * - Who made a lock removes it.
 * - A holder on this host that is dead is found out at once: there is no such pid, or it was given again (another start
 *   time), or only its zombie is left (see process-identity.ts). One that still runs is never robbed, however slow.
 * - A holder on another host cannot be looked up. Its lock counts as abandoned once it is 30 s old, by the shared file
 *   system's own clock: the lock's time against that of a note just written, for hosts may disagree about the time.
 *   So a holder gives itself 15 s: after that `assertHeld` refuses the effect, and the other 15 s are for an effect that
 *   was begun in time.
 * - Removing an abandoned lock takes a second lock, `<lock>.<nonce>`. unlink() goes by name: between the look at a dead
 *   lock and its removal another may have removed it and a third made its own, which would be the one to go. Whoever
 *   holds the second lock looks again, and removes the first only if it still has that nonce; since nobody removes that
 *   nonce without the second lock but its own maker, exactly that lock goes. A maker who is late (15 s) takes this way
 *   too. The second lock is a lock like any other: if its holder dies, `<lock>.<nonce>.<nonce>` removes it.
 * - A lock that cannot be read, cut short by a power cut, is nobody's: it counts as one of another host.
 */

const GIVE_UP_AFTER_MS = 5_000;
/** How long a holder on another host may be silent: nobody here can look whether it still runs. */
const FOREIGN_HOLDER_MS = 30_000;
const MAX_PAUSE_MS = 10;

/** Who holds the locks, and how long to wait for them; for tests. */
export interface LockOptions {
  readonly self?: ProcessIdentity;
  readonly giveUpAfterMs?: number;
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

/** Creates the locks of one folder. */
export function createFileLocks(
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
        if (await linkMakingFolder(note, lock, path())) return { path: lock, nonce, since };
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

async function linkMakingFolder(note: string, lock: string, root: string): Promise<boolean> {
  try {
    return await linkExclusively(note, lock);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    await makeFolders(dirname(lock), root);
    return linkExclusively(note, lock);
  }
}
