import * as v from 'valibot';
import { quotaShape } from '../naming/account.ts';
import { MAX_EXPIRY_SECONDS } from '../naming/s3-limits.ts';
import { input, optional } from './field.ts';
import { after } from './fields/account.ts';
import { albumId, albumOrder as order } from './fields/album.ts';
import { imageBucket as bucketName, bucketName as oneBucket } from './fields/bucket.ts';
import {
  addTags,
  description,
  expiresAt,
  from,
  imageId,
  imageIds,
  link,
  maxSize,
  minSize,
  minWidth,
  orientation,
  ownerId,
  ownTags,
  removeTags,
  sha256,
  tags,
  text,
  title,
  to,
  type,
  versionId,
} from './fields/image.ts';
import { base64, expiry, objectName, prefix, toObjectName } from './fields/object.ts';
import { continuationToken, pageSize } from './fields/page.ts';
import { parameters, presets } from './fields/variant.ts';
import { type Contract, route } from './route-contract.ts';

const oneImage = input({ bucketName, objectName });
const presetsByName = v.object({ presets: v.record(v.string(), v.record(v.string(), v.string())) });
/** What is known of an image; what is of its picture only where the caller may read it. */
const knownImage = v.object({
  imageId: v.string(),
  bucketName: v.string(),
  objectName: v.string(),
  url: v.string(),
  title: v.string(),
  originalName: v.string(),
  description: v.string(),
  tags: v.array(v.string()),
  contentType: v.string(),
  size: v.number(),
  width: v.optional(v.number()),
  height: v.optional(v.number()),
  frames: v.optional(v.number()),
  thumbhash: v.optional(v.string()),
  ownerId: v.optional(v.string()),
  createdAt: v.string(),
  updatedAt: v.string(),
  expiresAt: v.optional(v.string()),
});

/** An image that is another picture now; `versionId` is what it was before, where that is kept. */
const replacedImage = v.object({
  etag: v.string(),
  imageId: v.string(),
  bucketName: v.string(),
  objectName: v.string(),
  size: v.number(),
  contentType: v.string(),
  url: v.string(),
  width: v.optional(v.number()),
  height: v.optional(v.number()),
  frames: v.optional(v.number()),
  thumbhash: v.optional(v.string()),
  color: v.optional(v.string()),
  versionId: v.optional(v.string()),
});

const amount = { images: v.number(), bytes: v.number() };
/** What became of each of several images. */
export const imageOutcomes = v.array(
  v.object({
    imageId: v.string(),
    changed: v.boolean(),
    error: v.optional(v.string()),
    err: v.optional(v.string()),
  }),
);

/** Routes under `image/*`. */
export const imageContract = {
  'image/search': route({
    summary:
      'Finds images that the caller may list, in one bucket or all, the newest first or a whole album in its own order unless `order` is given; `total` comes with the first page and is an estimate unless `isExact`; while there is a `continuationToken`, there is more.',
    access: 'member',
    scope: 'list',
    input: input({
      text: optional(text),
      tags: optional(tags),
      albumId: optional(albumId),
      bucketName: optional(oneBucket),
      prefix: optional(prefix),
      ownerId: optional(ownerId),
      type: optional(type),
      orientation: optional(orientation),
      minWidth: optional(minWidth),
      minSize: optional(minSize),
      maxSize: optional(maxSize),
      from: optional(from),
      to: optional(to),
      order: optional(order),
      pageSize: optional(pageSize, 50),
      continuationToken: optional(continuationToken),
    }),
    output: v.object({
      total: v.optional(v.number()),
      isExact: v.optional(v.boolean()),
      continuationToken: v.optional(v.string()),
      images: v.array(knownImage),
    }),
  }),
  'image/getImage': route({
    summary: 'Shows what is known of an image, by its id, its place, its link, or the newest of these bytes.',
    access: 'member',
    scope: 'read',
    input: input({
      imageId: optional(imageId),
      bucketName,
      objectName: optional(objectName),
      link: optional(link),
      sha256: optional(sha256),
    }),
    output: knownImage,
  }),
  'image/random': route({
    summary:
      'Shows an image of an album by chance, where the album allows it (`random`); `GET <mount>/r/<albumId>` redirects everybody to one in a public bucket.',
    access: 'member',
    scope: 'read',
    input: input({ albumId }),
    output: knownImage,
  }),
  'image/statistics': route({
    summary:
      "Counts the images of one's own that one may list, by day and type, or as an admin everybody's, by owner and bucket too; `from` and `to` are of the days, which are the last year's unless said.",
    access: 'member',
    scope: 'list',
    input: input({ bucketName: optional(oneBucket), from: optional(from), to: optional(to) }),
    output: v.object({
      ...amount,
      days: v.array(v.object({ day: v.string(), ...amount })),
      types: v.array(v.object({ contentType: v.string(), ...amount })),
      owners: v.optional(v.array(v.object({ ownerId: v.string(), ...amount }))),
      buckets: v.optional(v.array(v.object({ bucketName: v.string(), ...amount }))),
    }),
  }),
  'image/usage': route({
    summary:
      'Shows what accounts take up of the bed, the trash included, a page of accounts at a time and of each page those that take most first; while there is an `after`, there are more.',
    access: 'admin',
    input: input({ pageSize: optional(pageSize, 100), after: optional(after) }),
    output: v.object({
      users: v.array(
        v.object({ userId: v.string(), name: v.optional(v.string()), ...amount, quota: v.optional(quotaShape) }),
      ),
      after: v.optional(v.string()),
    }),
  }),
  'image/updateImage': route({
    summary:
      'Sets what is said of an image, and when it goes by itself, by its id or by its place; what is left out stays.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({
      imageId: optional(imageId),
      bucketName,
      objectName: optional(objectName),
      title: optional(title),
      description: optional(description),
      tags: optional(ownTags),
      expiresAt: optional(expiresAt),
    }),
    output: v.object({ imageId: v.string(), bucketName: v.string(), objectName: v.string(), updatedAt: v.string() }),
    audits: { input: ['imageId'], output: ['bucketName', 'objectName'] },
  }),
  'image/tagImages': route({
    summary: 'Adds tags to up to 1,000 images, and removes others from them, each image on its own.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({ imageIds, addTags: optional(addTags, []), removeTags: optional(removeTags, []) }),
    output: imageOutcomes,
    audits: { input: ['imageIds', 'addTags', 'removeTags'] },
  }),
  'image/download': route({
    summary:
      'Gives the address of a zip of up to 1,000 images or of an album, of at most 10 GB and 10,000 images; anybody may fetch it by HTTP within a quarter of an hour.',
    access: 'member',
    scope: 'read',
    input: input({ imageIds: optional(imageIds), albumId: optional(albumId) }),
    output: v.object({ url: v.string(), expiresAt: v.string(), images: v.number(), size: v.number() }),
  }),
  'image/listTrash': route({
    summary: "Lists what was removed and can come back: one's own, or an admin everybody's.",
    access: 'member',
    scope: 'list',
    input: input({
      bucketName: optional(oneBucket),
      pageSize: optional(pageSize, 50),
      continuationToken: optional(continuationToken),
    }),
    output: v.object({
      images: v.array(
        v.object({
          imageId: v.string(),
          bucketName: v.string(),
          objectName: v.string(),
          originalName: v.string(),
          contentType: v.string(),
          size: v.number(),
          ownerId: v.optional(v.string()),
          versionOf: v.optional(v.string()),
          removedAt: v.string(),
          purgesAt: v.string(),
        }),
      ),
      continuationToken: v.optional(v.string()),
    }),
  }),
  'image/restore': route({
    summary: 'Takes an image out of the trash, to where it was or to another name.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({ imageId, toObjectName: optional(toObjectName) }),
    output: v.object({ etag: v.string(), bucketName: v.string(), objectName: v.string(), url: v.string() }),
    audits: { input: ['imageId'], output: ['bucketName', 'objectName'] },
  }),
  'image/purge': route({
    summary: 'Removes images in the trash for good.',
    access: 'member',
    scope: 'delete',
    changes: true,
    input: input({ imageIds }),
    output: v.array(v.object({ imageId: v.string(), purged: v.boolean() })),
    audits: { input: ['imageIds'] },
  }),
  'image/emptyTrash': route({
    summary: "Removes up to 500 of one's own images in the trash for good; again until `isEmpty`.",
    access: 'member',
    scope: 'delete',
    changes: true,
    input: input({}),
    output: v.object({ purged: v.number(), isEmpty: v.boolean() }),
    audits: { input: [] },
  }),
  'image/replace': route({
    summary:
      "Puts another picture in the place of an image of one's own, or as an admin of anybody's, by its id or its place: address, owner, albums and what is said of it stay, and what it was is a version for the days of the trash.",
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({
      imageId: optional(imageId),
      bucketName,
      objectName: optional(objectName),
      base64: optional(base64),
    }),
    output: replacedImage,
    file: 'base64',
    audits: { input: ['imageId'], output: ['bucketName', 'objectName'] },
  }),
  'image/listVersions': route({
    summary: "Lists what an image of one's own, or as an admin anybody's, was before, the latest first.",
    access: 'member',
    scope: 'read',
    input: input({ imageId: optional(imageId), bucketName, objectName: optional(objectName) }),
    output: v.array(
      v.object({
        versionId: v.string(),
        contentType: v.string(),
        size: v.number(),
        width: v.optional(v.number()),
        height: v.optional(v.number()),
        thumbhash: v.optional(v.string()),
        replacedAt: v.string(),
        purgesAt: v.string(),
      }),
    ),
  }),
  'image/rollBack': route({
    summary: 'Makes an image what it was before; what it is becomes a version.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({ imageId, versionId }),
    output: replacedImage,
    audits: { input: ['imageId', 'versionId'], output: ['bucketName', 'objectName'] },
  }),
  'image/variantUrl': route({
    summary:
      'Gives the address of an image in another size or form; it is signed, and holds for `expiry` seconds, where the parameters or the image are not open to everybody.',
    access: 'member',
    scope: 'read',
    input: input({ ...oneImage.fields, parameters, expiry: optional(expiry, MAX_EXPIRY_SECONDS) }),
    output: v.object({ url: v.string(), expiresAt: v.optional(v.string()) }),
  }),
  'image/getPresets': route({
    summary: 'Shows the presets that an address may name as `p`.',
    access: 'member',
    scope: 'read',
    input: input({}),
    output: presetsByName,
  }),
  'image/setPresets': route({
    summary: 'Puts presets in the place of those that were set before, beside those that every bed has.',
    access: 'admin',
    changes: true,
    input: input({ presets }),
    output: presetsByName,
    audits: { input: ['presets'] },
  }),
  'image/purgeVariants': route({
    summary: 'Removes what was made of an image in other sizes and forms; it is made again when it is asked for.',
    access: 'member',
    scope: 'delete',
    changes: true,
    input: oneImage,
    output: v.object({ removed: v.number() }),
    audits: { input: ['bucketName', 'objectName'] },
  }),
} as const satisfies Contract;
