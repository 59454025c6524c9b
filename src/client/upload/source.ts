import { HEAD_BYTES, type ImageFacts, toImageType } from './image-name.ts';

/** What is to be uploaded: a `File` or a `Blob` of any platform, or anything that is read as one. */
export interface UploadSource {
  readonly name?: string;
  readonly size: number;
  slice(start: number, end: number): Blob | Promise<Blob>;
}

/** A source that has been read once. */
export interface KnownSource extends ImageFacts {
  readonly size: number;
  slice(start: number, end: number): Blob | Promise<Blob>;
}

/** A SHA-256 that is fed piece by piece. */
export interface Hash {
  update(chunk: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** Begins a SHA-256. */
export type CreateHash = () => Hash | Promise<Hash>;

/** Small enough that a page stays at hand between two of them. */
const CHUNK_BYTES = 1_048_576;

/** Reads a source once, a megabyte at a time, for its hash and its kind. @throws the signal's reason */
export async function examine(
  source: UploadSource,
  createHash: CreateHash,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal: AbortSignal | undefined },
): Promise<KnownSource> {
  const hash = await createHash();
  let head: Uint8Array | undefined;
  for (let start = 0; start < source.size; start += CHUNK_BYTES) {
    signal?.throwIfAborted();
    const end = Math.min(start + CHUNK_BYTES, source.size);
    const chunk = new Uint8Array(await (await source.slice(start, end)).arrayBuffer());
    head ??= chunk.slice(0, HEAD_BYTES);
    hash.update(chunk);
    onBytes(end);
  }
  return {
    fileName: source.name ?? 'image',
    size: source.size,
    sha256: Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    kind: head && toImageType(head),
    slice: (start, end) => source.slice(start, end),
  };
}
