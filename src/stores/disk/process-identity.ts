import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from './storage-error.ts';

/**
 * One run of one process. `host` is the same exactly for processes that can look each other up by `pid`:
 * the same machine, start of it and pid namespace. `startTime` tells a pid that was given again, where `/proc` is there.
 */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  readonly startTime: string;
}

const withoutProc = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function parseStat(stat: string): { readonly state: string; readonly threads: number; readonly startTime: string } {
  // The second field, the command in brackets, may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', threads: Number(fields[17]), startTime: fields[19] ?? '' };
}

/** Identifies this process. */
export function identifyThisProcess(): ProcessIdentity {
  const boot = withoutProc(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = withoutProc(() => readlinkSync('/proc/self/ns/pid'));
  const stat = withoutProc(() => readFileSync('/proc/self/stat', 'utf8'));
  return { host: `${hostname()} ${boot} ${namespace}`, pid: process.pid, startTime: parseStat(stat).startTime };
}

/** Tells whether a process of this host has ended for good, so that none of its system calls is still under way. */
export async function hasEnded({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return true;
  }
  // Unreadable: no /proc here, or hidden from this user; then the signal above is all there is.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (stat === '') return false;
  const found = parseStat(stat);
  // A killed process stays a zombie until its parent looks, and a thread of it may still finish a system call.
  return found.startTime !== startTime || (/^[ZX]$/.test(found.state) && found.threads <= 1);
}
