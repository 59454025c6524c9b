import type { bucketContract } from '../contract/bucket.ts';
import { requireMember } from '../services/access/access.ts';
import type { BucketCheck } from '../services/buckets/bucket-check.ts';
import type { Buckets } from '../services/buckets/buckets.ts';
import type { HotlinkRules } from '../services/buckets/hotlink-rules.ts';
import type { UploadRules } from '../services/buckets/upload-rules.ts';
import type { Reconcile } from '../services/jobs/reconcile.ts';
import type { Handlers } from './handlers.ts';

/** What the routes under `bucket/*` stand on. */
export interface BucketServices {
  readonly buckets: Buckets;
  readonly hotlinkRules: HotlinkRules;
  readonly uploadRules: UploadRules;
  readonly checkBucket: BucketCheck;
  readonly reconcile: Reconcile;
}

/** Routes under `bucket/*`. */
export const bucketRoutes = ({
  buckets,
  hotlinkRules,
  uploadRules,
  checkBucket,
  reconcile,
}: BucketServices): Handlers<typeof bucketContract> => ({
  'bucket/listBuckets': async ({ pageSize, pageNum }, { caller }) => {
    const all = await buckets.list(caller, pageSize, pageNum);
    return all.map(({ name, creationDate }) => ({
      name,
      ...(creationDate && { creationDate: creationDate.toISOString() }),
    }));
  },
  'bucket/bucketExists': async ({ bucketName }, { caller }) => ({ exists: await buckets.exists(caller, bucketName) }),
  'bucket/makeBucket': async ({ bucketName, policy }) => {
    await buckets.make(bucketName, policy);
    return {};
  },
  'bucket/removeBucket': async ({ bucketName }) => {
    await buckets.remove(bucketName);
    await Promise.all([hotlinkRules.remove(bucketName), uploadRules.remove(bucketName)]);
    return {};
  },
  'bucket/getBucketCors': async ({ bucketName }) => {
    const settings = await buckets.settings(bucketName);
    return { rules: await settings.getCors(bucketName) };
  },
  'bucket/setBucketCors': async ({ bucketName, rules }) => {
    await buckets.setCors(bucketName, rules);
    return {};
  },
  'bucket/getHotlinkRule': async ({ bucketName }, { caller }) => {
    await buckets.require(caller, bucketName);
    return { rule: (await hotlinkRules.get(bucketName)) ?? null };
  },
  'bucket/setHotlinkRule': async ({ bucketName, ...rule }, { caller }) => {
    await buckets.require(caller, bucketName);
    await hotlinkRules.set(bucketName, rule);
    return {};
  },
  'bucket/removeHotlinkRule': async ({ bucketName }, { caller }) => {
    await buckets.require(caller, bucketName);
    await hotlinkRules.remove(bucketName);
    return {};
  },
  'bucket/getUploadRule': async ({ bucketName }, { caller }) => {
    await buckets.require(caller, bucketName);
    return { rule: (await uploadRules.get(bucketName)) ?? null };
  },
  'bucket/setUploadRule': async ({ bucketName, ...rule }, { caller }) => {
    await buckets.require(caller, bucketName);
    return { rule: await uploadRules.set(bucketName, rule) };
  },
  'bucket/removeUploadRule': async ({ bucketName }, { caller }) => {
    await buckets.require(caller, bucketName);
    await uploadRules.remove(bucketName);
    return {};
  },
  'bucket/testBucket': async ({ bucketName }, { language }) => {
    const checks = (await checkBucket(bucketName)).map(({ check, ok, advice }) => ({
      check,
      ok,
      err: advice?.[language],
    }));
    return { ok: checks.every(({ ok }) => ok), checks };
  },
  'bucket/reconcile': ({ repair, cursor }, { caller }) =>
    reconcile({ adminId: requireMember(caller).userId, repair, cursor }),
});
