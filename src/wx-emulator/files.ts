// https://developers.weixin.qq.com/miniprogram/dev/framework/ability/file-system.html
import { randomUUID } from 'node:crypto';
import { PlatformFault } from './platform-api.ts';

/** Sure: the page above; what is saved and what is under `USER_DATA_PATH`, together. */
const DEFAULT_QUOTA_BYTES = 200 * 1024 * 1024;
/** Sure: `FileSystemManager.readFile` and errCode 1300202 in the typings. Likely also for a slice of a larger file. */
const MOST_FILE_BYTES = 100 * 1024 * 1024;

/** The folder that a program may write to. Sure for phones; the developer tools say `http://usr`, so never write it by hand. */
export const USER_DATA_PATH = 'wxfile://usr';
const TEMP_START = 'wxfile://tmp_';

interface StoredFile {
  readonly bytes: Uint8Array;
  readonly changedAt: number;
}

/** The files of one program on one phone. Everything throws `PlatformFault` with the `errCode` of the typings' `FileError`. */
export interface Files {
  /** Puts bytes where only the platform may: a new temporary file, named by `extension` such as `jpg`. */
  addTemporary(bytes: Uint8Array, extension: string): string;
  read(path: string): Uint8Array;
  readSlice(path: string, position: number | undefined, length: number | undefined): Uint8Array;
  write(path: string, bytes: Uint8Array): void;
  copy(source: string, destination: string): void;
  remove(path: string): void;
  makeFolder(path: string, recursive: boolean): void;
  stat(path: string): { readonly isFolder: boolean; readonly size: number; readonly changedAt: number };
  /** Paths of all files. */
  list(): readonly string[];
}

const fault = (errCode: number, text: string): PlatformFault => new PlatformFault(text, { errCode, errno: errCode });
const missing = (path: string): PlatformFault => fault(1300002, `no such file or directory ${path}`);
const overQuota = (): PlatformFault => fault(1300202, 'the maximum size of the file storage limit is exceeded');

/** Creates an empty phone. */
export function createFiles({ quotaBytes = DEFAULT_QUOTA_BYTES, now = Date.now } = {}): Files {
  const files = new Map<string, StoredFile>();
  const folders = new Set([USER_DATA_PATH]);

  const read = (path: string): Uint8Array => {
    if (folders.has(path)) throw fault(1300021, 'Is a directory');
    const file = files.get(path);
    if (file === undefined) throw missing(path);
    return file.bytes;
  };
  const readSlice: Files['readSlice'] = (path, position, length) => {
    const bytes = read(path);
    if (bytes.byteLength > MOST_FILE_BYTES) throw overQuota();
    const start = requirePosition(position, bytes.byteLength);
    return bytes.subarray(start, start + requireLength(length, bytes.byteLength, start));
  };
  const requirePlace = (path: string): void => {
    if (!path.startsWith(`${USER_DATA_PATH}/`)) throw fault(1301000, 'permission denied, cannot access file path');
    if (folders.has(path)) throw fault(1301003, 'illegal operation on a directory');
    if (!folders.has(parentOf(path))) throw missing(path);
  };
  const write: Files['write'] = (path, bytes) => {
    requirePlace(path);
    const others = [...files].filter(([known]) => known !== path && known.startsWith(USER_DATA_PATH));
    const used = others.reduce((sum, [, file]) => sum + file.bytes.byteLength, 0);
    if (bytes.byteLength > MOST_FILE_BYTES || used + bytes.byteLength > quotaBytes) throw overQuota();
    files.set(path, { bytes: new Uint8Array(bytes), changedAt: now() });
  };

  return {
    read,
    readSlice,
    write,
    addTemporary: (bytes, extension) => {
      const path = `${TEMP_START}${randomUUID().replaceAll('-', '')}.${extension}`;
      files.set(path, { bytes: new Uint8Array(bytes), changedAt: now() });
      return path;
    },
    copy: (source, destination) => write(destination, read(source)),
    remove: (path) => {
      read(path);
      if (path.startsWith(TEMP_START)) throw fault(1300013, 'permission denied');
      files.delete(path);
    },
    makeFolder: (path, recursive) => {
      if (!path.startsWith(`${USER_DATA_PATH}/`)) throw fault(1301000, 'permission denied, cannot access file path');
      if (folders.has(path) || files.has(path)) throw fault(1301005, `file already exists ${path}`);
      if (!recursive && !folders.has(parentOf(path))) throw missing(path);
      for (let folder = path; !folders.has(folder); folder = parentOf(folder)) folders.add(folder);
    },
    stat: (path) => {
      if (folders.has(path)) return { isFolder: true, size: 0, changedAt: 0 };
      return { isFolder: false, size: read(path).byteLength, changedAt: files.get(path)?.changedAt ?? 0 };
    },
    list: () => [...files.keys()],
  };
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Sure: `[0, fileLength - 1]`, of the typings' `ReadFileOption`. */
function requirePosition(position: number | undefined, size: number): number {
  if (position === undefined) return 0;
  if (Number.isInteger(position) && position >= 0 && position < size) return position;
  throw fault(1301009, 'value of position is out of range');
}

/** Sure: `[1, fileLength]`. Unsure, hence strict: what would end beyond the file is refused and not made shorter. */
function requireLength(length: number | undefined, size: number, start: number): number {
  if (length === undefined) return size - start;
  if (Number.isInteger(length) && length >= 1 && start + length <= size) return length;
  throw fault(1301006, 'value of length is out of range');
}
