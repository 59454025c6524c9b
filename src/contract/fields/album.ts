import * as v from 'valibot';
import { USER_ID } from '../../naming/account.ts';
import { defineField } from '../field.ts';
import { description, imageId } from './image.ts';
import { line, paragraphs } from './primitives.ts';

/** An album, as it is named everywhere: by whose it is, and by a part of its own. */
export const albumId = defineField('albumId', {
  schema: v.pipe(
    v.string(),
    v.regex(/^\w{34}_[0-9a-f]{32}$/),
    v.check((id) => USER_ID.test(id.slice(0, 34))),
  ),
  label: { zh: 'albumId', en: 'The albumId' },
  rule: { zh: 'album/listAlbums 返回的值', en: 'what album/listAlbums returned' },
});

/** What an album is called. */
export const albumName = defineField('name', {
  schema: v.pipe(v.string(), v.minLength(1), line(200)),
  label: { zh: '名称', en: 'The name' },
  rule: { zh: '1–200 个字符', en: '1–200 characters' },
});

/** What there is to say of an album. */
export const albumDescription = defineField('description', {
  ...description,
  schema: paragraphs(1000),
  rule: { zh: '至多 1000 个字符，可换行', en: 'up to 1,000 characters, with line breaks' },
});

/** The album that another lies in. */
export const parentId = defineField('parentId', {
  schema: v.union([v.literal(''), albumId.schema]),
  label: { zh: 'parentId', en: 'The parentId' },
  rule: { zh: 'albumId 或空', en: 'an albumId or empty' },
});

const ORDERS = ['newest', 'oldest', 'name', 'size', 'manual'] as const;

/** What the images of an album are in order by. */
export const albumOrder = defineField('order', {
  schema: v.picklist(ORDERS),
  label: { zh: '顺序', en: 'The order' },
  rule: { zh: ORDERS.join('、'), en: ORDERS.join(', ') },
});

/** Whether anybody may be shown an image of an album by chance. */
export const random = defineField('random', {
  schema: v.boolean(),
  label: { zh: 'random', en: 'random' },
  rule: { zh: 'true 或 false', en: 'true or false' },
});

/** The image of an album that others are put before. */
export const beforeId = defineField('beforeId', {
  schema: imageId.schema,
  label: { zh: 'beforeId', en: 'The beforeId' },
  rule: { zh: '相册中一张图片的 imageId', en: 'the imageId of an image of the album' },
});

/** The image that an album is shown by. */
export const coverId = defineField('coverId', {
  schema: v.union([v.literal(''), imageId.schema]),
  label: { zh: 'coverId', en: 'The coverId' },
  rule: { zh: 'imageId 或空', en: 'an imageId or empty' },
});
