import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { cutToBytes, toKeyPart } from '../naming/key.ts';
import { IMAGE_TYPES, type ImageType } from '../naming/media-type.ts';
import { fillNameTemplate, type Placeholder, shortHash } from '../naming/name-template.ts';

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
  readonly kind: ImageType | undefined;
  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

const HEAD_BYTES = 12;
/** How the files begin; the bed looks closer. */
const IS_HEAD: Readonly<Record<ImageType['format'], (head: string) => boolean>> = {
  png: (head) => head.startsWith('\x89PNG'),
  jpeg: (head) => head.startsWith('\xff\xd8\xff'),
  gif: (head) => head.startsWith('GIF8'),
  webp: (head) => /^RIFF.{4}WEBP/s.test(head),
  avif: (head) => /^.{4}ftyp(avi[fs]|mif1|miaf)/s.test(head),
  svg: (head) => /^(\xef\xbb\xbf)?\s*<(svg|\?xml|!DOCTYPE s|!--)/.test(head),
};

const toKind = (bytes: Uint8Array): ImageType | undefined => {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  return IMAGE_TYPES.find(({ format }) => IS_HEAD[format](head));
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

/** What a template of the command line may draw on: what is the same for the same file on any day. */
export const KNOWN_PLACEHOLDERS = ['hash', 'name', 'ext'] as const satisfies readonly Placeholder[];

/** A hundred Chinese characters. */
const MAX_PART_BYTES = 300;

/**
 * Names an image by a template of `{hash}`, `{name}` and `{ext}` in a folder. The same bytes under the same file name
 * always get the same name, on any day, which is what makes a run that is repeated skip what is there.
 */
export function nameImage({ fileName, sha256, kind }: ImageSource, folder: string, template: string): string {
  const extension = kind?.extension ?? (extname(fileName).slice(1).toLowerCase() || 'bin');
  const name = fillNameTemplate(template, {
    hash: shortHash(sha256),
    name: toPart(basename(fileName, extname(fileName))),
    ext: toPart(extension),
  });
  return [folder.replace(/^\/+|\/+$/g, ''), name].filter((part) => part !== '').join('/');
}

const toPart = (text: string): string => cutToBytes(toKeyPart(text.replace(/[\\/]/g, '')), MAX_PART_BYTES);
