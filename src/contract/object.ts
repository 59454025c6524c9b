import * as v from 'valibot';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

const oneObject = v.strictObject({ bucketName: field.bucketName, objectName: field.objectName });

/** Largest image that `object/getObject` returns as base64, in bytes: what fits into a function's 6 MB answer. */
export const MAX_BASE64_BYTES = 4 * 1024 * 1024;

const storedImage = v.object({
  etag: v.string(),
  bucketName: v.string(),
  objectName: v.string(),
  size: v.number(),
  contentType: v.string(),
  url: v.string(),
});
const oneUpload = v.strictObject({ uploadId: field.uploadId });
const announcement = {
  ...oneObject.entries,
  contentType: field.contentType,
  size: field.size,
  onConflict: v.optional(field.onConflict),
};
const presignedPut = v.object({
  url: v.string(),
  method: v.literal('PUT'),
  headers: v.record(v.string(), v.string()),
  expiresAt: v.string(),
});
const relocation = v.strictObject({
  ...oneObject.entries,
  toBucketName: v.optional(field.bucketName),
  toObjectName: field.objectName,
  onConflict: v.optional(field.onConflict),
});

/** Routes under `object/*`. */
export const objectContract = {
  'object/putObject': {
    access: 'member',
    scope: 'upload',
    changes: true,
    file: 'base64',
    input: v.strictObject({
      bucketName: field.bucketName,
      objectName: v.optional(field.objectName),
      folder: v.optional(field.folder),
      nameTemplate: v.optional(field.nameTemplate),
      onConflict: v.optional(field.onConflict),
      metaData: v.optional(field.metaData),
      base64: v.optional(field.base64),
    }),
    output: storedImage,
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
    input: v.strictObject({ ...announcement, expiry: v.optional(field.expiry, 5 * 60) }),
    output: v.object({ ...presignedPut.entries, uploadId: v.string() }),
  },
  'object/presignedPostPolicy': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: v.strictObject({ ...announcement, expiry: v.optional(field.expiry, 5 * 60) }),
    output: v.object({
      url: v.string(),
      method: v.literal('POST'),
      fields: v.record(v.string(), v.string()),
      expiresAt: v.string(),
      uploadId: v.string(),
    }),
  },
  'object/commitObject': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: oneUpload,
    output: storedImage,
  },
  'object/createMultipartUpload': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: v.strictObject(announcement),
    output: v.object({ uploadId: v.string(), partSize: v.number(), parts: v.number(), expiresAt: v.string() }),
  },
  'object/presignedUploadPart': {
    access: 'member',
    scope: 'upload',
    input: v.strictObject({
      ...oneUpload.entries,
      partNumber: field.partNumber,
      expiry: v.optional(field.expiry, 60 * 60),
    }),
    output: presignedPut,
  },
  'object/listParts': {
    access: 'member',
    scope: 'upload',
    input: oneUpload,
    output: v.array(v.object({ partNumber: v.number(), etag: v.string(), size: v.number() })),
  },
  'object/listMultipartUploads': {
    access: 'member',
    scope: 'upload',
    input: v.strictObject({ bucketName: field.bucketName }),
    output: v.array(
      v.object({ uploadId: v.string(), objectName: v.string(), size: v.number(), expiresAt: v.string() }),
    ),
  },
  'object/completeMultipartUpload': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: v.strictObject({ ...oneUpload.entries, parts: field.parts }),
    output: storedImage,
  },
  'object/abortMultipartUpload': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: oneUpload,
    output: v.object({}),
  },
  'object/copyObject': {
    access: 'member',
    scope: 'upload',
    changes: true,
    input: relocation,
    output: v.object({ etag: v.string(), bucketName: v.string(), objectName: v.string(), url: v.string() }),
  },
  'object/moveObject': {
    access: 'member',
    scope: 'delete',
    changes: true,
    input: relocation,
    output: v.object({ etag: v.string(), bucketName: v.string(), objectName: v.string(), url: v.string() }),
  },
  'object/removeObjects': {
    access: 'member',
    scope: 'delete',
    changes: true,
    input: v.strictObject({ bucketName: field.bucketName, objectNames: field.objectNames }),
    output: v.array(
      v.object({
        objectName: v.string(),
        removed: v.boolean(),
        error: v.optional(v.string()),
        err: v.optional(v.string()),
      }),
    ),
  },
  'object/removeObject': {
    access: 'member',
    scope: 'delete',
    changes: true,
    input: oneObject,
    output: v.object({}),
  },
} as const satisfies Contract;
