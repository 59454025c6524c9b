import { join, relative, resolve, sep } from 'node:path';
import { AppError } from '../../errors.ts';

/** Joins file names to a path below the root; no names give the root. @throws {AppError} InvalidArgument */
export type PathGate = (...names: readonly string[]) => string;

const isFileName = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);

/** Creates the one place that turns names into paths: what it returns lies below `root`, one level for each name. */
export function createPathGate(root: string): PathGate {
  const base = resolve(root);
  return (...names) => {
    const path = join(base, ...names);
    if (!names.every(isFileName) || relative(base, path) !== names.join(sep)) {
      throw new AppError('InvalidArgument', { zh: '名称无效', en: 'The name is not valid' });
    }
    return path;
  };
}
