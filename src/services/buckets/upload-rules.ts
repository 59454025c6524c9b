import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageTransformer, Watermark } from '../../ports/image-transformer.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { type BucketRules, createBucketRules } from './bucket-rules.ts';

/** What is done to images that are uploaded to a bucket. */
export const UPLOAD_RULES = defineCollection({
  name: 'upload-rules',
  schema: v.object({
    maxSide: v.optional(v.number()),
    format: v.picklist(['keep', 'webp', 'avif']),
    quality: v.optional(v.number()),
    keepOriginal: v.boolean(),
    watermark: v.optional(
      v.object({
        text: v.optional(v.string()),
        picture: v.string(),
        position: v.picklist([
          ...(['top-left', 'top', 'top-right', 'left', 'center', 'right'] as const),
          ...(['bottom-left', 'bottom', 'bottom-right', 'tile'] as const),
        ]),
        opacity: v.number(),
        scale: v.number(),
      }),
    ),
  }),
  retention: { kept: 'one document a bucket, which goes with it' },
});

/** Sides in pixels, quality, opacity and scale in percent, the picture of a watermark as a PNG in base64. */
export type UploadRule = v.InferOutput<typeof UPLOAD_RULES.schema>;

/** A rule as an admin states it: its watermark is a picture in base64, or text that is drawn as one. */
export interface WantedRule extends Omit<UploadRule, 'watermark'> {
  readonly watermark?: WantedWatermark | undefined;
}

type WantedWatermark = Omit<Watermark, 'picture'> & {
  readonly text?: string | undefined;
  readonly picture?: string | undefined;
};

/** The rules of buckets whose images are not stored as they come. */
export interface UploadRules extends Omit<BucketRules<UploadRule>, 'set'> {
  /** Makes a rule, its watermark drawn once and for all. @throws {AppError} NotImplemented, InvalidArgument, InvalidImage */
  set(bucketName: string, rule: WantedRule): Promise<UploadRule>;
}

/** Longest side of a watermark as it is kept, in pixels, and its most bytes. */
const MARK_SIDE = 640;
const MARK_BYTES = 256 * 1024;

type Drawing = Pick<ImageTransformer, 'transform' | 'drawText'>;

/** Creates the rules; `transformer` is what carries them out, where there is one. */
export function createUploadRules(
  documents: DocumentStore,
  transformer: () => Promise<Drawing | undefined>,
  now: () => Date,
): UploadRules {
  const rules = createBucketRules(openCollection(documents, UPLOAD_RULES), now);

  return {
    ...rules,
    set: async (bucketName, { watermark, ...wanted }) => {
      const drawing = await transformer();
      if (drawing === undefined) throw cannotTransform();
      if (watermark === undefined && wanted.maxSide === undefined && wanted.format === 'keep' && !wanted.quality) {
        throw doesNothing();
      }
      const rule = { ...wanted, ...(watermark && { watermark: await draw(drawing, watermark) }) };
      await rules.set(bucketName, rule);
      return rule;
    },
  };
}

async function draw(drawing: Drawing, { text, picture, ...how }: WantedWatermark): Promise<UploadRule['watermark']> {
  if ((text === undefined) === (picture === undefined)) throw textOrPicture();
  const drawn = text === undefined ? Buffer.from(picture ?? '', 'base64') : await drawing.drawText(text);
  if (drawn === undefined) throw noFont();
  const { bytes } = await drawing.transform(async () => drawn, AS_MARK);
  if (bytes.length > MARK_BYTES) throw tooDetailed(bytes.length);
  return { ...how, ...(text !== undefined && { text }), picture: Buffer.from(bytes).toString('base64') };
}

const AS_MARK = {
  width: MARK_SIDE,
  height: MARK_SIDE,
  fit: 'inside',
  gravity: 'center',
  rotate: 0,
  format: 'png',
  quality: 100,
  isAnimated: false,
} as const;

/** The refusal of a rule that nothing here can carry out. */
export const cannotTransform = (): AppError =>
  new AppError('NotImplemented', {
    zh: '上传规则需要 sharp：请在服务器或函数中安装 sharp，并把 IMAGEPIC_TRANSFORMER 设为 auto 或 sharp；或用 bucket/removeUploadRule 取消规则',
    en: 'Upload rules need sharp: install sharp with the server or the function and set IMAGEPIC_TRANSFORMER to auto or sharp; or take the rule away by bucket/removeUploadRule',
  });

const doesNothing = (): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: '这条规则什么也不做：请给出 maxSide、format、quality 或 watermark 之一；要取消规则请用 bucket/removeUploadRule',
      en: 'The rule does nothing: give it maxSide, format, quality or watermark; to take it away use bucket/removeUploadRule',
    },
    { details: { fields: ['maxSide', 'format', 'quality', 'watermark'] } },
  );

const textOrPicture = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: 'watermark 应有 text 或 picture 之一', en: 'A watermark has either text or picture' },
    { details: { fields: ['watermark'] } },
  );

const noFont = (): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: '服务器上没有能显示这段水印文字的字体；请把文字画成透明背景的 PNG，作为 picture 传入',
      en: 'No font of the server has this text; draw it as a PNG on a transparent ground and send that as picture',
    },
    { details: { fields: ['watermark'] } },
  );

const tooDetailed = (bytes: number): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: `水印图片缩到 ${MARK_SIDE} 像素后仍有 ${bytes} 字节，上限 ${MARK_BYTES}；请用更简单的图片`,
      en: `The picture of the watermark has ${bytes} bytes at ${MARK_SIDE} pixels, and may have ${MARK_BYTES}; use a simpler one`,
    },
    { details: { fields: ['watermark'] } },
  );
