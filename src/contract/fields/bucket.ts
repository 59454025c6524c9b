import * as v from 'valibot';
import { isBase64 } from '../../naming/base64.ts';
import { isBucketName } from '../../naming/bucket.ts';
import { defineField, settled } from '../field.ts';
import { integer, line, list, plainObject } from './primitives.ts';

const origin = v.pipe(v.string(), v.maxLength(256), v.regex(/^(\*|https?:\/\/[\w.*-]+(:\d{1,5})?)$/));
const headerName = v.pipe(v.string(), v.maxLength(128), v.regex(/^[\w*-]+$/));
const CORS_RULES = '[{ allowedOrigins, allowedMethods, allowedHeaders?, exposeHeaders?, maxAgeSeconds? }]';

/** A JSON object that the store judges, of a size that a store takes. */
const storeDocument = v.pipe(
  plainObject,
  v.record(v.string(), v.any()),
  v.check((document) => JSON.stringify(document).length <= 20_480),
);

/** A bucket. */
export const bucketName = defineField('bucketName', {
  schema: v.pipe(v.string(), v.check(isBucketName)),
  label: { zh: '存储桶名', en: 'The bucket name' },
  rule: { zh: '3–63 个小写字母、数字、点或连字符', en: '3–63 lower-case letters, digits, dots or hyphens' },
});

/** The bucket of an image, which may be left out; whoever asks for something of a bucket itself names it. */
export const imageBucket = settled(
  defineField('bucketName', {
    ...bucketName,
    rule: {
      zh: `${bucketName.rule.zh}；不写则是 token 所限的存储桶，否则是图床的默认存储桶`,
      en: `${bucketName.rule.en}; left out, the bucket that the token is narrowed to, or else the default one of the bed`,
    },
  }),
);

/** The bucket that a copy or a moved image goes to. */
export const toBucketName = defineField('toBucketName', {
  ...bucketName,
  label: { zh: '目标存储桶名', en: 'The target bucket name' },
});

/** What other origins may do with a bucket. */
export const rules = defineField('rules', {
  schema: list(
    v.strictObject({
      allowedOrigins: list(origin, 1, 50),
      allowedMethods: list(v.picklist(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']), 1, 50),
      allowedHeaders: v.optional(list(headerName, 0, 50), ['*']),
      exposeHeaders: v.optional(list(headerName, 0, 50), ['ETag']),
      maxAgeSeconds: v.optional(integer(0, 86_400), 600),
    }),
    0,
    100,
  ),
  // S3 takes 64 KB of rules.
  maxBytes: 256 * 1024,
  label: { zh: 'CORS 规则', en: 'The CORS rules' },
  wrong: { zh: 'CORS 规则不符合规范', en: 'The CORS rules are not valid' },
  rule: { zh: CORS_RULES, en: CORS_RULES },
});

/** Who may read a bucket. */
export const policy = defineField('policy', {
  schema: v.union([v.picklist(['private', 'public-read']), storeDocument]),
  label: { zh: '策略', en: 'The policy' },
  rule: {
    zh: 'private、public-read，或不超过 20 KB 的策略文档',
    en: 'private, public-read, or a policy document of up to 20 KB',
  },
});

/** Who may read a bucket that is being made. */
export const firstPolicy = defineField('policy', {
  ...policy,
  schema: v.picklist(['private', 'public-read']),
  rule: { zh: 'private 或 public-read', en: 'private or public-read' },
});

/** A store's own notification document, which may hold credentials. */
export const configuration = defineField('configuration', {
  schema: storeDocument,
  label: { zh: '通知配置', en: 'The configuration' },
  rule: { zh: '不超过 20 KB 的 JSON 对象', en: 'a JSON object of up to 20 KB' },
  secret: true,
});

/** The pages that may show images: hosts, each with a path if wanted. */
export const referers = defineField('referers', {
  schema: list(
    v.pipe(v.string(), v.maxLength(256), v.regex(/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?(\/[\w.~-]+)*$/)),
    0,
    100,
  ),
  label: { zh: '允许的来源', en: 'The referers' },
  wrong: { zh: '允许的来源不符合规范', en: 'The referers are not valid' },
  rule: {
    zh: '至多 100 个小写域名，如 example.com、*.example.com、servicewechat.com/<appid>',
    en: 'up to 100 hosts in lower case such as example.com, *.example.com, servicewechat.com/<appid>',
  },
});

/** Whether an image may be shown where nobody says which page it is on. */
export const emptyReferer = defineField('emptyReferer', {
  schema: v.boolean(),
  label: { zh: 'emptyReferer', en: 'emptyReferer' },
  rule: { zh: 'true 或 false', en: 'true or false' },
});

/** What other pages get: a refusal, or a small picture. */
export const refusal = defineField('refusal', {
  schema: v.picklist(['error', 'picture']),
  label: { zh: 'refusal', en: 'refusal' },
  rule: { zh: 'error 或 picture', en: 'error or picture' },
});

/** The longest side that an uploaded image keeps. */
export const maxSide = defineField('maxSide', {
  schema: integer(16, 16_384),
  label: { zh: '最长边', en: 'The longest side' },
  rule: { zh: '16–16384 像素', en: '16–16,384 pixels' },
});

/** The format that uploaded images are stored in. */
export const storedFormat = defineField('format', {
  schema: v.picklist(['keep', 'webp', 'avif']),
  label: { zh: '格式', en: 'The format' },
  rule: { zh: 'keep、webp 或 avif', en: 'keep, webp or avif' },
});

/** The quality of what is encoded anew. */
export const quality = defineField('quality', {
  schema: integer(1, 100),
  label: { zh: '质量', en: 'The quality' },
  rule: { zh: '1–100 的整数', en: 'an integer from 1 to 100' },
});

/** What is laid over uploaded images. */
export const watermark = defineField('watermark', {
  schema: v.pipe(
    plainObject,
    v.strictObject({
      text: v.optional(
        v.pipe(
          line(64),
          v.check((text) => text.trim() !== ''),
        ),
      ),
      picture: v.optional(v.pipe(v.string(), v.minLength(4), v.maxLength(1024 * 1024), v.check(isBase64))),
      position: v.optional(
        v.picklist([
          ...(['top-left', 'top', 'top-right', 'left', 'center', 'right'] as const),
          ...(['bottom-left', 'bottom', 'bottom-right', 'tile'] as const),
        ]),
        'bottom-right',
      ),
      opacity: v.optional(integer(1, 100), 60),
      scale: v.optional(integer(1, 100), 20),
    }),
  ),
  maxBytes: 1024 * 1024 + 1024,
  label: { zh: '水印', en: 'The watermark' },
  rule: {
    zh: '{ text（64 字以内）或 picture（base64，768 KB 以内的图片），position（如 bottom-right、center、tile），opacity 与 scale（1–100，百分比） }',
    en: '{ text of up to 64 characters or picture (base64, an image of up to 768 KB), position such as bottom-right, center, tile, opacity and scale in percent (1–100) }',
  },
});

/** Whether images are also kept as they came. */
export const keepOriginal = defineField('keepOriginal', {
  schema: v.boolean(),
  label: { zh: 'keepOriginal', en: 'keepOriginal' },
  rule: { zh: 'true 或 false', en: 'true or false' },
});

/** Whether what is found is mended too. */
export const repair = defineField('repair', {
  schema: v.boolean(),
  label: { zh: 'repair', en: 'repair' },
  rule: { zh: 'true 或 false', en: 'true or false' },
});

/** Where the call before left off. */
export const cursor = defineField('cursor', {
  schema: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
  label: { zh: 'cursor', en: 'cursor' },
  rule: { zh: '上一次返回的值', en: 'the value that the call before returned' },
});
