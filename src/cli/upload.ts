import { basename } from 'node:path';
import { type Bed, BedError, type NodeSource, type Uploaded, type UploadProgress } from '../client/node/index.ts';
import { createLimit } from '../concurrency/limit.ts';
import { isRecord } from '../naming/record.ts';
import type { UploadOptions } from './command-line.ts';
import { STDIN } from './files.ts';
import { formatLink } from './printed-link.ts';
import { createProgress, follow, type Progress, SILENT } from './progress.ts';
import { EXIT, type Language, type Terminal } from './terminal.ts';

const DEFAULT_FOLDER = 'cli';

/** With the link of an image that is on the bed although its album refused it. */
type Failure = { readonly error: { readonly code: string; readonly message: string }; readonly url?: string };
/** An image that is on the bed now; `skipped`: it was there before. */
type Present = Pick<Uploaded, 'url' | 'objectName' | 'size'> & { readonly skipped: boolean };
type Result = { readonly file: string; readonly fileName: string } & (Present | Failure);

/** Uploads files and prints their links in the order of the files. @returns the exit code */
export async function upload(
  terminal: Terminal,
  bed: Bed<NodeSource>,
  options: UploadOptions,
  language: Language,
): Promise<number> {
  const { files, json, format } = options;
  const writeProgress = (text: string) => terminal.printError(text);
  const progress = terminal.isWatched ? createProgress(files.length, writeProgress, terminal.now) : SILENT;
  const results: Result[] = [];
  const folder = options.folder ?? (await findFolder(bed));
  for (const pending of startUploads(terminal, bed, { ...options, folder }, { progress, language })) {
    const result = await pending;
    results.push(result);
    if ('error' in result) {
      progress.clear();
      const { file, error, url } = result;
      terminal.printError(`${[`${file}: ${error.message} (${error.code})`, url].filter(Boolean).join(' ')}\n`);
    } else if (!json) {
      progress.clear();
      terminal.print(`${formatLink(format, result.url, result.fileName)}\n`);
    }
  }
  progress.clear();
  if (json) terminal.print(`${JSON.stringify(results.map(({ fileName, ...result }) => result))}\n`);
  return results.some((result) => 'error' in result) ? EXIT.failed : EXIT.done;
}

/** A token that is narrowed to a folder uploads there. */
const findFolder = async (bed: Bed<NodeSource>): Promise<string> =>
  (await bed.auth.whoami()).token?.prefix ?? DEFAULT_FOLDER;

interface Run {
  readonly progress: Progress;
  readonly language: Language;
}

/** Starts all of them, so many at once. A refused token, which would be refused each time, ends them all. */
function startUploads(
  { stdin }: Terminal,
  bed: Bed<NodeSource>,
  { files, concurrency, bucketName, folder, album, nameTemplate }: UploadOptions,
  { progress, language }: Run,
): readonly Promise<Result>[] {
  const enter = createLimit({ concurrent: concurrency });
  const stop = new AbortController();
  const how = {
    ...{ bucketName, folder, album, nameTemplate, signal: stop.signal },
    // Few files go in several parts at once, and all that is under way stays within what was asked for.
    concurrency: Math.max(1, Math.floor(concurrency / files.length)),
  };

  const uploadOne = async (file: string): Promise<Result> => {
    const [source, fileName] = file === STDIN ? [stdin, 'stdin'] : [file, basename(file)];
    const tell = follow(progress);
    const onProgress = ({ phase, bytes }: UploadProgress): void => (phase === 'sending' ? tell(bytes) : undefined);
    const { url, objectName, size, existed } = await bed.upload(source, { ...how, fileName, onProgress });
    tell(size);
    return { file, fileName, url, objectName, size, skipped: existed };
  };

  return files.map((file) => {
    const pending = enter(async () => {
      stop.signal.throwIfAborted();
      try {
        return await uploadOne(file);
      } catch (error) {
        if (isRefusedToken(error)) stop.abort(error);
        stop.signal.throwIfAborted();
        return { file, fileName: file, ...findUploaded(error), error: toFailure(error, language) };
      } finally {
        progress.addFile();
      }
    });
    // Whoever waits for an earlier one hears of it there.
    pending.catch(() => {});
    return pending;
  });
}

/** Where the image is that an album refused. */
function findUploaded(error: unknown): Pick<Failure, 'url'> {
  const uploaded = error instanceof BedError ? error.details['uploaded'] : undefined;
  return isRecord(uploaded) && typeof uploaded['url'] === 'string' ? { url: uploaded['url'] } : {};
}

/** Tells whether the bed does not know the token. */
export const isRefusedToken = (error: unknown): error is BedError =>
  error instanceof BedError && error.code === 'InvalidToken';

const SYSTEM_TEXTS: ReadonlyMap<string, Readonly<Record<Language, string>>> = new Map([
  ['ENOENT', { zh: '没有这个文件', en: 'There is no such file' }],
  ['EISDIR', { zh: '这是目录，不是文件', en: 'This is a folder, not a file' }],
  ['EACCES', { zh: '没有读取权限', en: 'The file may not be read' }],
]);

/** What to say about something that went wrong. */
export function toFailure(error: unknown, language: Language): Failure['error'] {
  if (error instanceof BedError) return { code: error.code, message: error.message };
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'Error';
  const message = SYSTEM_TEXTS.get(code)?.[language] ?? (error instanceof Error ? error.message : String(error));
  return { code, message };
}
