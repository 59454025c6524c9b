// https://developers.weixin.qq.com/miniprogram/dev/api/media/video/wx.chooseMedia.html
// https://developers.weixin.qq.com/miniprogram/dev/api/media/image/wx.compressImage.html
// https://developers.weixin.qq.com/miniprogram/dev/api/media/image/wx.getImageInfo.html
import { isOnItsSide } from '../images/exif.ts';
import { ImageError } from '../images/image-error.ts';
import { type ImageFacts, scrubImage } from '../images/scrub-image.ts';
import type { Files } from './files.ts';
import { isAtLeast, type LibraryVersion } from './library-version.ts';
import { PlatformFault, platformApi, requireText } from './platform-api.ts';

/** One thing in the album of the phone. */
export interface Shot {
  readonly bytes: Uint8Array;
  /** How the temporary file's name ends; `jpg` unless said. */
  readonly extension?: string;
  /** Makes it a video; seconds. */
  readonly durationSeconds?: number;
}

/** What `wx.chooseMedia` is given. */
export interface ChooseMediaOption {
  readonly count?: number;
  readonly mediaType?: readonly ('image' | 'video' | 'mix')[];
  readonly sourceType?: readonly ('album' | 'camera')[];
  readonly sizeType?: readonly string[];
  readonly maxDuration?: number;
  readonly camera?: 'back' | 'front';
}

/** One thing that was chosen. Unsure whether an image has the fields of videos, hence strict: it has none. */
export interface ChosenFile {
  readonly tempFilePath: string;
  readonly size: number;
  readonly fileType: 'image' | 'video';
  readonly duration?: number;
}

/** What `wx.compressImage` is given. */
export interface CompressImageOption {
  readonly src: string;
  /** 0–100, of JPEG alone; 80 unless said. */
  readonly quality?: number;
  readonly compressedWidth?: number;
  readonly compressedHeight?: number;
}

/** Compresses for `wx.compressImage`. */
export type Compressor = (
  image: Uint8Array,
  how: { readonly quality: number; readonly width?: number | undefined; readonly height?: number | undefined },
) => Uint8Array | Promise<Uint8Array>;

const ORIENTATIONS = ['up', 'up-mirrored', 'down', 'down-mirrored', 'left-mirrored', 'right', 'right-mirrored', 'left'];
const LIMITS = { maxPixels: 1e9, maxSide: 65_535, maxFrames: 1e5 };

interface MediaOptions {
  readonly files: Files;
  readonly libraryVersion: LibraryVersion;
  /** What the person in front of the phone picks; nothing is `cancel`. */
  readonly pick: (option: ChooseMediaOption) => readonly Shot[];
  readonly compress: Compressor | undefined;
  /** Fetches what is not on the phone, by the rules of `wx.downloadFile`. */
  readonly download: (url: string) => Promise<Uint8Array>;
  /** Calls that the privacy agreement does not declare. */
  readonly undeclared: ReadonlySet<string>;
}

/** Refuses what the privacy agreement (用户隐私保护指引) does not declare. Sure: text and errno 112, from the official article on it. */
export function requireDeclared(undeclared: ReadonlySet<string>, name: string): void {
  if (!undeclared.has(name)) return;
  throw new PlatformFault('api scope is not declared in the privacy agreement', { errno: 112 });
}

/**
 * Creates the calls that deal in pictures:
 *
 * - sure: `chooseMedia` gives 9 at most unless told otherwise, 20 at most (9 before base library 2.25.0), and fails with `cancel`;
 * - sure: `compressImage` writes a new temporary file and works on JPEG alone on iPhones. Without `compress` the new file has the same bytes;
 * - sure: `getImageInfo` gives width and height before turning, and wants a domain of `downloadFile` for an address; likely: a format
 *   beyond those of the typings is `unknown`.
 */
export function createMedia({ files, libraryVersion, pick, compress, download, undeclared }: MediaOptions) {
  const mostChosen = isAtLeast(libraryVersion, '2.25.0') ? 20 : 9;
  const chooseMedia = platformApi('chooseMedia', (option: ChooseMediaOption) => {
    requireDeclared(undeclared, 'chooseMedia');
    const { count = 9, mediaType = ['image', 'video'] } = option;
    const wants = (kind: 'image' | 'video'): boolean => mediaType.includes('mix') || mediaType.includes(kind);
    const shots = pick(option).filter((shot) => wants(shot.durationSeconds === undefined ? 'image' : 'video'));
    if (shots.length === 0) throw new PlatformFault('cancel');
    const tempFiles = shots.slice(0, Math.min(count, mostChosen)).map((shot) => toChosen(files, shot));
    const kinds = new Set(tempFiles.map(({ fileType }) => fileType));
    return { tempFiles, type: kinds.size > 1 ? 'mix' : (tempFiles[0]?.fileType ?? 'image') };
  });
  const compressImage = platformApi('compressImage', async (option: CompressImageOption) => {
    const { quality = 80, compressedWidth: width, compressedHeight: height } = option;
    const src = requireText('src', option.src);
    const bytes = files.read(src);
    const { format } = await measure(bytes);
    const smaller = compress === undefined ? bytes : await compress(bytes, { quality, width, height });
    return { tempFilePath: files.addTemporary(smaller, format === 'jpeg' ? 'jpg' : format) };
  });
  const getImageInfo = platformApi('getImageInfo', async (option: { readonly src: string }) => {
    const src = requireText('src', option.src);
    const isAddress = /^https?:/.test(src);
    const bytes = isAddress ? await download(src) : files.read(src);
    const { format, width, height, orientation } = await measure(bytes);
    const path = isAddress ? files.addTemporary(bytes, format) : src;
    return { width, height, path, orientation, type: ['jpeg', 'png', 'gif'].includes(format) ? format : 'unknown' };
  });
  return { compressImage, getImageInfo, ...(isAtLeast(libraryVersion, '2.10.0') && { chooseMedia }) };
}

function toChosen(files: Files, { bytes, extension = 'jpg', durationSeconds }: Shot): ChosenFile {
  const tempFilePath = files.addTemporary(bytes, extension);
  const shared = { tempFilePath, size: bytes.byteLength };
  return durationSeconds === undefined
    ? { ...shared, fileType: 'image' }
    : { ...shared, fileType: 'video', duration: durationSeconds };
}

/** @throws {PlatformFault} what no phone could decode */
async function measure(bytes: Uint8Array): Promise<Omit<ImageFacts, 'orientation'> & { readonly orientation: string }> {
  try {
    const { orientation, ...facts } = await scrubImage(inOnePiece(bytes), () => undefined, LIMITS);
    // The platform says the size that the bytes draw, before they are turned.
    const { width, height } = isOnItsSide(orientation) ? { width: facts.height, height: facts.width } : facts;
    const told = facts.format === 'jpeg' ? ORIENTATIONS[orientation - 1] : undefined;
    return { ...facts, width, height, orientation: told ?? 'up' };
  } catch (error) {
    if (error instanceof ImageError) throw new PlatformFault('decode image fail');
    throw error;
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
