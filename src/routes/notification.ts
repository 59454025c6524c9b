import type { notificationContract } from '../contract/notification.ts';
import type { Buckets } from '../services/buckets/buckets.ts';
import type { Handlers } from './handlers.ts';

/** Routes under `notification/*`. */
export const notificationRoutes = (buckets: Buckets): Handlers<typeof notificationContract> => ({
  'notification/getBucketNotification': async ({ bucketName }) => {
    const settings = await buckets.settings(bucketName);
    return { configuration: await settings.getNotification(bucketName) };
  },
  'notification/setBucketNotification': async ({ bucketName, configuration }) => {
    const settings = await buckets.settings(bucketName);
    await settings.setNotification(bucketName, configuration);
    return {};
  },
  'notification/removeAllBucketNotification': async ({ bucketName }) => {
    const settings = await buckets.settings(bucketName);
    await settings.removeNotification(bucketName);
    return {};
  },
});
