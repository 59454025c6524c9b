import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, extname } from 'node:path';

/** Up to here an image is held in memory and sent as one form; a function's event takes no more than 6 MB. */
export const MAX_FORM_BYTES = 4 * 1024 * 1024;

/** The argument that means standard input. */
export const STDIN = '-';

/** An image that is to be uploaded. */
export interface ImageSource {
  readonly fileName: string;
  readonly size: number;
  /** Hex, of the bytes as they are. */
  readonly sha256: string;
  /** What the first bytes say; `undefined` when they are of no image that a bed takes. */
  readonly kind: ImageKind | undefined;
  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** A type of image that a bed takes. */
export interface ImageKind {
  readonly contentType: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp' | 'image/avif';
  readonly extension: string;
}

const HEAD_BYTES = 12;
const KINDS: readonly (ImageKind & { readonly isHead: (head: string) => boolean })[] = [
  { contentType: 'image/png', extension: 'png', isHead: (head) => head.startsWith('\x89PNG') },
  { contentType: 'image/jpeg', extension: 'jpg', isHead: (head) => head.startsWith('\xff\xd8\xff') },
  { contentType: 'image/gif', extension: 'gif', isHead: (head) => head.startsWith('GIF8') },
  { contentType: 'image/webp', extension: 'webp', isHead: (head) => /^RIFF.{4}WEBP/s.test(head) },
  { contentType: 'image/avif', extension: 'avif', isHead: (head) => /^.{4}ftyp(avi[fs]|mif1|miaf)/s.test(head) },
];

const toKind = (bytes: Uint8Array): ImageKind | undefined => {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  return KINDS.find(({ isHead }) => isHead(head));
};

/** Opens a file, or standard input for `-`, and reads it once for its hash. */
export async function openImage(file: string, stdin: AsyncIterable<Uint8Array>): Promise<ImageSource> {
  if (file === STDIN) return holdImage('stdin', await readAll(stdin));
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const opened = size <= MAX_FORM_BYTES ? holdImage(basename(file), await handle.readFile()) : undefined;
    if (opened === undefined) return await streamImage(basename(file), handle, size);
    await handle.close();
    return opened;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function holdImage(fileName: string, bytes: Uint8Array): ImageSource {
  const held = new Uint8Array(bytes);
  return {
    fileName,
    size: held.byteLength,
    sha256: createHash('sha256').update(held).digest('hex'),
    kind: toKind(held),
    read: async (start, length) => held.subarray(start, start + length),
    close: async () => {},
  };
}

async function streamImage(fileName: string, handle: FileHandle, size: number): Promise<ImageSource> {
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
  const read = async (start: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(Math.min(length, Math.max(0, size - start)));
    let filled = 0;
    while (filled < bytes.byteLength) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.byteLength - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  };
  const kind = toKind(await read(0, HEAD_BYTES));
  return { fileName, size, sha256: hash.digest('hex'), kind, read, close: () => handle.close() };
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Names an image by a template of `{hash}`, `{name}` and `{ext}` in a folder. The same bytes under the same file name
 * always get the same name, on any day, which is what makes a run that is repeated skip what is there.
 */
export function nameImage({ fileName, sha256, kind }: ImageSource, folder: string, template: string): string {
  const extension = kind?.extension ?? (extname(fileName).slice(1).toLowerCase() || 'bin');
  const values = new Map([
    ['hash', sha256.slice(0, 32)],
    ['name', toKeyPart(basename(fileName, extname(fileName)))],
    ['ext', toKeyPart(extension)],
  ]);
  const name = template.replace(/\{(\w+)\}/g, (whole, part: string) => values.get(part) ?? whole);
  return [folder.replace(/^\/+|\/+$/g, ''), name].filter((part) => part !== '').join('/');
}

/** What no key may hold is left out. */
const toKeyPart = (text: string): string =>
  text
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\\/\p{Cc}\u202a-\u202e\u2066-\u2069\ufffd]/gu, '')
    .replace(/%(?=[0-9a-f]{2})/gi, '-')
    .slice(0, 100)
    .toWellFormed()
    .replace(/\ufffd/g, '');
