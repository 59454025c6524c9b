import * as v from 'valibot';
import { defineEndpoint } from '../../app.ts';
import { defineField, input, optional } from '../../contract/field.ts';
import { bucketName } from '../../contract/fields/bucket.ts';
import { albumId, page } from '../../contract/fields/client.ts';
import { objectName } from '../../contract/fields/object.ts';

const ORDERS = ['newest', 'earliest', 'utmost', 'least'] as const;
const order = defineField('order', {
  schema: v.picklist(ORDERS),
  label: { zh: '排序', en: 'The order' },
  rule: { zh: ORDERS.join('、'), en: ORDERS.join(', ') },
});
const keyword = defineField('keyword', {
  schema: v.pipe(v.string(), v.maxLength(255)),
  label: { zh: '关键词', en: 'The keyword' },
  rule: { zh: '至多 255 个字符', en: 'up to 255 characters' },
});

/** One page of images. */
export const listImages = defineEndpoint({
  name: 'lsky/images',
  access: 'member',
  scope: 'list',
  input: input({
    page: optional(page, 1),
    albumId: optional(albumId),
    order: optional(order, 'newest'),
    keyword: optional(keyword, ''),
  }),
  handle:
    ({ openClientServices }) =>
    async (query, { caller, mountUrl }) =>
      (await openClientServices()).albumImages.page(caller, query, mountUrl),
});

/** Removes an image by where it is, as the route of that name does. */
export const removeImage = defineEndpoint({
  name: 'object/removeObject',
  access: 'member',
  scope: 'delete',
  changes: true,
  audits: { input: ['bucketName', 'objectName'] },
  input: input({ bucketName, objectName }),
  handle:
    ({ objects }) =>
    async (image, { caller }) => {
      await objects.remove(caller, image.bucketName, image.objectName);
      return {};
    },
});
