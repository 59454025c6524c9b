import type { Sharp } from 'sharp';
import { AppError } from '../../errors.ts';
import type { Converted, LeftBehind } from '../../ports/image-converter.ts';
import { loadSharp, type OpenSharp } from '../load-sharp.ts';
import { type DecodedHeic, decodeInThread } from './heic-thread.ts';
import { listMetadata } from './metadata.ts';
import { withJpegProfile, withPngProfile } from './profile.ts';
import { invalid, type PictureLimits, requireSize, truncated } from './raster.ts';

/** What a photo loses by it is seen by nobody. */
const JPEG = { quality: 92, chromaSubsampling: '4:4:4' } as const;
/** SMPTE EG 432-1. */
const DISPLAY_P3 = 12;
const MAX_PROFILE_BYTES = 4 * 1024 * 1024;

interface HeicOptions {
  readonly limits: PictureLimits;
  /** For decoding and again for encoding. */
  readonly seconds: number;
  readonly tooSlow: () => AppError;
}

/** Makes a JPEG of a photo, with its own colours, and a PNG of what has alpha. @throws {AppError} InvalidImage, EntityTooLarge, ServiceUnavailable */
export async function convertHeic(bytes: Buffer, { limits, seconds, tooSlow }: HeicOptions): Promise<Converted> {
  const decoded = await decodeInThread(bytes, { ...limits, milliseconds: seconds * 1000, tooSlow });
  if ('failure' in decoded) {
    const { failure, width = 0, height = 0, code } = decoded;
    if (width > 0) requireSize({ width, height }, limits);
    if (failure === 'size') throw tooLarge(limits);
    throw truncated(new Error(`libheif: ${code}`));
  }
  const { width, height, channels, data } = decoded;
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).timeout({ seconds });
  const profile = await profileOf(decoded, sharp);
  const leftBehind = [...leftBy(decoded)];
  return channels === 4
    ? { contentType: 'image/png', bytes: await encode(image.png(), profile, withPngProfile), leftBehind }
    : { contentType: 'image/jpeg', bytes: await encode(image.jpeg(JPEG), profile, withJpegProfile), leftBehind };
}

async function encode(
  image: Sharp,
  profile: Uint8Array | undefined,
  withProfile: (bytes: Buffer, profile: Uint8Array) => Buffer,
): Promise<Buffer> {
  const bytes = await image.toBuffer();
  return profile === undefined ? bytes : withProfile(bytes, profile);
}

/** The profile that it brings; one of its own for what says by a number that its colours are those of Display P3. */
async function profileOf({ profile, primaries }: DecodedHeic, sharp: OpenSharp): Promise<Uint8Array | undefined> {
  if (profile === undefined) return primaries === DISPLAY_P3 ? makeDisplayP3(sharp) : undefined;
  if (profile.length > MAX_PROFILE_BYTES) {
    throw invalid({ zh: 'HEIC 内嵌的颜色配置文件过大', en: 'The colour profile in the HEIC is too large' });
  }
  // One of greys would not fit, and is as good as none.
  return Buffer.from(profile.buffer, profile.byteOffset, profile.length).toString('latin1', 16, 20) === 'RGB '
    ? profile
    : undefined;
}

async function makeDisplayP3(sharp: OpenSharp): Promise<Uint8Array | undefined> {
  const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: 'black' } });
  const { icc } = await sharp(await dot.withIccProfile('p3').png().toBuffer()).metadata();
  return icc;
}

function leftBy({ exif, hasXmp, hasThumbnail }: DecodedHeic): ReadonlySet<LeftBehind> {
  const left = new Set(exif === undefined ? [] : listMetadata(Buffer.from(exif), 'thumbnail'));
  if (hasXmp) left.add('xmp');
  if (hasThumbnail) left.add('thumbnail');
  return left;
}

const tooLarge = ({ maxPixels }: PictureLimits): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `HEIC 超过可转换的上限 ${maxPixels} 像素：请缩小，或自行另存为 PNG 或 JPEG 再上传`,
      en: `The HEIC has more than the ${maxPixels} pixels that are converted: make it smaller, or save it as PNG or JPEG yourself`,
    },
    { details: { maxPixels } },
  );
