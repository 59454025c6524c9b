import * as v from 'valibot';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

const oneBucket = v.strictObject({ bucketName: field.bucketName });
const nothing = v.object({});
const corsRule = v.object({
  allowedOrigins: v.array(v.string()),
  allowedMethods: v.array(v.string()),
  allowedHeaders: v.array(v.string()),
  exposeHeaders: v.array(v.string()),
  maxAgeSeconds: v.number(),
});

/** Routes under `bucket/*`. */
export const bucketContract = {
  'bucket/listBuckets': {
    access: 'member',
    scope: 'list',
    methods: ['GET', 'POST'],
    input: v.strictObject({ pageSize: v.optional(field.pageSize), pageNum: v.optional(field.pageNum) }),
    output: v.array(v.object({ name: v.string(), creationDate: v.string() })),
  },
  'bucket/bucketExists': {
    access: 'member',
    scope: 'list',
    input: oneBucket,
    output: v.object({ exists: v.boolean() }),
  },
  'bucket/makeBucket': {
    access: 'admin',
    changes: true,
    input: v.strictObject({ bucketName: field.bucketName, policy: v.optional(field.bucketPolicy, 'private') }),
    output: nothing,
  },
  'bucket/removeBucket': { access: 'admin', changes: true, input: oneBucket, output: nothing },
  'bucket/getBucketCors': { access: 'admin', input: oneBucket, output: v.object({ rules: v.array(corsRule) }) },
  'bucket/setBucketCors': {
    access: 'admin',
    changes: true,
    input: v.strictObject({ bucketName: field.bucketName, rules: field.rules }),
    output: nothing,
  },
  'bucket/testBucket': {
    access: 'admin',
    input: oneBucket,
    output: v.object({
      ok: v.boolean(),
      checks: v.array(v.object({ check: v.string(), ok: v.boolean(), err: v.optional(v.string()) })),
    }),
  },
  'bucket/reconcile': {
    access: 'admin',
    changes: true,
    input: v.strictObject({ repair: v.optional(field.repair, false), cursor: v.optional(field.cursor) }),
    output: v.object({
      checked: v.number(),
      unowned: v.array(v.object({ bucketName: v.string(), objectName: v.string() })),
      drift: v.array(v.object({ userId: v.string(), bytes: v.number(), objects: v.number() })),
      cursor: v.optional(v.string()),
    }),
  },
} as const satisfies Contract;
