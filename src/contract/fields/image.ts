import * as v from 'valibot';
import { MAX_KEYS_AT_ONCE, MAX_OBJECT_BYTES } from '../../naming/s3-limits.ts';
import { ulidTime } from '../../naming/ulid.ts';
import { defineField } from '../field.ts';
import { userId } from './account.ts';
import { contentType } from './object.ts';
import { integer, line, list, moment, paragraphs } from './primitives.ts';

const ORIENTATIONS = ['landscape', 'portrait', 'square'] as const;
/** More than any picture has. */
const MAX_PIXELS = 1_000_000;

/** An image, wherever it moves. */
export const imageId = defineField('imageId', {
  schema: v.pipe(
    v.string(),
    v.check((id) => ulidTime(id) !== undefined),
  ),
  label: { zh: 'imageId', en: 'The imageId' },
  rule: { zh: 'image/search 返回的值', en: 'what image/search returned' },
});

/** What an image was before. */
export const versionId = defineField('versionId', {
  schema: imageId.schema,
  label: { zh: 'versionId', en: 'The versionId' },
  rule: { zh: 'image/listVersions 返回的值', en: 'what image/listVersions returned' },
});

/** Words, each of which is part of a name, a title, a tag or a description. */
export const text = defineField('text', {
  schema: line(256),
  label: { zh: '搜索词', en: 'The text' },
  rule: { zh: '一行，至多 256 个字符', en: 'one line of up to 256 characters' },
});

/** Several images. */
export const imageIds = defineField('imageIds', {
  schema: list(imageId.schema, 1, MAX_KEYS_AT_ONCE),
  label: { zh: 'imageIds', en: 'imageIds' },
  rule: { zh: `1–${MAX_KEYS_AT_ONCE} 个 imageId`, en: `1–${MAX_KEYS_AT_ONCE} of what image/search returned` },
});

/** What an image is called. */
export const title = defineField('title', {
  schema: line(1024),
  label: { zh: '标题', en: 'The title' },
  rule: { zh: '一行，至多 1024 个字符', en: 'one line of up to 1,024 characters' },
});

/** What there is to say of an image. */
export const description = defineField('description', {
  schema: paragraphs(10_000),
  label: { zh: '描述', en: 'The description' },
  rule: { zh: '至多 10000 个字符，可换行', en: 'up to 10,000 characters, with line breaks' },
});

const tag = v.pipe(v.string(), v.minLength(1), line(200));
const TAG_RULE = (most: number) => ({
  zh: `至多 ${most} 个，每个 1–200 个字符`,
  en: `up to ${most} of 1–200 characters`,
});

/** All tags of an image. */
export const ownTags = defineField('tags', {
  schema: list(tag, 0, 100),
  label: { zh: '标签', en: 'The tags' },
  rule: TAG_RULE(100),
});

/** Tags that images get. */
export const addTags = defineField('addTags', {
  schema: list(tag, 0, 100),
  label: { zh: '要添加的标签', en: 'The tags to add' },
  rule: TAG_RULE(100),
});

/** Tags that images lose. */
export const removeTags = defineField('removeTags', {
  ...addTags,
  label: { zh: '要移除的标签', en: 'The tags to remove' },
});

/** Tags, all of which an image has. */
export const tags = defineField('tags', {
  schema: list(tag, 0, 16),
  label: { zh: '标签', en: 'The tags' },
  rule: TAG_RULE(16),
});

/** Whose images. */
export const ownerId = defineField('ownerId', { ...userId, label: { zh: 'ownerId', en: 'The ownerId' } });

/** Images of which type. */
export const type = defineField('type', contentType);

/** The address of an image. */
export const link = defineField('link', {
  schema: v.pipe(v.string(), v.minLength(1), line(8192)),
  label: { zh: '链接', en: 'The link' },
  rule: { zh: '图片的地址', en: 'the address of an image' },
});

/** The bytes of an image. */
export const sha256 = defineField('sha256', {
  schema: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  label: { zh: 'sha256', en: 'The sha256' },
  rule: {
    zh: '图片字节的 SHA-256，64 个小写十六进制字符',
    en: "the SHA-256 of the image's bytes, 64 lower-case hex digits",
  },
});

/** Images wider than high, higher than wide, or neither. */
export const orientation = defineField('orientation', {
  schema: v.picklist(ORIENTATIONS),
  label: { zh: '方向', en: 'The orientation' },
  rule: { zh: ORIENTATIONS.join('、'), en: ORIENTATIONS.join(', ') },
});

/** Images of at least so many pixels from side to side. */
export const minWidth = defineField('minWidth', {
  schema: integer(0, MAX_PIXELS),
  label: { zh: '最小宽度', en: 'The smallest width' },
  rule: { zh: `像素数，0–${MAX_PIXELS} 的整数`, en: `pixels, an integer of 0–${MAX_PIXELS}` },
});

/** Images of at least so many bytes. */
export const minSize = defineField('minSize', {
  schema: integer(0, MAX_OBJECT_BYTES),
  label: { zh: '最小字节数', en: 'The smallest size' },
  rule: { zh: '字节数，不小于 0 的整数', en: 'bytes, an integer of at least 0' },
});

/** Images of at most so many bytes. */
export const maxSize = defineField('maxSize', { ...minSize, label: { zh: '最大字节数', en: 'The largest size' } });

/** Images of this moment or later. */
export const from = defineField('from', {
  schema: moment,
  label: { zh: '起始时间', en: 'from' },
  rule: {
    zh: '1970 年起的日期，或带时区的时间，如 2026-01-31T08:00+08:00',
    en: 'a date since 1970, or a time with its zone such as 2026-01-31T08:00+08:00',
  },
});

/** When an image is to go by itself. */
export const expiresAt = defineField('expiresAt', {
  schema: v.union([v.literal(''), from.schema]),
  label: { zh: 'expiresAt', en: 'expiresAt' },
  rule: {
    zh: '将来的时间，如 2026-01-31T08:00+08:00；留空为不删除',
    en: 'a time to come, such as 2026-01-31T08:00+08:00, or nothing for an image that stays',
  },
});

/** Images before this moment. */
export const to = defineField('to', { ...from, label: { zh: '结束时间', en: 'to' } });
