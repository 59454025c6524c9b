import * as v from 'valibot';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

const oneBucket = v.strictObject({ bucketName: field.bucketName });

/** Routes under `policy/*`. */
export const policyContract = {
  'policy/getBucketPolicy': {
    access: 'admin',
    input: oneBucket,
    output: v.object({ policy: v.union([v.picklist(['private', 'public-read']), v.record(v.string(), v.any())]) }),
  },
  'policy/setBucketPolicy': {
    access: 'admin',
    changes: true,
    input: v.strictObject({ bucketName: field.bucketName, policy: field.policy }),
    output: v.object({}),
  },
  'policy/removeBucketPolicy': { access: 'admin', changes: true, input: oneBucket, output: v.object({}) },
} as const satisfies Contract;
