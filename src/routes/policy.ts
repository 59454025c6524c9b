import type { policyContract } from '../contract/policy.ts';
import type { Buckets } from '../services/buckets/buckets.ts';
import type { Handlers } from './handlers.ts';

/** Routes under `policy/*`. */
export const policyRoutes = (buckets: Buckets): Handlers<typeof policyContract> => ({
  'policy/getBucketPolicy': async ({ bucketName }) => ({ policy: await buckets.getPolicy(bucketName) }),
  'policy/setBucketPolicy': async ({ bucketName, policy }) => {
    await buckets.setPolicy(bucketName, policy);
    return {};
  },
  'policy/removeBucketPolicy': async ({ bucketName }) => {
    await buckets.removePolicy(bucketName);
    return {};
  },
});
