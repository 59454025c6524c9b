import { fileNameOf } from '../../naming/key.ts';
import { BedError } from '../bed-error.ts';
import { HEAD_BYTES, toImageType } from '../upload/image-name.ts';
import type { KnownSource } from '../upload/source.ts';
import { promised, type WxFileSystem, type WxPlatform } from './platform.ts';

/** A piece of a file on the phone; it is read when it is sent. */
export interface FileSlice {
  readonly filePath: string;
  readonly start: number;
  readonly end: number;
}

// There is no `Blob` in a mini-program: what the client cuts and hands on, and never looks into, is a piece of a file.
const toBlob = (slice: FileSlice): Blob => slice as unknown as Blob;
/** The piece of a file that the client was handed as a `Blob`. */
export const toSlice = (blob: Blob): FileSlice => blob as unknown as FileSlice;

/** Files on the phone. Everything throws a `BedError` of `FileUnreadable`. */
export interface LocalFiles {
  /** Finds out size, hash and kind; the phone itself does the hashing. */
  examine(filePath: string, name: string | undefined): Promise<KnownSource>;
  readBytes(slice: FileSlice): Promise<ArrayBuffer>;
  readBase64(filePath: string): Promise<string>;
}

/** Opens the files of the phone. */
export function createLocalFiles(wx: WxPlatform): LocalFiles {
  const files = wx.getFileSystemManager();

  const told = <Result>(call: Parameters<typeof promised<Result>>[0]): Promise<Result> =>
    promised(call).catch((cause) => {
      throw new BedError('FileUnreadable', String(cause), { cause });
    });
  const info = (filePath: string, digestAlgorithm: 'sha1' | 'sha256') =>
    told<{ readonly size: number; readonly digest?: string }>((callbacks) =>
      files.getFileInfo({ filePath, digestAlgorithm, ...callbacks }),
    );
  const read = async (option: Parameters<WxFileSystem['readFile']>[0]): Promise<string | ArrayBuffer> =>
    (await told<{ readonly data: string | ArrayBuffer }>((callbacks) => files.readFile({ ...option, ...callbacks })))
      .data;
  const readBytes: LocalFiles['readBytes'] = async ({ filePath, start, end }) => {
    const length = end - start;
    // Bytes, as no encoding is said.
    const bytes = (await read({ filePath, position: start, length })) as ArrayBuffer;
    // Before base library 2.10.0 the whole file comes.
    return bytes.byteLength > length ? bytes.slice(start, end) : bytes;
  };

  return {
    readBytes,
    // Text, as an encoding is said.
    readBase64: (filePath) => read({ filePath, encoding: 'base64' }) as Promise<string>,
    examine: async (filePath, name = fileNameOf(filePath)) => {
      // A phone that has no SHA-256 has a shorter hash: the same bytes have the same name on each.
      const { size, digest = '' } = await info(filePath, 'sha256').catch(() => info(filePath, 'sha1'));
      const head = await readBytes({ filePath, start: 0, end: Math.min(size, HEAD_BYTES) });
      return {
        fileName: name,
        size,
        sha256: digest,
        kind: toImageType(new Uint8Array(head)),
        slice: (start, end) => toBlob({ filePath, start, end }),
      };
    },
  };
}
