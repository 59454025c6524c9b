import * as v from 'valibot';
import { defineEndpoint, type SentImage } from '../../app.ts';
import { field } from '../../contract/fields.ts';

/** Whether a token may upload, before its file is read. */
export const admitUpload = defineEndpoint({
  name: 'upload/admit',
  access: 'member',
  scope: 'upload',
  input: v.strictObject({}),
  handle: () => async () => ({}),
});

/** Stores the images of one request. */
export const storeImages = defineEndpoint({
  name: 'upload/store',
  access: 'member',
  scope: 'upload',
  changes: true,
  input: v.strictObject({
    bucketName: v.optional(field.bucketName),
    folder: v.optional(field.folder),
    album: v.optional(field.album),
    albumId: v.optional(field.albumId),
    strategyId: v.optional(field.strategyId),
    nameTemplate: v.optional(field.nameTemplate),
  }),
  handle:
    ({ openClientServices }) =>
    async (wanted, { caller, mountUrl }, { images }: { readonly images: readonly SentImage[] }) => {
      const { clientUploads } = await openClientServices();
      return clientUploads.store(caller, { ...wanted, images }, mountUrl);
    },
});
