import * as v from 'valibot';
import { defineEndpoint } from '../../app.ts';
import { field } from '../../contract/fields.ts';
import { objectContract } from '../../contract/object.ts';

/** One page of images. */
export const listImages = defineEndpoint({
  name: 'lsky/images',
  access: 'member',
  scope: 'list',
  input: v.strictObject({
    page: v.optional(field.page, 1),
    albumId: v.optional(field.albumId),
    order: v.optional(v.picklist(['newest', 'earliest', 'utmost', 'least']), 'newest'),
    keyword: v.optional(v.pipe(v.string(), v.maxLength(255)), ''),
  }),
  handle:
    ({ openClientServices }) =>
    async (query, { caller, mountUrl }) =>
      (await openClientServices()).albumImages.page(caller, query, mountUrl),
});

const { input, ...rules } = objectContract['object/removeObject'];

/** Removes an image by where it is, as the route of that name does. */
export const removeImage = defineEndpoint({
  ...rules,
  name: 'object/removeObject',
  input,
  handle:
    ({ objects }) =>
    async ({ bucketName, objectName }, { caller }) => {
      await objects.remove(caller, bucketName, objectName);
      return {};
    },
});
