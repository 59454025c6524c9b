import * as v from 'valibot';
import { input, optional } from './field.ts';
import {
  bucketName,
  cursor,
  emptyReferer,
  firstPolicy,
  keepOriginal,
  maxSide,
  quality,
  referers,
  refusal,
  repair,
  rules,
  storedFormat,
  watermark,
} from './fields/bucket.ts';
import { pageNum, pageSize } from './fields/page.ts';
import { type Contract, route } from './route-contract.ts';

const oneBucket = input({ bucketName });
const nothing = v.object({});
const place = v.object({ bucketName: v.string(), objectName: v.string() });
const corsRule = v.object({
  allowedOrigins: v.array(v.string()),
  allowedMethods: v.array(v.string()),
  allowedHeaders: v.array(v.string()),
  exposeHeaders: v.array(v.string()),
  maxAgeSeconds: v.number(),
});

const hotlinkRule = v.object({
  referers: v.array(v.string()),
  emptyReferer: v.boolean(),
  refusal: v.picklist(['error', 'picture']),
});

const uploadRule = v.object({
  maxSide: v.optional(v.number()),
  format: v.picklist(['keep', 'webp', 'avif']),
  quality: v.optional(v.number()),
  keepOriginal: v.boolean(),
  watermark: v.optional(
    v.object({
      text: v.optional(v.string()),
      picture: v.string(),
      position: v.string(),
      opacity: v.number(),
      scale: v.number(),
    }),
  ),
});

/** Routes under `bucket/*`. */
export const bucketContract = {
  'bucket/listBuckets': route({
    summary: 'Lists the buckets of the bed; without dates where the key of the store may not list buckets.',
    access: 'member',
    scope: 'list',
    methods: ['GET', 'POST'],
    input: input({ pageSize: optional(pageSize), pageNum: optional(pageNum) }),
    output: v.array(v.object({ name: v.string(), creationDate: v.optional(v.string()) })),
  }),
  'bucket/bucketExists': route({
    summary: 'Tells whether there is such a bucket.',
    access: 'member',
    scope: 'list',
    input: oneBucket,
    output: v.object({ exists: v.boolean() }),
  }),
  'bucket/makeBucket': route({
    summary: 'Makes a bucket, `private` unless said.',
    access: 'admin',
    changes: true,
    input: input({ bucketName, policy: optional(firstPolicy, 'private') }),
    output: nothing,
    audits: { input: ['bucketName', 'policy'] },
  }),
  'bucket/removeBucket': route({
    summary: 'Removes an empty bucket.',
    access: 'admin',
    changes: true,
    input: oneBucket,
    output: nothing,
    audits: { input: ['bucketName'] },
  }),
  'bucket/getBucketCors': route({
    summary: 'Shows what other origins may do.',
    access: 'admin',
    input: oneBucket,
    output: v.object({ rules: v.array(corsRule) }),
  }),
  'bucket/setBucketCors': route({
    summary: 'Says what other origins may do.',
    access: 'admin',
    changes: true,
    input: input({ bucketName, rules }),
    output: nothing,
    audits: { input: ['bucketName', 'rules'] },
  }),
  'bucket/getHotlinkRule': route({
    summary: 'Shows which pages may show the images of a bucket; `null` where every page may.',
    access: 'admin',
    input: oneBucket,
    output: v.object({ rule: v.nullable(hotlinkRule) }),
  }),
  'bucket/setHotlinkRule': route({
    summary:
      'Says which pages may show the images of a public bucket by their links, besides those of the bed: `referers`, and those without a `Referer` unless `emptyReferer` is `false`; others get 403, or with `refusal` `picture` a small picture.',
    access: 'admin',
    changes: true,
    input: input({
      bucketName,
      referers,
      emptyReferer: optional(emptyReferer, true),
      refusal: optional(refusal, 'error'),
    }),
    output: nothing,
    audits: { input: ['bucketName', 'referers', 'emptyReferer', 'refusal'] },
  }),
  'bucket/removeHotlinkRule': route({
    summary: 'Lets every page show the images of a bucket again.',
    access: 'admin',
    changes: true,
    input: oneBucket,
    output: nothing,
    audits: { input: ['bucketName'] },
  }),
  'bucket/getUploadRule': route({
    summary: 'Shows what is done to images that are uploaded to a bucket; `null` where they stay as they are.',
    access: 'admin',
    input: oneBucket,
    output: v.object({ rule: v.nullable(uploadRule) }),
  }),
  'bucket/setUploadRule': route({
    summary:
      'Says what is done to images that are uploaded to a bucket from now on: no side longer than `maxSide`, another `format`, another `quality`, a `watermark` of text or a picture; `keepOriginal` keeps each beside it as it came.',
    access: 'admin',
    changes: true,
    input: input({
      bucketName,
      maxSide: optional(maxSide),
      format: optional(storedFormat, 'keep'),
      quality: optional(quality),
      watermark: optional(watermark),
      keepOriginal: optional(keepOriginal, false),
    }),
    output: v.object({ rule: uploadRule }),
    audits: { input: ['bucketName', 'maxSide', 'format', 'quality', 'keepOriginal'] },
  }),
  'bucket/removeUploadRule': route({
    summary: 'Lets images that are uploaded to a bucket stay as they are again.',
    access: 'admin',
    changes: true,
    input: oneBucket,
    output: nothing,
    audits: { input: ['bucketName'] },
  }),
  'bucket/testBucket': route({
    summary: 'Says what works, and what to change where it does not.',
    access: 'admin',
    input: oneBucket,
    output: v.object({
      ok: v.boolean(),
      checks: v.array(v.object({ check: v.string(), ok: v.boolean(), err: v.optional(v.string()) })),
    }),
  }),
  'bucket/reconcile': route({
    summary:
      'Counts what the store has against what accounts are charged for, a slice at a time; with `repair` it sets that right, makes the records that images lack, and forgets those of images that the store no longer has.',
    access: 'admin',
    changes: true,
    input: input({ repair: optional(repair, false), cursor: optional(cursor) }),
    output: v.object({
      checked: v.number(),
      unowned: v.array(place),
      foreign: v.array(place),
      drift: v.array(v.object({ userId: v.string(), bytes: v.number(), objects: v.number() })),
      records: v.optional(v.object({ missing: v.number(), stale: v.number() })),
      cursor: v.optional(v.string()),
    }),
    audits: { input: ['repair'] },
  }),
} as const satisfies Contract;
