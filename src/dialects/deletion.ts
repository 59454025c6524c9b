import * as v from 'valibot';
import { defineEndpoint } from '../app.ts';
import { defineField, input } from '../contract/field.ts';
import { list } from '../contract/fields/primitives.ts';
import { MAX_FILES } from './upload/upload-body.ts';

const token = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const deleteToken = defineField('deleteToken', {
  schema: token,
  label: { zh: '删除链接', en: 'The delete link' },
  rule: { zh: '上传时返回的值', en: 'what the upload returned' },
  secret: true,
});
const deleteTokens = defineField('deleteTokens', {
  ...deleteToken,
  schema: list(token, 1, MAX_FILES),
});

/** Looks at the image that a delete link is for. */
export const showDeletion = defineEndpoint({
  name: 'delete/show',
  access: 'public',
  input: input({ deleteToken }),
  handle:
    ({ openClientServices }) =>
    async (link, { mountUrl }) =>
      (await openClientServices()).deleteCapabilities.show(link.deleteToken, mountUrl),
});

/** Removes the images that delete tokens are for. */
export const redeemDeletions = defineEndpoint({
  name: 'delete/redeem',
  access: 'public',
  changes: true,
  audits: { output: ['bucketName', 'objectName'] },
  input: input({ deleteTokens }),
  handle:
    ({ openClientServices }) =>
    async (links) =>
      (await openClientServices()).deleteCapabilities.redeemAll(links.deleteTokens),
});
