import * as v from 'valibot';
import { input } from './field.ts';
import { bucketName, configuration } from './fields/bucket.ts';
import { type Contract, route } from './route-contract.ts';

const oneBucket = input({ bucketName });

/** Routes under `notification/*`. */
export const notificationContract = {
  'notification/getBucketNotification': route({
    summary: 'Shows whom the store tells of changes.',
    access: 'admin',
    input: oneBucket,
    output: v.object({ configuration: v.record(v.string(), v.any()) }),
  }),
  'notification/setBucketNotification': route({
    summary: 'Says whom the store tells of changes.',
    access: 'admin',
    changes: true,
    input: input({ bucketName, configuration }),
    output: v.object({}),
    audits: { input: ['bucketName'] },
  }),
  'notification/removeAllBucketNotification': route({
    summary: 'Lets the store tell nobody.',
    access: 'admin',
    changes: true,
    input: oneBucket,
    output: v.object({}),
    audits: { input: ['bucketName'] },
  }),
} as const satisfies Contract;
