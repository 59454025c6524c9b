import * as v from 'valibot';
import { field } from './fields.ts';
import { ReceivedImage } from './received-image.ts';
import type { Contract } from './route-contract.ts';

const oneObject = v.strictObject({ bucketName: field.bucketName, objectName: field.objectName });

/** Largest image that `object/getObject` returns as base64, in bytes: what fits into a function's 6 MB answer. */
export const MAX_BASE64_BYTES = 4 * 1024 * 1024;

/** Routes under `object/*`. */
export const objectContract = {
  'object/putObject': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: v.pipe(
      v.strictObject({
        bucketName: field.bucketName,
        objectName: v.optional(field.objectName),
        folder: v.optional(field.folder),
        base64: v.optional(field.base64),
        /** Only a multipart form brings one; no JSON can. */
        file: v.optional(v.instance(ReceivedImage)),
      }),
      v.forward(
        v.check(({ base64, file }) => (base64 === undefined) !== (file === undefined)),
        ['base64'],
      ),
    ),
    output: v.object({
      etag: v.string(),
      bucketName: v.string(),
      objectName: v.string(),
      size: v.number(),
      contentType: v.string(),
      url: v.string(),
    }),
  },
  'object/listObjects': {
    access: 'member',
    scope: 'list',
    input: v.strictObject({
      bucketName: field.bucketName,
      prefix: v.optional(field.prefix, ''),
      pageSize: v.optional(field.pageSize, 10),
      pageNum: v.optional(field.pageNum),
      continuationToken: v.optional(v.union([field.continuationToken, v.literal('')])),
      recursive: v.optional(field.recursive, false),
    }),
    output: v.object({
      total: v.optional(v.number()),
      continuationToken: v.optional(v.string()),
      lists: v.array(
        v.union([
          v.object({ name: v.string(), size: v.number(), etag: v.string(), lastModified: v.string() }),
          v.object({ prefix: v.string() }),
        ]),
      ),
    }),
  },
  'object/statObject': {
    access: 'member',
    scope: 'read',
    input: oneObject,
    output: v.object({
      size: v.number(),
      metaData: v.record(v.string(), v.string()),
      lastModified: v.string(),
      etag: v.string(),
      versionId: v.nullable(v.string()),
    }),
  },
  'object/getObject': {
    access: 'member',
    scope: 'read',
    input: oneObject,
    output: v.object({ size: v.number(), contentType: v.string(), etag: v.string(), base64: v.string() }),
  },
  'object/presignedGetObject': {
    access: 'member',
    scope: 'read',
    input: v.strictObject({ ...oneObject.entries, expiry: v.optional(field.expiry, 7 * 24 * 60 * 60) }),
    output: v.string(),
  },
  'object/presignedPutObject': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: v.strictObject({
      ...oneObject.entries,
      contentType: field.contentType,
      size: field.size,
      expiry: v.optional(field.expiry, 5 * 60),
    }),
    output: v.object({
      url: v.string(),
      method: v.literal('PUT'),
      headers: v.record(v.string(), v.string()),
      expiresAt: v.string(),
    }),
  },
  'object/removeObject': {
    access: 'member',
    scope: 'delete',
    changes: true,
    input: oneObject,
    output: v.object({}),
  },
} as const satisfies Contract;
