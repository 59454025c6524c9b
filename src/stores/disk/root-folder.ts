import { stat } from 'node:fs/promises';
import { AppError } from '../../errors.ts';
import type { PathGate } from './path-gate.ts';
import { makeFolders } from './publish.ts';
import { undefinedIfMissing } from './storage-error.ts';

/** The folder of a store, which is made once and never again: where it was seen and is gone, nothing in it is known to be absent. */
export interface RootFolder {
  /** Makes the folder where this process has not seen it yet. @throws {AppError} ServiceUnavailable as `look` */
  make(): Promise<void>;
  /** Whether there is a folder. @throws {AppError} ServiceUnavailable when this process has seen it and it is gone, or another in its place */
  look(): Promise<boolean>;
}

/** Creates the look-out for one folder. */
export function createRootFolder(path: PathGate): RootFolder {
  /** Its number on its file system: another one is what lies below a mount that is gone. A device's own number changes with each mount of NFS. */
  let seen: bigint | undefined;

  const look = async (): Promise<boolean> => {
    const found = (await undefinedIfMissing(stat(path(), { bigint: true })))?.ino;
    if (seen !== undefined && found !== seen) throw gone(path());
    seen ??= found;
    return found !== undefined;
  };
  return {
    look,
    make: async () => {
      if (await look()) return;
      await makeFolders(path());
      await look();
    },
  };
}

const gone = (folder: string): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `存储文件夹 ${folder} 不见了（未挂载、被移动或被替换）；请管理员重新挂载或放回原处，若确要使用现在的内容请重启服务`,
    en: `The folder ${folder} is gone (unmounted, moved or replaced); an admin mounts it or moves it back there, or restarts the service to use what is there now`,
  });
