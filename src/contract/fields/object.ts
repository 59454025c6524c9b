import * as v from 'valibot';
import type { Text } from '../../errors.ts';
import { tellBytes } from '../../naming/base64.ts';
import { isImageKey, isPrefix, MAX_KEY_BYTES } from '../../naming/key.ts';
import { IMAGE_CONTENT_TYPES } from '../../naming/media-type.ts';
import { isNameTemplate, PLACEHOLDERS } from '../../naming/name-template.ts';
import { oneOf } from '../../naming/one-of.ts';
import { MAX_EXPIRY_SECONDS, MAX_KEYS_AT_ONCE, MAX_OBJECT_BYTES, MAX_PARTS } from '../../naming/s3-limits.ts';
import { defineField } from '../field.ts';
import { integer, line, list, plainObject } from './primitives.ts';

/** Metadata that the service itself keeps. */
const RESERVED_METADATA = [
  'owner',
  'image-id',
  'width',
  'height',
  'frames',
  'thumbhash',
  'color',
  'sha256',
  'content-type',
];
const KEY_RULE: Text = {
  zh: '1–1024 字节，各段非空且不是 . 或 ..，不含反斜杠、控制字符和 %XX',
  en: '1–1024 bytes, no empty, "." or ".." segment, no backslash, control character or %XX escape',
};
const PARTS_OF_NAMES = PLACEHOLDERS.map((part) => `{${part}}`).join(' ');

/** A key. */
export const objectName = defineField('objectName', {
  schema: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(MAX_KEY_BYTES),
    v.transform((key) => key.normalize('NFC')),
    v.check(isImageKey),
  ),
  label: { zh: '对象名', en: 'The object name' },
  rule: KEY_RULE,
});

/** The key of a copy or a moved image. */
export const toObjectName = defineField('toObjectName', {
  ...objectName,
  label: { zh: '目标对象名', en: 'The target object name' },
});

/** Whether what is removed is gone for good at once. */
export const purge = defineField('purge', {
  schema: v.boolean(),
  label: { zh: 'purge', en: 'purge' },
  rule: { zh: 'true 或 false', en: 'true or false' },
});

/** Several keys of one bucket. */
export const objectNames = defineField('objectNames', {
  schema: list(objectName.schema, 1, MAX_KEYS_AT_ONCE),
  // Keys have 1,024 bytes, of which an escape makes three each.
  maxBytes: MAX_KEYS_AT_ONCE * (3 * MAX_KEY_BYTES + 4),
  label: { zh: '对象名列表', en: 'objectNames' },
  rule: { zh: `1–${MAX_KEYS_AT_ONCE} 个对象名`, en: `1–${MAX_KEYS_AT_ONCE} object names` },
});

/** What a key begins with, up to a slash. */
export const folder = defineField('folder', {
  schema: v.pipe(
    v.string(),
    v.maxLength(MAX_KEY_BYTES),
    v.transform((path) => path.normalize('NFC').replace(/\/$/, '')),
    v.check((path) => path === '' || isImageKey(path)),
  ),
  label: { zh: '目录', en: 'The folder' },
  rule: KEY_RULE,
});

/** What keys begin with, not always up to a slash. */
export const prefix = defineField('prefix', {
  schema: v.pipe(
    v.string(),
    v.maxLength(MAX_KEY_BYTES),
    v.transform((path) => path.normalize('NFC')),
    v.check(isPrefix),
  ),
  label: { zh: '前缀', en: 'The prefix' },
  rule: { zh: '至多 1024 字节', en: 'up to 1024 bytes' },
});

/** The bytes of an image; that there are none is said of it as of an empty file. */
export const base64 = defineField('base64', {
  schema: v.string(),
  maxBytes: 8 * 1024 * 1024,
  label: { zh: '图片内容', en: 'The image' },
  tell: tellBytes,
  rule: {
    zh: 'base64 字符串（两种字母表均可），不带 data: 前缀；表单上传请用任意文件字段',
    en: 'a base64 string, of either alphabet, without a data: prefix; a form may use any file field',
  },
  secret: true,
});

/** The media type of an image to come. */
export const contentType = defineField('contentType', {
  schema: v.picklist(IMAGE_CONTENT_TYPES),
  label: { zh: '图片类型', en: 'The content type' },
  rule: {
    zh: oneOf(IMAGE_CONTENT_TYPES, 'zh'),
    en: oneOf(IMAGE_CONTENT_TYPES, 'en'),
  },
});

/** Bytes of an image to come. */
export const size = defineField('size', {
  schema: integer(1, MAX_OBJECT_BYTES),
  label: { zh: '大小', en: 'The size' },
  rule: { zh: '字节数，大于 0 的整数', en: 'bytes, an integer above 0' },
});

/** What a key is made of where none is given. */
export const nameTemplate = defineField('nameTemplate', {
  schema: v.pipe(
    v.string(),
    v.maxLength(256),
    v.check((template) => isNameTemplate(template)),
  ),
  label: { zh: '命名模板', en: 'The name template' },
  rule: {
    zh: `由 ${PARTS_OF_NAMES} 组成，至少含 {hash}、{uuid} 或 {name}`,
    en: `made of ${PARTS_OF_NAMES}, with at least one of {hash}, {uuid} and {name}`,
  },
});

/** What to do where a key is taken. */
export const onConflict = defineField('onConflict', {
  schema: v.picklist(['overwrite', 'rename', 'error']),
  label: { zh: 'onConflict', en: 'onConflict' },
  rule: { zh: 'overwrite、rename 或 error', en: 'overwrite, rename or error' },
});

/** What a caller wants kept with an image. */
export const metaData = defineField('metaData', {
  schema: v.pipe(
    plainObject,
    v.record(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/)), line(256)),
    v.check((pairs) => Object.keys(pairs).length <= 10),
    v.check((pairs) => !RESERVED_METADATA.some((reserved) => Object.hasOwn(pairs, reserved))),
  ),
  label: { zh: '自定义元数据', en: 'metaData' },
  rule: {
    zh: `至多 10 项；名称为小写字母、数字和连字符，值至多 256 个字符；${RESERVED_METADATA.join('、')} 保留`,
    en: `up to 10 pairs; names of lower-case letters, digits and hyphens, values of up to 256 characters; ${RESERVED_METADATA.join(', ')} are reserved`,
  },
});

/** How long an address holds, in seconds. */
export const expiry = defineField('expiry', {
  schema: integer(1, MAX_EXPIRY_SECONDS),
  label: { zh: '有效期', en: 'The expiry' },
  rule: { zh: `1–${MAX_EXPIRY_SECONDS} 秒（7 天）`, en: `1–${MAX_EXPIRY_SECONDS} seconds (7 days)` },
});

/** An upload past the service that has begun. */
export const uploadId = defineField('uploadId', {
  schema: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  label: { zh: 'uploadId', en: 'The uploadId' },
  rule: { zh: '开始上传时返回的值', en: 'what beginning the upload returned' },
});

/** Which part of an upload. */
export const partNumber = defineField('partNumber', {
  schema: integer(1, MAX_PARTS),
  label: { zh: '分片号', en: 'The part number' },
  rule: { zh: `1–${MAX_PARTS} 的整数`, en: `an integer from 1 to ${MAX_PARTS}` },
});

/** The parts that an upload has now. */
export const parts = defineField('parts', {
  schema: list(
    v.strictObject({ partNumber: partNumber.schema, etag: v.pipe(v.string(), v.regex(/^"?[\w-]{1,128}"?$/)) }),
    1,
    MAX_PARTS,
  ),
  maxBytes: MAX_PARTS * 256,
  label: { zh: '分片列表', en: 'parts' },
  rule: { zh: `[{ partNumber, etag }]，1–${MAX_PARTS} 项`, en: `[{ partNumber, etag }], 1–${MAX_PARTS} of them` },
});
