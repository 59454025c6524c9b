import { realpath, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { createBatches } from '../../concurrency/batches.ts';
import { AppError } from '../../errors.ts';
import type { PathGate } from './path-gate.ts';
import { makeFolders } from './publish.ts';
import { hasCode, undefinedIfMissing } from './storage-error.ts';

/** The folder of a store, which is made once and never again: where it was seen and is gone, nothing in it is known to be absent. */
export interface RootFolder {
  /** Makes the folder where this process has not seen it yet. @throws {AppError} ServiceUnavailable as `look` */
  make(): Promise<void>;
  /** Whether there is a folder. @throws {AppError} ServiceUnavailable when this process has seen it and it is gone, or another in its place */
  look(): Promise<boolean>;
  /** Refuses a folder below the root that is a link, or below one, which would lead out of it. @throws {AppError} ServiceUnavailable */
  requireOwn(folder: string): Promise<void>;
}

/** Creates the look-out for one folder. */
export function createRootFolder(path: PathGate): RootFolder {
  /** Its number on its file system: another one is what lies below a mount that is gone. A device's own number changes with each mount of NFS. */
  let seen: bigint | undefined;

  const lookOnce = async (): Promise<boolean> => {
    const found = (await undefinedIfMissing(stat(path(), { bigint: true })))?.ino;
    if (seen !== undefined && found !== seen) throw gone(path());
    seen ??= found;
    return found !== undefined;
  };
  // Who asks while a look is under way shares the next one, which begins after all of them have asked.
  const looks = createBatches<undefined, boolean>(async (_name, asked) => {
    const isThere = await lookOnce();
    return asked.map(() => isThere);
  });
  const look: RootFolder['look'] = () => looks('', undefined);
  let realRoot: string | undefined;
  const requireOwn = async (folder: string): Promise<void> => {
    realRoot ??= await undefinedIfMissing(realpath(path()));
    if (realRoot === undefined || folder === path()) return;
    const real = await realpath(folder).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw hasCode(error, 'ELOOP') ? linked(folder) : error;
    });
    // It is yet to be made, in one that is there.
    if (real === undefined) return requireOwn(dirname(folder));
    if (real !== join(realRoot, relative(path(), folder))) throw linked(folder);
  };
  return {
    look,
    requireOwn,
    make: async () => {
      if (await look()) return;
      await makeFolders(path());
      await look();
    },
  };
}

const linked = (folder: string): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `${folder} 是链接或在链接之下，会通向数据文件夹之外，不予跟随；请管理员换回真正的文件夹（整个数据文件夹可以是链接）`,
    en: `${folder} is a link or below one, which leads out of the data folder and is not followed; an admin puts a real folder there (the data folder as a whole may be a link)`,
  });

const gone = (folder: string): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `存储文件夹 ${folder} 不见了（未挂载、被移动或被替换）；请管理员重新挂载或放回原处，若确要使用现在的内容请重启服务`,
    en: `The folder ${folder} is gone (unmounted, moved or replaced); an admin mounts it or moves it back there, or restarts the service to use what is there now`,
  });
