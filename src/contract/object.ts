import * as v from 'valibot';
import { CONVERTIBLE_FORMATS } from '../naming/media-type.ts';
import { MAX_EXPIRY_SECONDS } from '../naming/s3-limits.ts';
import { input, optional } from './field.ts';
import { imageBucket as bucketName, toBucketName } from './fields/bucket.ts';
import {
  base64,
  contentType,
  expiry,
  folder,
  metaData,
  nameTemplate,
  objectName,
  objectNames,
  onConflict,
  partNumber,
  parts,
  prefix,
  purge,
  size,
  toObjectName,
  uploadId,
} from './fields/object.ts';
import { continuationToken, facts, pageNum, pageSize, recursive } from './fields/page.ts';
import { expiresIn } from './fields/token.ts';
import { type Contract, route } from './route-contract.ts';

const oneObject = input({ bucketName, objectName });

/** What was taken out of an image before it was stored; absent, as `savedBytes` is, where nothing was. */
const removedPart = v.picklist([
  ...(['gps', 'camera', 'thumbnail', 'exif', 'xmp', 'iptc', 'comment', 'profile', 'trailing'] as const),
  ...(['script', 'link', 'other'] as const),
]);
/** What lays out an image before its bytes have come, its size as browsers show it; what is not known is absent. */
const imageFacts = {
  width: v.optional(v.number()),
  height: v.optional(v.number()),
  frames: v.optional(v.number()),
  thumbhash: v.optional(v.string()),
  color: v.optional(v.string()),
};
/** How it is written into a page, in the sizes that there are of it; where none is made of it, neither. */
const embedding = {
  srcset: v.optional(v.string()),
  code: v.optional(v.object({ html: v.string(), picture: v.string(), markdown: v.string(), miniProgram: v.string() })),
};
/** What `image/*` and `album/*` call an image by; absent of one that came before ids, or past the service. */
const imageId = v.optional(v.string());
const storedImage = v.object({
  etag: v.string(),
  imageId,
  bucketName: v.string(),
  objectName: v.string(),
  size: v.number(),
  contentType: v.string(),
  url: v.string(),
  ...imageFacts,
  ...embedding,
  /** What it was before it was converted; absent where it was not. */
  convertedFrom: v.optional(v.picklist(CONVERTIBLE_FORMATS)),
  removed: v.optional(v.pipe(v.array(removedPart), v.readonly())),
  savedBytes: v.optional(v.number()),
  /** When the image goes by itself; absent where it stays. */
  expiresAt: v.optional(v.string()),
});
const oneUpload = input({ uploadId });
const announcement = {
  ...oneObject.fields,
  contentType,
  size,
  onConflict: optional(onConflict),
  expiresIn: optional(expiresIn),
};
const presignedPut = v.object({
  url: v.string(),
  method: v.literal('PUT'),
  headers: v.record(v.string(), v.string()),
  expiresAt: v.string(),
});
const relocation = input({
  ...oneObject.fields,
  toBucketName: optional(toBucketName),
  toObjectName,
  onConflict: optional(onConflict),
});

/** Routes under `object/*`. */
export const objectContract = {
  'object/putObject': route({
    summary: 'Stores an image, for good or for `expiresIn` seconds; `width` and `height` are as browsers show it.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({
      bucketName,
      objectName: optional(objectName),
      folder: optional(folder),
      nameTemplate: optional(nameTemplate),
      onConflict: optional(onConflict),
      metaData: optional(metaData),
      expiresIn: optional(expiresIn),
      base64: optional(base64),
    }),
    output: storedImage,
    file: 'base64',
    audits: { input: ['bucketName', 'objectName', 'folder', 'onConflict'], output: ['bucketName', 'objectName'] },
  }),
  'object/listObjects': route({
    summary:
      'Lists images, by page (`pageNum` `-1`: all of them) or by `continuationToken` (`""` to begin): `{ name, size, etag, lastModified, url }`, `width, height, frames` and the placeholder of those that the caller may read where they are known (not with `facts` `false`) and, unless `recursive`, `{ prefix }`.',
    access: 'member',
    scope: 'list',
    input: input({
      bucketName,
      prefix: optional(prefix, ''),
      pageSize: optional(pageSize, 10),
      pageNum: optional(pageNum),
      continuationToken: optional(continuationToken),
      recursive: optional(recursive, false),
      facts: optional(facts, true),
    }),
    output: v.object({
      total: v.optional(v.number()),
      continuationToken: v.optional(v.string()),
      lists: v.array(
        v.union([
          v.object({
            name: v.string(),
            size: v.number(),
            etag: v.string(),
            lastModified: v.string(),
            url: v.string(),
            ...imageFacts,
          }),
          v.object({ prefix: v.string() }),
        ]),
      ),
    }),
  }),
  'object/statObject': route({
    summary: 'Shows what is known of an image.',
    access: 'member',
    scope: 'read',
    input: oneObject,
    output: v.object({
      imageId,
      bucketName: v.string(),
      objectName: v.string(),
      size: v.number(),
      metaData: v.record(v.string(), v.string()),
      lastModified: v.string(),
      etag: v.string(),
      versionId: v.nullable(v.string()),
      url: v.string(),
      ...imageFacts,
      ...embedding,
    }),
  }),
  'object/getObject': route({
    summary: 'Gives an image of up to 4 MB; by GET its bytes.',
    access: 'member',
    scope: 'read',
    input: oneObject,
    output: v.object({ size: v.number(), contentType: v.string(), etag: v.string(), base64: v.string() }),
  }),
  'object/presignedGetObject': route({
    summary: 'Gives an address that shows the image to everybody for `expiry` seconds, up to 7 days.',
    access: 'member',
    scope: 'read',
    input: input({ ...oneObject.fields, expiry: optional(expiry, MAX_EXPIRY_SECONDS) }),
    output: v.string(),
  }),
  'object/presignedPutObject': route({
    summary: 'Begins an upload by PUT past the service.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({ ...announcement, expiry: optional(expiry, 5 * 60) }),
    output: v.object({ ...presignedPut.entries, uploadId: v.string() }),
    audits: { input: ['bucketName', 'objectName', 'onConflict'], output: ['uploadId'] },
  }),
  'object/presignedPostPolicy': route({
    summary:
      'Begins an upload by a form past the service, as `wx.uploadFile` sends it: the fields, then the file as `file`; S3 stores only.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({ ...announcement, expiry: optional(expiry, 5 * 60) }),
    output: v.object({
      url: v.string(),
      method: v.literal('POST'),
      fields: v.record(v.string(), v.string()),
      expiresAt: v.string(),
      uploadId: v.string(),
    }),
    audits: { input: ['bucketName', 'objectName', 'onConflict'], output: ['uploadId'] },
  }),
  'object/commitObject': route({
    summary: 'Ends such an upload; before it there is no image.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: oneUpload,
    output: storedImage,
    audits: { input: ['uploadId'], output: ['bucketName', 'objectName'] },
  }),
  'object/createMultipartUpload': route({
    summary: 'Begins an upload in parts.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input(announcement),
    output: v.object({ uploadId: v.string(), partSize: v.number(), parts: v.number(), expiresAt: v.string() }),
    audits: { input: ['bucketName', 'objectName', 'onConflict'], output: ['uploadId'] },
  }),
  'object/presignedUploadPart': route({
    summary: 'Gives the address of one part.',
    access: 'member',
    scope: 'upload',
    input: input({ ...oneUpload.fields, partNumber, expiry: optional(expiry, 60 * 60) }),
    output: presignedPut,
  }),
  'object/listParts': route({
    summary: 'Lists the parts that are there.',
    access: 'member',
    scope: 'upload',
    input: oneUpload,
    output: v.array(v.object({ partNumber: v.number(), etag: v.string(), size: v.number() })),
  }),
  'object/listMultipartUploads': route({
    summary:
      "Lists the caller's uploads past the service that have not ended; `kind` is `parts`, or `whole` for one PUT or form.",
    access: 'member',
    scope: 'upload',
    input: input({ bucketName }),
    output: v.array(
      v.object({
        kind: v.picklist(['parts', 'whole']),
        uploadId: v.string(),
        objectName: v.string(),
        size: v.number(),
        expiresAt: v.string(),
      }),
    ),
  }),
  'object/completeMultipartUpload': route({
    summary: 'Ends an upload in parts; before it there is no image.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({ ...oneUpload.fields, parts }),
    output: storedImage,
    audits: { input: ['uploadId'], output: ['bucketName', 'objectName'] },
  }),
  'object/abortMultipartUpload': route({
    summary: 'Gives up an upload.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: oneUpload,
    output: v.object({}),
    audits: { input: ['uploadId'] },
  }),
  'object/copyObject': route({
    summary: 'Copies an image.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: relocation,
    output: v.object({ etag: v.string(), bucketName: v.string(), objectName: v.string(), url: v.string() }),
    audits: {
      input: ['bucketName', 'objectName', 'toBucketName', 'toObjectName', 'onConflict'],
      output: ['bucketName', 'objectName'],
    },
  }),
  'object/moveObject': route({
    summary: 'Moves or renames an image.',
    access: 'member',
    scope: 'delete',
    changes: true,
    input: relocation,
    output: v.object({ etag: v.string(), bucketName: v.string(), objectName: v.string(), url: v.string() }),
    audits: {
      input: ['bucketName', 'objectName', 'toBucketName', 'toObjectName', 'onConflict'],
      output: ['bucketName', 'objectName'],
    },
  }),
  'object/removeObjects': route({
    summary: 'Removes up to 1,000 images, each on its own.',
    access: 'member',
    scope: 'delete',
    changes: true,
    input: input({ bucketName, objectNames, purge: optional(purge) }),
    output: v.array(
      v.object({
        objectName: v.string(),
        removed: v.boolean(),
        error: v.optional(v.string()),
        err: v.optional(v.string()),
      }),
    ),
    audits: { input: ['bucketName', 'objectNames', 'purge'] },
  }),
  'object/removeObject': route({
    summary: 'Removes an image.',
    access: 'member',
    scope: 'delete',
    changes: true,
    input: input({ ...oneObject.fields, purge: optional(purge) }),
    output: v.object({}),
    audits: { input: ['bucketName', 'objectName', 'purge'] },
  }),
} as const satisfies Contract;
