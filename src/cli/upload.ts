import { type BedClient, BedError } from '../client/node/index.ts';
import { createLimit } from '../concurrency/limit.ts';
import type { UploadOptions } from './command-line.ts';
import { nameImage, openImage } from './image-source.ts';
import { formatLink } from './printed-link.ts';
import { createProgress, type Progress, SILENT } from './progress.ts';
import { EXIT, type Language, type Terminal } from './terminal.ts';
import { type Transferred, transfer } from './transfer.ts';

type Failure = { readonly error: { readonly code: string; readonly message: string } };
type Result = { readonly file: string; readonly fileName: string } & (Transferred | Failure);

/** Uploads files and prints their links in the order of the files. @returns the exit code */
export async function upload(
  terminal: Terminal,
  bed: BedClient,
  options: UploadOptions,
  language: Language,
): Promise<number> {
  const { files, json, format } = options;
  const writeProgress = (text: string) => terminal.printError(text);
  const progress = terminal.isWatched ? createProgress(files.length, writeProgress, terminal.now) : SILENT;
  const results: Result[] = [];
  for (const pending of startUploads(terminal, bed, options, { progress, language })) {
    const result = await pending;
    results.push(result);
    if ('error' in result) {
      progress.clear();
      terminal.printError(`${result.file}: ${result.error.message} (${result.error.code})\n`);
    } else if (!json) {
      progress.clear();
      terminal.print(`${formatLink(format, result.url, result.fileName)}\n`);
    }
  }
  progress.clear();
  if (json) terminal.print(`${JSON.stringify(results.map(({ fileName, ...result }) => result))}\n`);
  return results.some((result) => 'error' in result) ? EXIT.failed : EXIT.done;
}

interface Run {
  readonly progress: Progress;
  readonly language: Language;
}

/** Starts all of them, so many at once. A refused token, which would be refused each time, ends them all. */
function startUploads(
  { stdin }: Terminal,
  bed: BedClient,
  { files, bucketName, folder, nameTemplate, concurrency }: UploadOptions,
  { progress, language }: Run,
): readonly Promise<Result>[] {
  const enter = createLimit({ concurrent: concurrency });
  const stop = new AbortController();
  const underWay = new Map<string, Promise<Transferred>>();

  const uploadOne = async (file: string): Promise<Result> => {
    const source = await openImage(file, stdin);
    try {
      const { fileName } = source;
      const objectName = nameImage(source, folder, nameTemplate);
      const same = underWay.get(objectName);
      const sent = same ?? transfer(bed, source, { bucketName, objectName }, progress.addBytes);
      underWay.set(objectName, sent);
      const transferred = await sent;
      return { file, fileName, ...transferred, ...(same !== undefined && { skipped: true }) };
    } finally {
      await source.close();
    }
  };

  return files.map((file) => {
    const pending = enter(async () => {
      stop.signal.throwIfAborted();
      try {
        return await uploadOne(file);
      } catch (error) {
        if (isRefusedToken(error)) stop.abort(error);
        stop.signal.throwIfAborted();
        return { file, fileName: file, error: toFailure(error, language) };
      } finally {
        progress.addFile();
      }
    });
    // Whoever waits for an earlier one hears of it there.
    pending.catch(() => {});
    return pending;
  });
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
