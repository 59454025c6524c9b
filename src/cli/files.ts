import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The argument that means standard input. */
export const STDIN = '-';

/**
 * Names the files that are meant: of a folder all that lie in it and below, of a pattern with `*` or `?` in its last part
 * those that match, for shells that do not look themselves. Hidden ones are left out; what is not there stays as it is.
 */
export async function expandFiles(given: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(given.map(expand));
  return found.flat();
}

async function expand(path: string): Promise<readonly string[]> {
  if (path === STDIN) return [path];
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return filesBelow(path);
  if (found !== undefined || !/[*?]/.test(basename(path))) return [path];
  const names = await readdir(dirname(path)).catch(() => []);
  const pattern = toPattern(basename(path));
  const matching = names.filter((name) => !name.startsWith('.') && pattern.test(name)).sort();
  const files = await Promise.all(matching.map((name) => expand(join(dirname(path), name))));
  return matching.length === 0 ? [path] : files.flat();
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const shown = entries
    .filter(({ name }) => !name.startsWith('.'))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const files = await Promise.all(
    shown.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() ? [path] : [];
    }),
  );
  return files.flat();
}

const toPattern = (glob: string): RegExp => {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'iu');
};
