// https://cloud.tencent.com/document/product/436/44880
import { encodeUriPart } from '../../naming/uri.ts';
import type { RedirectSource, Transformation, VariantFormat, VariantRedirects } from '../../ports/image-transformer.ts';
import { type Geometry, type Size, toGeometry } from '../geometry.ts';
import { signCosRequest } from './signature.ts';

/** Where the pictures are, and as whom they are read. */
export interface CosOptions {
  /** COS itself in that region unless given; each bucket has a host of its own below it. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Comes with temporary keys. */
  readonly sessionToken?: string | undefined;
  readonly now: () => Date;
}

/** What it takes. @see https://cloud.tencent.com/document/product/436/44880 */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_PIXELS = 250e6;
const MAX_SIDE = 9999;
/** Of a Gaussian blur: pixels that are looked at, whatever its sigma. */
const MAX_BLUR_RADIUS = 50;

/** Addresses stay the same so long, that browsers need not load a picture anew; and hold for one to two of it. */
const HOLDS_SECONDS = 60 * 60;

/** Creates addresses at which COS makes variants by itself, signed for one picture and one variant of it. */
export function createCosRedirects(options: CosOptions): VariantRedirects {
  const { protocol, host: endpointHost } = new URL(options.endpoint ?? `https://cos.${options.region}.myqcloud.com`);
  return {
    holdsSeconds: HOLDS_SECONDS,
    toUrl: (source, to) => {
      const operations = toOperations(source, to);
      if (operations === undefined) return undefined;
      const host = `${source.bucketName}.${endpointHost}`;
      const from = Math.floor(options.now().getTime() / 1000 / HOLDS_SECONDS) * HOLDS_SECONDS;
      const signature = signCosRequest(options, {
        method: 'get',
        path: `/${source.objectName}`,
        parameters: { [operations]: '' },
        headers: { host },
        from,
        until: from + 2 * HOLDS_SECONDS,
      });
      const token = options.sessionToken === undefined ? {} : { 'x-cos-security-token': options.sessionToken };
      const query = Object.entries({ ...signature, ...token }).map(
        ([name, value]) => `${name}=${encodeUriPart(value)}`,
      );
      const path = source.objectName.split('/').map(encodeUriPart).join('/');
      return `${protocol}//${host}/${path}?${[...query, encodeUriPart(operations)].join('&')}`;
    },
  };
}

/** Writes a transformation in the words of COS; `undefined` for what it cannot do, or not so that the result is the same. */
export function toOperations(source: RedirectSource, to: Transformation): string | undefined {
  const { width, height, size } = source;
  if (width === undefined || height === undefined || size > MAX_BYTES || width * height > MAX_PIXELS) return undefined;
  const geometry = toGeometry({ width, height }, to);
  const still = toStill(source.contentType, to);
  const ground = to.background === undefined || to.fit === 'contain';
  const wanted = geometry.size ?? { width, height };
  if (still === undefined || !ground || Math.max(wanted.width ?? 1, wanted.height ?? 1) > MAX_SIDE) return undefined;
  const steps = [
    // A picture is turned before it is brought to its size, and cut after that, whatever the order of operations in one step.
    [`/auto-orient${to.rotate === 0 ? '' : `/rotate/${to.rotate}`}`],
    [resize(geometry, to)],
    [toCut(geometry), toBlur(to), still, toFormat(to)],
  ];
  return steps
    .map((operations) => operations.join(''))
    .filter((operations) => operations !== '')
    .map((operations) => `imageMogr2${operations}`)
    .join('|');
}

function resize({ size, fit }: Geometry, { gravity, background }: Transformation): string {
  if (size === undefined) return '';
  const box = toBox(size);
  switch (fit) {
    case 'inside':
      return size.width === undefined || size.height === undefined ? `/thumbnail/${box}` : `/thumbnail/${box}>`;
    case 'contain': {
      const colour = background === undefined ? '' : `/color/${Buffer.from(`#${background}`).toString('base64url')}`;
      return `/thumbnail/${box}/pad/1${colour}`;
    }
    case 'fill':
      return `/thumbnail/${box}!`;
    case 'cover':
      return gravity === 'smart' ? `/scrop/${box}` : `/thumbnail/!${box}r/gravity/center/crop/${box}`;
  }
}

const toBox = ({ width, height }: Size): string => `${width ?? ''}x${height ?? ''}`;
const toCut = ({ cut }: Geometry): string =>
  cut === undefined ? '' : `/cut/${cut.width}x${cut.height}x${cut.left}x${cut.top}`;
const toBlur = ({ blur }: Transformation): string =>
  blur === undefined ? '' : `/blur/${Math.min(MAX_BLUR_RADIUS, Math.ceil(3 * blur))}x${blur}`;

/** The first frame of a GIF can be had as such, of others only as a format that knows no more. */
function toStill(contentType: string, { isAnimated, format }: Transformation): string | undefined {
  if (isAnimated || (format !== 'gif' && format !== 'webp')) return '';
  if (contentType === 'image/gif') return '/cgif/1';
  return contentType === 'image/webp' ? undefined : '';
}

const NAMES: Readonly<Record<VariantFormat, string>> = {
  avif: 'avif',
  webp: 'webp',
  jpeg: 'jpg',
  png: 'png',
  gif: 'gif',
};

/** Where it fails after all, the picture is shown as it is. */
function toFormat({ format, quality }: Transformation): string {
  const isLossy = format !== 'png' && format !== 'gif';
  return `/format/${NAMES[format]}${isLossy ? `/quality/${quality}` : ''}/ignore-error/1`;
}
