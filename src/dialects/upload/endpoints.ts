import { defineEndpoint, type SentImage } from '../../app.ts';
import { defineField, input, optional } from '../../contract/field.ts';
import { bucketName } from '../../contract/fields/bucket.ts';
import { album, albumId, strategyId } from '../../contract/fields/client.ts';
import { folder, nameTemplate } from '../../contract/fields/object.ts';
import { moment } from '../../contract/fields/primitives.ts';
import { expiresIn } from '../../contract/fields/token.ts';

/** When an image is to go by itself; whether that is to come is for whoever stores it to say. */
const expiresAt = defineField('expiresAt', {
  schema: moment,
  label: { zh: 'expiresAt', en: 'expiresAt' },
  rule: {
    zh: '将来的时间，如 2026-01-31T08:00+08:00',
    en: 'a time to come, such as 2026-01-31T08:00+08:00',
  },
});

/** Whether a token may upload, before its file is read. */
export const admitUpload = defineEndpoint({
  name: 'upload/admit',
  access: 'member',
  scope: 'upload',
  input: input({}),
  handle: () => async () => ({}),
});

/** Stores the images of one request. */
export const storeImages = defineEndpoint({
  name: 'upload/store',
  access: 'member',
  scope: 'upload',
  changes: true,
  audits: { input: ['bucketName', 'folder', 'album', 'albumId', 'strategyId'], output: ['bucketName', 'objectName'] },
  input: input({
    bucketName: optional(bucketName),
    folder: optional(folder),
    album: optional(album),
    albumId: optional(albumId),
    strategyId: optional(strategyId),
    nameTemplate: optional(nameTemplate),
    expiresIn: optional(expiresIn),
    expiresAt: optional(expiresAt),
  }),
  handle:
    ({ openClientServices }) =>
    async (wanted, { caller, mountUrl }, { images }: { readonly images: readonly SentImage[] }) => {
      const { clientUploads } = await openClientServices();
      return clientUploads.store(caller, { ...wanted, images }, mountUrl);
    },
});
