import { AppError } from '../../../errors.ts';

/** What only this adapter can tell: SQLite is not there, or older than its file. */
export class NotInstalled extends Error {}
export class NewerSchema extends Error {}

// https://www.sqlite.org/rescode.html
const BUSY = /^SQLITE_(BUSY|LOCKED|PROTOCOL)/;
const NO_ROOM = /^(SQLITE_FULL|ENOSPC|EDQUOT)/;
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** Tells whether another process writes just now. */
export const isBusy = (error: unknown): boolean => BUSY.test(codeOf(error));

/** What callers are told of a failure. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (NO_ROOM.test(codeOf(error))) {
    return new AppError('InsufficientStorage', { zh: '存储空间不足', en: 'There is no room left' }, { cause: error });
  }
  return new AppError('ServiceUnavailable', textOf(error), { cause: error });
}

function textOf(error: unknown) {
  if (error instanceof NotInstalled) {
    return {
      zh: '无法加载 SQLite：请安装 libsql（npm install libsql），且安装时不要略去可选依赖（--omit=optional）；它支持 Linux、macOS 和 Windows 的 x64，以及 Linux 和 macOS 的 arm64',
      en: 'SQLite cannot be loaded: install libsql (npm install libsql), and do not leave out what is optional (--omit=optional); it runs on x64 with Linux, macOS and Windows, and on arm64 with Linux and macOS',
    };
  }
  if (error instanceof NewerSchema) {
    return {
      zh: '图片记录的文件由更新版本的服务建立：请升级本服务',
      en: 'A newer version of the service has made the file of the image records: upgrade this one',
    };
  }
  if (DAMAGED.test(codeOf(error))) {
    return {
      zh: '图片记录的文件已损坏：请停止服务并从备份恢复',
      en: 'The file of the image records is damaged: stop the service and restore it from a backup',
    };
  }
  return { zh: '图片记录暂时不可用，请稍后再试', en: 'The image records are not available now, please try again' };
}
