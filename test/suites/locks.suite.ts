import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Locks } from '../../src/stores/disk/locks.ts';

/** Locks that are shared: each `open` is another one who takes part, as a process of its own would. */
export interface SharedLocks {
  open(giveUpAfterMs: number): Locks;
  close(): Promise<void>;
}

const BUSY = { code: 'ServiceUnavailable' };

/** A hold that lasts until it is left. */
function enter(locks: Locks, name = 'door'): { readonly entered: Promise<void>; leave(): Promise<void> } {
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  let held = Promise.resolve();
  const entered = new Promise<void>((resolve, reject) => {
    held = locks.hold(name, async () => {
      resolve();
      await left;
    });
    held.catch(reject);
  });
  return {
    entered,
    leave: () => {
      leave();
      return held;
    },
  };
}

/** States what locks promise to those who share them. */
export function describeLocks(name: string, share: () => Promise<SharedLocks>): void {
  describe(`${name} locks`, () => {
    let shared: SharedLocks;

    beforeEach(async () => {
      shared = await share();
    });
    afterEach(() => shared.close());

    it('let one after the other in, in the order in which they came', async () => {
      const locks = shared.open(5000);
      const seen: string[] = [];
      const visit = (visitor: string) =>
        locks.hold('door', async () => {
          seen.push(`${visitor} in`);
          await new Promise(setImmediate);
          seen.push(`${visitor} out`);
        });
      await Promise.all(['a', 'b', 'c'].map(visit));
      expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    });

    it('let one at a time in of all who share them', async () => {
      const parties = [shared.open(5000), shared.open(5000), shared.open(5000)];
      let inside = 0;
      let count = 0;
      const visit = (locks: Locks) =>
        locks.hold('door', async () => {
          inside += 1;
          expect(inside).toBe(1);
          const before = count;
          await new Promise(setImmediate);
          count = before + 1;
          inside -= 1;
        });
      await Promise.all(Array.from({ length: 30 }, (_, index) => visit(parties[index % 3] ?? shared.open(5000))));
      expect(count).toBe(30);
    });

    it('let different names in at once', async () => {
      const [one, other] = [shared.open(100), shared.open(100)];
      const inner = one.hold('one', () => other.hold('two', async () => one.hold('three', async () => 'all')));
      expect(await inner).toBe('all');
    });

    it.each(['', '..', 'a/b', '图片 \0', 'x'.repeat(5000)])('take any text for a name, such as %j', async (text) => {
      const locks = shared.open(100);
      const held = enter(locks, text);
      await held.entered;
      await expect(shared.open(50).hold(text, async () => 'in')).rejects.toMatchObject(BUSY);
      await held.leave();
      expect(await locks.hold(text, async () => 'in')).toBe('in');
    });

    it('give back what the work gives, throw what it throws, and are free again after both', async () => {
      const [one, other] = [shared.open(100), shared.open(100)];
      expect(await one.hold('door', async () => 'given')).toBe('given');
      await expect(one.hold('door', () => Promise.reject(new Error('tripped')))).rejects.toThrow('tripped');
      expect(await other.hold('door', async () => 'entered')).toBe('entered');
    });

    it('do not run the work of one who waited too long', async () => {
      const held = enter(shared.open(100));
      await held.entered;
      let ran = false;
      const late = shared.open(50).hold('door', async () => {
        ran = true;
      });
      await expect(late).rejects.toMatchObject(BUSY);
      await held.leave();
      expect(ran).toBe(false);
    });

    it('give up on one that waits too long, and let in those behind it later', async () => {
      const impatient = shared.open(50);
      const held = enter(impatient);
      await held.entered;
      await expect(impatient.hold('door', async () => 'in')).rejects.toMatchObject(BUSY);
      const third = shared.open(5000).hold('door', async () => 'in');
      await held.leave();
      expect(await third).toBe('in');
      expect(await impatient.hold('door', async () => 'in')).toBe('in');
    });

    it('say that they are held while they are, and stay held through a sweep of another', async () => {
      const held = shared.open(100);
      const other = shared.open(50);
      await held.hold('door', async (assertHeld) => {
        await other.sweep();
        assertHeld();
        await expect(other.hold('door', async () => 'in')).rejects.toMatchObject(BUSY);
      });
    });
  });
}
