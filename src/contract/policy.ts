import * as v from 'valibot';
import { input } from './field.ts';
import { bucketName, policy } from './fields/bucket.ts';
import { type Contract, route } from './route-contract.ts';

const oneBucket = input({ bucketName });

/** Routes under `policy/*`. */
export const policyContract = {
  'policy/getBucketPolicy': route({
    summary: 'Shows who may read a bucket.',
    access: 'admin',
    input: oneBucket,
    output: v.object({ policy: v.union([v.picklist(['private', 'public-read']), v.record(v.string(), v.any())]) }),
  }),
  'policy/setBucketPolicy': route({
    summary: 'Says who may read a bucket: `private`, `public-read` or a policy document.',
    access: 'admin',
    changes: true,
    input: input({ bucketName, policy }),
    output: v.object({}),
    audits: { input: ['bucketName', 'policy'] },
  }),
  'policy/removeBucketPolicy': route({
    summary: 'Removes the policy.',
    access: 'admin',
    changes: true,
    input: oneBucket,
    output: v.object({}),
    audits: { input: ['bucketName'] },
  }),
} as const satisfies Contract;
