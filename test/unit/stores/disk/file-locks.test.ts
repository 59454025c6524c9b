import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFileLocks, type LockOptions } from '../../../../src/stores/disk/file-locks.ts';
import type { Locks } from '../../../../src/stores/disk/locks.ts';
import { createPathGate } from '../../../../src/stores/disk/path-gate.ts';
import { identifyThisProcess, type ProcessIdentity } from '../../../../src/stores/disk/process-identity.ts';
import { createScratch } from '../../../../src/stores/disk/scratch.ts';
import { describeLocks } from '../../../suites/locks.suite.ts';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';

const self = identifyThisProcess();
const elsewhere: ProcessIdentity = { ...self, host: 'another host' };

describeLocks('file', async () => {
  const folder = await makeTempFolder();
  const path = createPathGate(folder.path);
  return {
    open: (giveUpAfterMs) => createFileLocks(path, createScratch(path), { giveUpAfterMs }),
    close: () => folder.remove(),
  };
});

describe('locks as files', () => {
  let folder: TempFolder;

  beforeEach(async () => {
    folder = await makeTempFolder();
    await mkdir(join(folder.path, '.locks'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await folder.remove();
  });

  const open = (options: LockOptions = { giveUpAfterMs: 100 }): Locks => {
    const path = createPathGate(folder.path);
    return createFileLocks(path, createScratch(path), options);
  };
  const lockFile = (name: string): string =>
    join(folder.path, '.locks', createHash('sha256').update(name).digest('hex').slice(0, 32));
  const plant = async (file: string, holder: ProcessIdentity, { nonce = '0123456789abcdef', ageMs = 0 } = {}) => {
    await writeFile(file, JSON.stringify([nonce, holder.host, holder.pid, holder.startTime]));
    const time = (Date.now() - ageMs) / 1000;
    await utimes(file, time, time);
  };
  const enter = (locks: Locks): Promise<string> => locks.hold('door', async () => 'entered');
  const busy = { code: 'ServiceUnavailable' };

  /** The identity of a process that has ended. */
  const endedProcess = async (): Promise<ProcessIdentity> => {
    const child = spawn('true');
    await once(child, 'exit');
    return { ...self, pid: child.pid ?? 0 };
  };

  it('leave no file, also when the work failed', async () => {
    const locks = open();
    await expect(locks.hold('door', () => Promise.reject(new Error('tripped')))).rejects.toThrow('tripped');
    expect(await enter(locks)).toBe('entered');
    expect(await readdir(join(folder.path, '.locks'))).toEqual([]);
    expect(await readdir(join(folder.path, '.tmp'))).toEqual([]);
  });

  it('are never taken from a process that runs on this host, however old they are', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const startTime = await readStartTime(child.pid ?? 0);
    await plant(lockFile('door'), { ...self, pid: child.pid ?? 0, startTime }, { ageMs: 3_600_000 });
    await expect(enter(open())).rejects.toMatchObject(busy);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await enter(open())).toBe('entered');
  });

  it('are taken at once from a process that has ended', async () => {
    await plant(lockFile('door'), await endedProcess());
    expect(await enter(open())).toBe('entered');
    expect(await readdir(join(folder.path, '.locks'))).toEqual([]);
  });

  it('are taken at once from a process that was killed and that nobody has buried', async () => {
    // The shell starts a process and then becomes one that never asks after it.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(line);
    await plant(lockFile('door'), { ...self, pid, startTime: await readStartTime(pid) });
    await expect(enter(open())).rejects.toMatchObject(busy);
    process.kill(pid, 'SIGKILL');
    expect(await enter(open({ giveUpAfterMs: 2000 }))).toBe('entered');
    expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });

  it('are taken from an ended process whose number was given to another', async () => {
    await plant(lockFile('door'), { ...self, startTime: '1' });
    expect(await enter(open())).toBe('entered');
  });

  it('are taken also where the one who wanted to take them has ended too', async () => {
    const ended = await endedProcess();
    await plant(lockFile('door'), ended, { nonce: 'aaaaaaaaaaaaaaaa' });
    await plant(`${lockFile('door')}.aaaaaaaaaaaaaaaa`, ended, { nonce: 'bbbbbbbbbbbbbbbb' });
    expect(await enter(open())).toBe('entered');
    expect(await readdir(join(folder.path, '.locks'))).toEqual([]);
  });

  it('are left to another host for 30 seconds', async () => {
    await plant(lockFile('door'), elsewhere, { ageMs: 25_000 });
    await expect(enter(open())).rejects.toMatchObject(busy);
    await plant(lockFile('door'), elsewhere, { ageMs: 31_000 });
    expect(await enter(open())).toBe('entered');
  });

  it.each(['', '{', '[]', '["x","y",1,"z"]', '"text"', '["0123456789abcdef",1,2,3]'])(
    'are nobody’s after 30 seconds when they hold %j',
    async (text) => {
      await writeFile(lockFile('door'), text);
      await expect(enter(open())).rejects.toMatchObject(busy);
      await utimes(lockFile('door'), 0, 0);
      expect(await enter(open())).toBe('entered');
    },
  );

  it('do not follow a link that was planted in their place', async () => {
    await symlink(join(folder.path, 'target'), lockFile('door'));
    await expect(enter(open())).rejects.toMatchObject(busy);
    expect(await readdir(folder.path)).not.toContain('target');
  });

  it('tell the work when it slept so long that another host may have come in', async () => {
    const locks = open();
    const start = performance.now();
    const work = locks.hold('door', async (assertHeld) => {
      assertHeld();
      vi.spyOn(performance, 'now').mockReturnValue(start + 16_000);
      assertHeld();
    });
    await expect(work).rejects.toMatchObject(busy);
    vi.restoreAllMocks();
    expect(await enter(locks)).toBe('entered');
  });

  it('are not removed by a sleeper that wakes up when another host has them', async () => {
    const locks = open();
    const start = performance.now();
    await locks.hold('door', async () => {
      await plant(lockFile('door'), elsewhere, { nonce: 'ffffffffffffffff' });
      vi.spyOn(performance, 'now').mockReturnValue(start + 40_000);
    });
    expect(await readdir(join(folder.path, '.locks'))).toHaveLength(1);
  });

  it('are swept when their processes have ended, and only then', async () => {
    await plant(lockFile('ended'), await endedProcess());
    await plant(lockFile('running'), self);
    await plant(lockFile('elsewhere'), elsewhere);
    await open().sweep();
    const left = await readdir(join(folder.path, '.locks'));
    expect(left.map((name) => join(folder.path, '.locks', name)).sort()).toEqual(
      [lockFile('running'), lockFile('elsewhere')].sort(),
    );
  });
});

async function readStartTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
