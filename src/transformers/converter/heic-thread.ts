// https://github.com/strukturag/libheif/blob/master/libheif/api/libheif/heif.h and https://nodejs.org/api/worker_threads.html
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { MainModule } from 'libheif-js/libheif-wasm/libheif.js';
import type { PictureLimits } from './raster.ts';

/** The package that decodes; whoever wants HEIC installs it. */
export const HEIC_PACKAGE = 'libheif-js';
const MODULE = `${HEIC_PACKAGE}/wasm-bundle`;

/** A picture as its colours are coded, turned and cut as it says. */
export interface DecodedHeic {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
  /** An ICC profile, or by their number the primaries of its colours. @see https://www.itu.int/rec/T-REC-H.273 (8.1) */
  readonly profile: Uint8Array | undefined;
  readonly primaries: number | undefined;
  /** What is beside the picture: EXIF as TIFF, and whether there is more. */
  readonly exif: Uint8Array | undefined;
  readonly hasXmp: boolean;
  readonly hasThumbnail: boolean;
}

/** Why there is no picture: it is too large, as far as that is known, or cannot be decoded. */
interface Undecodable {
  readonly failure: 'size' | 'picture';
  readonly width?: number;
  readonly height?: number;
  readonly code?: number;
}

/** Tells whether the decoder is installed, and does not load it. */
export function hasHeic(): boolean {
  try {
    createRequire(import.meta.url).resolve(MODULE);
    return true;
  } catch {
    return false;
  }
}

interface ThreadOptions extends PictureLimits {
  readonly milliseconds: number;
  readonly tooSlow: () => Error;
}

/**
 * Decodes the primary image in a thread of its own, which ends with it: the decoder does not let others have their turn, and
 * can be stopped no other way.
 */
export async function decodeInThread(
  bytes: Uint8Array,
  { maxPixels, maxSide, milliseconds, tooSlow }: ThreadOptions,
): Promise<DecodedHeic | Undecodable> {
  const worker = new Worker(`(${decodeHeic})()`, {
    eval: true,
    workerData: { bytes, maxPixels, maxSide, anchor: import.meta.url, module: MODULE },
    // What is in the environment is none of its business, and what it writes none of ours.
    ...{ env: {}, execArgv: [], stdout: true, stderr: true },
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<DecodedHeic | Undecodable>((resolve, reject) => {
      timer = setTimeout(() => reject(tooSlow()), milliseconds);
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the decoder ended without an answer')));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** What the thread runs. It goes there as text, because every build makes other files of it, and so names nothing from outside. */
function decodeHeic(): void {
  const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
  const { bytes, maxPixels, maxSide, anchor, module } = workerData;
  const heif: MainModule = process.getBuiltinModule('node:module').createRequire(anchor)(module);
  const [RGB, RGB_CHROMA, RGBA_CHROMA, INTERLEAVED] = [1, 10, 11, 10];
  const SECURITY_LIMIT = 1000;

  // A failure is three numbers, which are written where the first argument says.
  const [failed, out] = [heif._malloc(16), heif._malloc(16)];
  const read = (at: number): number => heif.HEAPU32[at >>> 2];
  const isWell = (): boolean => read(failed) === 0;
  const fail = (): Undecodable => ({
    failure: read(failed + 4) === SECURITY_LIMIT ? 'size' : 'picture',
    code: read(failed),
  });
  const copy = (at: number, length: number): Uint8Array => heif.HEAPU8.slice(at, at + length);

  const readProfile = (handle: number) => {
    const size = heif._heif_image_handle_get_raw_color_profile_size(handle);
    if (size > 0) {
      const at = heif._malloc(size);
      heif._heif_image_handle_get_raw_color_profile(failed, handle, at);
      return { profile: copy(at, size), primaries: undefined };
    }
    heif._heif_image_handle_get_nclx_color_profile(failed, handle, out);
    return { profile: undefined, primaries: isWell() ? read(read(out) + 4) : undefined };
  };

  const readMetadata = (handle: number) => {
    let exif: Uint8Array | undefined;
    const count = Math.min(64, heif._heif_image_handle_get_number_of_metadata_blocks(handle, 0));
    const ids = heif._malloc(count * 4 + 4);
    const found = heif._heif_image_handle_get_list_of_metadata_block_IDs(handle, 0, ids, count);
    let hasXmp = false;
    for (let index = 0; index < found; index += 1) {
      const id = read(ids + index * 4);
      const isExif = heif.HEAPU8[heif._heif_image_handle_get_metadata_type(handle, id)] === 0x45;
      hasXmp ||= !isExif;
      const size = heif._heif_image_handle_get_metadata_size(handle, id);
      if (!isExif || size < 5) continue;
      const at = heif._malloc(size);
      heif._heif_image_handle_get_metadata(failed, handle, id, at);
      const block = copy(at, size);
      // Four bytes say how far away the TIFF begins.
      const skip = new DataView(block.buffer).getUint32(0);
      if (isWell() && skip < size) exif = block.slice(4 + skip);
    }
    return { exif, hasXmp, hasThumbnail: heif._heif_image_handle_get_number_of_thumbnails(handle) > 0 };
  };

  /** Opens the primary image, whatever else there is; nothing where it cannot be opened. */
  const open = (): number => {
    const context = heif._heif_context_alloc();
    const limits = heif._heif_context_get_security_limits(context);
    // Of what its parts say too, which may be more than the image says of itself.
    new DataView(heif.HEAPU8.buffer).setBigUint64(limits + 8, BigInt(maxPixels), true);
    const source = heif._malloc(bytes.length);
    heif.HEAPU8.set(bytes, source);
    heif._heif_context_read_from_memory_without_copy(failed, context, source, bytes.length, 0);
    if (isWell()) heif._heif_context_get_primary_image_handle(failed, context, out);
    return isWell() ? read(out) : 0;
  };

  const decode = (): DecodedHeic | Undecodable => {
    const handle = open();
    if (handle === 0) return fail();
    const [width, height] = [heif._heif_image_handle_get_width(handle), heif._heif_image_handle_get_height(handle)];
    if (width > maxSide || height > maxSide || width * height > maxPixels) return { failure: 'size', width, height };
    const channels = heif._heif_image_handle_has_alpha_channel(handle) === 0 ? 3 : 4;
    const beside = { ...readProfile(handle), ...readMetadata(handle) };
    heif._heif_decode_image(failed, handle, out, RGB, channels === 3 ? RGB_CHROMA : RGBA_CHROMA, 0);
    return isWell() ? { ...takePixels(read(out), channels), channels, ...beside } : fail();
  };

  const takePixels = (image: number, channels: 3 | 4) => {
    const plane = heif._heif_image_get_plane_readonly(image, INTERLEAVED, out);
    const stride = read(out);
    const [width, height] = [
      heif._heif_image_get_width(image, INTERLEAVED),
      heif._heif_image_get_height(image, INTERLEAVED),
    ];
    const data = new Uint8Array(width * height * channels);
    for (let y = 0; y < height; y += 1) {
      const row = plane + y * stride;
      data.set(heif.HEAPU8.subarray(row, row + width * channels), y * width * channels);
    }
    return { width, height, data };
  };

  const made = decode();
  parentPort?.postMessage(made, 'data' in made && made.data.buffer instanceof ArrayBuffer ? [made.data.buffer] : []);
}
