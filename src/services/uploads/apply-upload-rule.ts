import { createHash } from 'node:crypto';
import { readWhole } from '../../concurrency/read-whole.ts';
import { AppError } from '../../errors.ts';
import { IMAGE_TYPES, imageTypeOf } from '../../naming/media-type.ts';
import type { ImageTransformer, Transformation, Transformed, VariantFormat } from '../../ports/image-transformer.ts';
import { cannotTransform, type UploadRule, type UploadRules } from '../buckets/upload-rules.ts';
import { ReceivedImage } from './received-image.ts';
import type { PreparedImage, PrepareImage } from './store-image.ts';

type Maker = Pick<ImageTransformer, 'transform'>;

/** Largest image, in bytes, that a rule is applied to: it is read whole. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Somebody waits for an answer, but not for a picture to be shown. */
const MAX_SECONDS = 10;
/** What an eye takes for the picture itself. */
const QUALITY: Readonly<Record<VariantFormat, number>> = { avif: 60, webp: 82, jpeg: 85, png: 100, gif: 100 };
/** Formats whose bytes are fewer at a lower quality. */
const LOSSY: ReadonlySet<VariantFormat> = new Set(['avif', 'webp', 'jpeg']);

/** Creates what looks for the rule of a bucket and applies it. */
export const createPrepareImage =
  (rules: Pick<UploadRules, 'recall'>, transformer: () => Promise<Maker | undefined>): PrepareImage =>
  async (bucketName, image) => {
    const rule = await rules.recall(bucketName);
    return rule === undefined ? { image, keepsOriginal: false } : applyUploadRule(rule, image, await transformer());
  };

/**
 * Makes of an image that came in what the rule of its bucket says; without a rule, or where that changes nothing, it stays
 * byte for byte as it is. What came stays whoever received it's to give up.
 *
 * @throws {AppError} NotImplemented without a transformer, EntityTooLarge, InvalidImage, TooManyRequests, ServiceUnavailable
 */
export async function applyUploadRule(
  rule: UploadRule,
  received: ReceivedImage,
  transformer: Maker | undefined,
): Promise<PreparedImage> {
  const asItIs = { image: received, keepsOriginal: false };
  const source = IMAGE_TYPES.find(({ contentType }) => contentType === received.contentType)?.format;
  // What an SVG draws is for whoever shows it.
  if (source === undefined || source === 'svg') return asItIs;
  // Of these frames only the first could be read.
  if (received.frames > 1 && source !== 'gif' && source !== 'webp') return asItIs;
  const to = toTransformation(rule, received, source);
  if (!changes(to, rule, received, source)) return asItIs;
  if (transformer === undefined) throw cannotTransform();
  if (received.size > MAX_BYTES) throw tooManyBytes(received.size);
  const made = await transformer.transform(() => bytesOf(received), to);
  if (isForNothing(made, to, received)) return asItIs;
  return { image: toReceived(made, to.format, received), keepsOriginal: rule.keepOriginal };
}

function toTransformation(rule: UploadRule, { frames }: ReceivedImage, source: VariantFormat): Transformation {
  const { maxSide, quality, watermark } = rule;
  const format = toFormat(rule.format, source, frames > 1);
  return {
    ...(maxSide !== undefined && { width: maxSide, height: maxSide }),
    ...(watermark && { watermark: { ...watermark, picture: Buffer.from(watermark.picture, 'base64') } }),
    ...{ fit: 'inside', gravity: 'center', rotate: 0, isAnimated: true, maxSeconds: MAX_SECONDS },
    format,
    quality: quality ?? QUALITY[format],
  };
}

/** An animation stays one: in WebP where it is to be anything else than GIF. */
function toFormat(wanted: UploadRule['format'], source: VariantFormat, moves: boolean): VariantFormat {
  if (!moves) return wanted === 'keep' ? source : wanted;
  return wanted === 'keep' && source === 'gif' ? 'gif' : 'webp';
}

const isLarger = ({ width, height }: ReceivedImage, { maxSide }: UploadRule): boolean =>
  maxSide !== undefined && Math.max(width, height) > maxSide;

/** Whether anything is to be done. */
const changes = (to: Transformation, rule: UploadRule, received: ReceivedImage, source: VariantFormat): boolean =>
  to.watermark !== undefined ||
  isLarger(received, rule) ||
  (rule.format !== 'keep' && to.format !== source) ||
  (rule.quality !== undefined && LOSSY.has(source) && received.frames === 1);

/** Whether the same picture came out in no fewer bytes. */
const isForNothing = (made: Transformed, to: Transformation, { width, height, size }: ReceivedImage): boolean =>
  to.watermark === undefined && made.width === width && made.height === height && made.bytes.length >= size;

const bytesOf = async ({ body }: ReceivedImage): Promise<Uint8Array> =>
  body instanceof Uint8Array ? body : readWhole(body.open());

function toReceived({ bytes, width, height }: Transformed, format: VariantFormat, from: ReceivedImage): ReceivedImage {
  const { contentType, extension } = imageTypeOf(format);
  return new ReceivedImage({
    ...from,
    ...(contentType !== from.contentType && { cameAs: from.cameAs ?? from.contentType }),
    ...{ contentType, extension, width, height, size: bytes.length, body: bytes },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    // All of it is in memory.
    discard: async () => undefined,
  });
}

const tooManyBytes = (size: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `图片有 ${size} 字节；这个存储桶有上传规则，只处理 ${MAX_BYTES} 字节以内的图片：请缩小图片，或换一个存储桶`,
      en: `The image has ${size} bytes; this bucket has an upload rule, which takes up to ${MAX_BYTES}: make the image smaller, or use another bucket`,
    },
    { details: { size, maxBytes: MAX_BYTES } },
  );
