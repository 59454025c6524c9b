import * as v from 'valibot';
import { input, optional } from './field.ts';
import {
  albumId,
  beforeId,
  coverId,
  albumDescription as description,
  albumName as name,
  albumOrder as order,
  parentId,
  random,
} from './fields/album.ts';
import { imageId, imageIds } from './fields/image.ts';
import { continuationToken, pageSize } from './fields/page.ts';
import { download, sharePassword as password, shareId } from './fields/share.ts';
import { expiresIn } from './fields/token.ts';
import { imageOutcomes } from './image.ts';
import { type Contract, route } from './route-contract.ts';

const album = v.object({
  albumId: v.string(),
  name: v.string(),
  description: v.string(),
  ownerId: v.string(),
  parentId: v.optional(v.string()),
  coverId: v.optional(v.string()),
  order: order.schema,
  random: v.boolean(),
  createdAt: v.string(),
  updatedAt: v.string(),
});

const shareSummary = {
  shareId: v.string(),
  albumId: v.optional(v.string()),
  imageId: v.optional(v.string()),
  hasPassword: v.boolean(),
  download: v.boolean(),
  createdAt: v.string(),
  expiresAt: v.optional(v.string()),
};

/** How something is shared. */
const wishes = { expiresIn: optional(expiresIn), password: optional(password), download: optional(download, false) };
const newShare = v.object({ ...shareSummary, url: v.string() });

const oneAlbum = input({ albumId });
const itsImages = input({ albumId, imageIds });

/** Routes under `album/*`. */
export const albumContract = {
  'album/createAlbum': route({
    summary:
      'Makes an album, within another where `parentId` names one: up to 8 within each other, and 500 of a member.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({ name, description: optional(description, ''), parentId: optional(parentId, '') }),
    output: album,
    audits: { output: ['albumId'] },
  }),
  'album/updateAlbum': route({
    summary:
      "Sets an album's name, description, cover, parent or order, and whether `random` images of it are shown; what is left out stays.",
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({
      albumId,
      name: optional(name),
      description: optional(description),
      coverId: optional(coverId),
      parentId: optional(parentId),
      order: optional(order),
      random: optional(random),
    }),
    output: album,
    audits: { input: ['albumId'] },
  }),
  'album/removeAlbum': route({
    summary:
      'Removes an album and none of its images; what lies in it moves up. Again until `finished`, which the album is no longer seen before.',
    access: 'member',
    scope: 'delete',
    changes: true,
    input: oneAlbum,
    output: v.object({ finished: v.boolean() }),
    audits: { input: ['albumId'] },
  }),
  'album/listAlbums': route({
    summary:
      "Lists albums: on a shared bed everybody's, on a private one one's own, and an admin all; while there is a `continuationToken`, there is more.",
    access: 'member',
    scope: 'list',
    input: input({ pageSize: optional(pageSize, 100), continuationToken: optional(continuationToken) }),
    output: v.object({ albums: v.array(album), continuationToken: v.optional(v.string()) }),
  }),
  'album/getAlbum': route({
    summary: 'Shows an album; `image/search` with its `albumId` finds the images that the caller may list.',
    access: 'member',
    scope: 'list',
    input: oneAlbum,
    output: album,
  }),
  'album/addImages': route({
    summary: 'Puts up to 1,000 images into an album, each on its own; links and other albums stay.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: itsImages,
    output: imageOutcomes,
    audits: { input: ['albumId', 'imageIds'] },
  }),
  'album/removeImages': route({
    summary: 'Takes up to 1,000 images out of an album, and removes none.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: itsImages,
    output: imageOutcomes,
    audits: { input: ['albumId', 'imageIds'] },
  }),
  'album/reorder': route({
    summary:
      'Puts up to 1,000 images of an album, as they follow each other here, before `beforeId` or else behind all, among its first 10,000; its `order` is `manual` from then on.',
    access: 'member',
    scope: 'upload',
    changes: true,
    input: input({ ...itsImages.fields, beforeId: optional(beforeId) }),
    output: album,
    audits: { input: ['albumId', 'imageIds', 'beforeId'] },
  }),
  'album/share': route({
    summary:
      'Hands an album to whoever has the `url`, which is shown this once: without an account, from private buckets too, until `album/unshare`.',
    access: 'member',
    scope: 'read',
    changes: true,
    input: input({ albumId, ...wishes }),
    output: newShare,
    audits: { input: ['albumId', 'expiresIn', 'download'] },
  }),
  'image/share': route({
    summary: 'Hands an image on in the same way.',
    access: 'member',
    scope: 'read',
    changes: true,
    input: input({ imageId, ...wishes }),
    output: newShare,
    audits: { input: ['imageId', 'expiresIn', 'download'] },
  }),
  'album/listShares': route({
    summary: 'Lists what one shares, albums and images, without the addresses.',
    access: 'member',
    scope: 'list',
    input: input({}),
    output: v.array(v.object(shareSummary)),
  }),
  'album/unshare': route({
    summary: 'Ends a share of an album or an image at once.',
    access: 'member',
    scope: 'delete',
    changes: true,
    input: input({ shareId }),
    output: v.object({}),
    audits: { input: ['shareId'] },
  }),
} as const satisfies Contract;
