import * as v from 'valibot';
import { defineEndpoint } from '../app.ts';
import { MAX_FILES } from './upload/upload-body.ts';

const deleteToken = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

/** Looks at the image that a delete link is for. */
export const showDeletion = defineEndpoint({
  name: 'delete/show',
  access: 'public',
  input: v.strictObject({ deleteToken }),
  handle:
    ({ openClientServices }) =>
    async (input, { mountUrl }) =>
      (await openClientServices()).deleteCapabilities.show(input.deleteToken, mountUrl),
});

/** Removes the images that delete tokens are for. */
export const redeemDeletions = defineEndpoint({
  name: 'delete/redeem',
  access: 'public',
  changes: true,
  input: v.strictObject({ deleteTokens: v.pipe(v.array(deleteToken), v.minLength(1), v.maxLength(MAX_FILES)) }),
  handle:
    ({ openClientServices }) =>
    async ({ deleteTokens }) =>
      (await openClientServices()).deleteCapabilities.redeemAll(deleteTokens),
});
