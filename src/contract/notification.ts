import * as v from 'valibot';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

const oneBucket = v.strictObject({ bucketName: field.bucketName });

/** Routes under `notification/*`. */
export const notificationContract = {
  'notification/getBucketNotification': {
    access: 'admin',
    input: oneBucket,
    output: v.object({ configuration: v.record(v.string(), v.any()) }),
  },
  'notification/setBucketNotification': {
    access: 'admin',
    changes: true,
    input: v.strictObject({ bucketName: field.bucketName, configuration: field.configuration }),
    output: v.object({}),
  },
  'notification/removeAllBucketNotification': {
    access: 'admin',
    changes: true,
    input: oneBucket,
    output: v.object({}),
  },
} as const satisfies Contract;
