// https://developers.weixin.qq.com/miniprogram/dev/api/file/FileSystemManager.html
import { createHash } from 'node:crypto';
import type { Files } from './files.ts';
import { isAtLeast, type LibraryVersion } from './library-version.ts';
import { type Callbacks, PlatformFault, requireText, tell, toPlatformError } from './platform-api.ts';
import { toArrayBuffer } from './request.ts';

/** The encodings of the typings. */
export type FileEncoding =
  | 'ascii'
  | 'base64'
  | 'binary'
  | 'hex'
  | 'ucs2'
  | 'ucs-2'
  | 'utf16le'
  | 'utf-16le'
  | 'utf-8'
  | 'utf8'
  | 'latin1';

/** What `readFile` is given; `position` and `length` in bytes. */
export interface ReadFileOption {
  readonly filePath: string;
  readonly encoding?: FileEncoding;
  readonly position?: number;
  readonly length?: number;
}

/** What `writeFile` and `appendFile` are given. */
export interface WriteFileOption {
  readonly filePath: string;
  readonly data: string | ArrayBuffer;
  readonly encoding?: FileEncoding;
}

/** What `stat` tells; times in seconds. */
export interface Stats {
  readonly size: number;
  readonly mode: number;
  readonly lastAccessedTime: number;
  readonly lastModifiedTime: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** What `getFileInfo` is given. */
export interface DigestOption {
  readonly filePath: string;
  readonly digestAlgorithm?: 'md5' | 'sha1' | 'sha256';
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
/** Sure: the typings, and the official miniprogram-file-uploader, which asks for it. */
const SLICES_SINCE = '2.10.0';

/** Gives its outcome to callbacks alone: nothing here promises anything. Sure: every method of the typings is `void`. */
type FileApi<Option, Result> = (option: Option & Callbacks<Result>) => void;

function fileApi<Option extends object, Result extends object>(
  name: string,
  run: (option: Option) => Result,
): FileApi<Option, Result> {
  return (option) =>
    void tell(
      name,
      option,
      Promise.resolve().then(() => run(option)),
    );
}

/** The same, at once. Likely: throws an error whose `message` is the `errMsg`, by the name of the call that waits. */
function atOnce<Result>(name: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const told = toPlatformError(name, error);
    throw Object.assign(new Error(told.errMsg), told);
  }
}

/**
 * Creates what `wx.getFileSystemManager()` gives.
 *
 * - sure: the texts and numbers of failures (the typings' `FileError`), base64 without `data:`, an `ArrayBuffer` where no encoding
 *   is said, slices as half-open ranges;
 * - sure: temporary files can be read but not written; likely: nor removed;
 * - before base library 2.10.0 `position` and `length` are not heeded (likely: they are left out, and the whole file comes).
 */
export function createFileSystemManager(files: Files, libraryVersion: LibraryVersion) {
  const hasSlices = isAtLeast(libraryVersion, SLICES_SINCE);
  const read = ({ filePath, encoding, position, length }: ReadFileOption): { data: string | ArrayBuffer } => {
    const path = requireText('filePath', filePath);
    const bytes = files.readSlice(path, hasSlices ? position : undefined, hasSlices ? length : undefined);
    return { data: encoding === undefined ? toArrayBuffer(bytes) : Buffer.from(bytes).toString(toNode(encoding)) };
  };
  const write = ({ filePath, data, encoding }: WriteFileOption): object => {
    files.write(requireText('filePath', filePath), toBytes(data, encoding));
    return {};
  };
  const append = ({ filePath, data, encoding }: WriteFileOption): object => {
    const path = requireText('filePath', filePath);
    files.write(path, Buffer.concat([files.read(path), toBytes(data, encoding)]));
    return {};
  };
  const copy = ({ srcPath, destPath }: { readonly srcPath: string; readonly destPath: string }): object => {
    files.copy(requireText('srcPath', srcPath), requireText('destPath', destPath));
    return {};
  };
  const remove = ({ filePath }: { readonly filePath: string }): object => {
    files.remove(requireText('filePath', filePath));
    return {};
  };
  const access = ({ path }: { readonly path: string }): object => {
    files.stat(requireText('path', path));
    return {};
  };
  const makeFolder = ({ dirPath, recursive }: { readonly dirPath: string; readonly recursive?: boolean }): object => {
    files.makeFolder(requireText('dirPath', dirPath), recursive === true);
    return {};
  };
  const stat = ({ path }: { readonly path: string }): { stats: Stats } => ({
    stats: toStats(files.stat(requireText('path', path))),
  });
  const digest = ({ filePath, digestAlgorithm = 'md5' }: DigestOption): { size: number; digest: string } => {
    const bytes = files.read(requireText('filePath', filePath));
    return { size: bytes.byteLength, digest: createHash(digestAlgorithm).update(bytes).digest('hex') };
  };

  return {
    readFile: fileApi('readFile', read),
    writeFile: fileApi('writeFile', write),
    appendFile: fileApi('appendFile', append),
    copyFile: fileApi('copyFile', copy),
    unlink: fileApi('unlink', remove),
    access: fileApi('access', access),
    mkdir: fileApi('mkdir', makeFolder),
    stat: fileApi('stat', stat),
    getFileInfo: fileApi('getFileInfo', digest),
    readFileSync: (filePath: string, encoding?: FileEncoding, position?: number, length?: number) =>
      atOnce('readFileSync', () => read(given({ filePath, encoding, position, length })).data),
    writeFileSync: (filePath: string, data: string | ArrayBuffer, encoding?: FileEncoding): void =>
      void atOnce('writeFileSync', () => write(given({ filePath, data, encoding }))),
    appendFileSync: (filePath: string, data: string | ArrayBuffer, encoding?: FileEncoding): void =>
      void atOnce('appendFileSync', () => append(given({ filePath, data, encoding }))),
    copyFileSync: (srcPath: string, destPath: string): void =>
      void atOnce('copyFileSync', () => copy({ srcPath, destPath })),
    unlinkSync: (filePath: string): void => void atOnce('unlinkSync', () => remove({ filePath })),
    accessSync: (path: string): void => void atOnce('accessSync', () => access({ path })),
    mkdirSync: (dirPath: string, recursive = false): void =>
      void atOnce('mkdirSync', () => makeFolder({ dirPath, recursive })),
    statSync: (path: string): Stats => atOnce('statSync', () => stat({ path }).stats),
  };
}

/** Leaves out what was not given, which is not the same as `undefined` to types. */
function given<Option extends object>(option: Option): { [Name in keyof Option]: Exclude<Option[Name], undefined> } {
  const entries = Object.entries(option).filter(([, value]) => value !== undefined);
  // Only optional properties are left out.
  return Object.fromEntries(entries) as { [Name in keyof Option]: Exclude<Option[Name], undefined> };
}

const toNode = (encoding: FileEncoding): BufferEncoding => encoding;

function toBytes(data: string | ArrayBuffer, encoding: FileEncoding = 'utf8'): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (typeof data !== 'string') {
    throw new PlatformFault('parameter error: parameter.data should be String or ArrayBuffer;', { errno: 1001 });
  }
  if (encoding === 'base64' && !BASE64.test(data)) {
    throw new PlatformFault('base64 encode error', { errCode: 1300203, errno: 1300203 });
  }
  return Buffer.from(data, toNode(encoding));
}

function toStats({ isFolder, size, changedAt }: ReturnType<Files['stat']>): Stats {
  const seconds = Math.floor(changedAt / 1000);
  return {
    size,
    mode: isFolder ? 0o40755 : 0o100644,
    lastAccessedTime: seconds,
    lastModifiedTime: seconds,
    isFile: () => !isFolder,
    isDirectory: () => isFolder,
  };
}
