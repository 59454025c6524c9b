import type { objectContract } from '../contract/object.ts';
import { imageIdOf } from '../services/access/access.ts';
import type { Embeds } from '../services/objects/embeds.ts';
import { readFacts } from '../services/objects/image-facts.ts';
import type { Links } from '../services/objects/links.ts';
import type { ObjectReader, Place } from '../services/objects/object-reader.ts';
import type { Objects } from '../services/objects/objects.ts';
import type { Stored } from '../services/objects/writes.ts';
import type { DirectUploads } from '../services/uploads/direct-uploads.ts';
import type { StoredImage, Uploads } from '../services/uploads/uploads.ts';
import type { Handlers } from './handlers.ts';

/** What the routes under `object/*` stand on. */
export interface ObjectServices {
  readonly objects: Objects;
  readonly reader: ObjectReader;
  readonly uploads: Uploads;
  readonly directUploads: DirectUploads;
  readonly links: Links;
  readonly embeds: Embeds;
}

/** Routes under `object/*`. */
export const objectRoutes = (services: ObjectServices): Handlers<typeof objectContract> => {
  const { objects, reader, uploads, directUploads, links, embeds } = services;
  const toPlaced = ({ etag, objectName }: Stored, bucketName: string, mountUrl: string) => ({
    etag,
    bucketName,
    objectName,
    url: links(mountUrl, bucketName, objectName),
  });

  const withCode = async (stored: StoredImage, mountUrl: string) => ({
    ...stored,
    ...(await embeds.of(mountUrl, stored)),
  });

  return {
    'object/putObject': async (put, { caller, image, mountUrl }) =>
      withCode(await uploads.put(caller, put, { image, mountUrl }), mountUrl),
    'object/listObjects': async (listing, { caller, mountUrl }) => {
      const { lists, ...page } = await reader.list(caller, listing);
      const withLink = (entry: (typeof lists)[number]) =>
        'name' in entry ? { ...entry, url: links(mountUrl, listing.bucketName, entry.name) } : entry;
      return { ...page, lists: lists.map(withLink) };
    },
    'object/statObject': async ({ bucketName, objectName: name }, { caller, mountUrl }) => {
      const object = await reader.stat(caller, bucketName, name);
      const { key: objectName, size, contentType, lastModified, etag, metadata, versionId } = object;
      const facts = readFacts(object);
      const metaData = { ...metadata, 'content-type': contentType };
      const url = links(mountUrl, bucketName, objectName);
      return {
        ...{ imageId: imageIdOf(metadata), bucketName, objectName },
        ...{ size, metaData, lastModified: lastModified.toISOString(), etag, versionId: versionId ?? null, url },
        ...facts,
        ...(await embeds.of(mountUrl, { bucketName, objectName, contentType, ...facts })),
      };
    },
    'object/getObject': async ({ bucketName, objectName }, { caller }) => {
      const { object, bytes } = await reader.read(caller, bucketName, objectName);
      const { size, contentType, etag } = object;
      return { size, contentType, etag, base64: bytes.toString('base64') };
    },
    'object/presignedGetObject': async ({ expiry, ...place }, { caller, mountUrl }) => {
      const { url } = await reader.presignGet(caller, place, { expiresInSeconds: expiry, mountUrl });
      return url;
    },
    'object/presignedPutObject': async ({ expiry, ...put }, { caller, mountUrl }) => {
      const request = await directUploads.presign(caller, put, expiry, mountUrl);
      return { ...toPut(request), uploadId: request.uploadId };
    },
    'object/presignedPostPolicy': async ({ expiry, ...put }, { caller }) => {
      const { url, fields, expiresAt, uploadId } = await directUploads.presignPost(caller, put, expiry);
      return { url, method: 'POST', fields, expiresAt: expiresAt.toISOString(), uploadId };
    },
    'object/commitObject': async ({ uploadId }, { caller, mountUrl }) =>
      withCode(await directUploads.commit(caller, uploadId, mountUrl), mountUrl),
    'object/createMultipartUpload': async (put, { caller }) => {
      const { expiresAt, ...upload } = await directUploads.createMultipart(caller, put);
      return { ...upload, expiresAt: expiresAt.toISOString() };
    },
    'object/presignedUploadPart': async (part, { caller, mountUrl }) =>
      toPut(await directUploads.presignPart(caller, part, mountUrl)),
    'object/listParts': ({ uploadId }, { caller }) => directUploads.listParts(caller, uploadId),
    'object/listMultipartUploads': ({ bucketName }, { caller }) => directUploads.listMultiparts(caller, bucketName),
    'object/completeMultipartUpload': async ({ uploadId, parts }, { caller, mountUrl }) =>
      withCode(await directUploads.complete(caller, uploadId, parts, mountUrl), mountUrl),
    'object/abortMultipartUpload': async ({ uploadId }, { caller }) => {
      await directUploads.abort(caller, uploadId);
      return {};
    },
    'object/copyObject': async (relocation, { caller, mountUrl }) => {
      const { source, target } = toEnds(relocation);
      return toPlaced(await objects.copy(caller, source, target, relocation), target.bucketName, mountUrl);
    },
    'object/moveObject': async (relocation, { caller, mountUrl }) => {
      const { source, target } = toEnds(relocation);
      return toPlaced(await objects.move(caller, source, target, relocation), target.bucketName, mountUrl);
    },
    'object/removeObject': async ({ bucketName, objectName, ...how }, { caller }) => {
      await objects.remove(caller, bucketName, objectName, how);
      return {};
    },
    'object/removeObjects': async ({ bucketName, objectNames, ...how }, { caller, language }) => {
      const removals = await objects.removeMany(caller, bucketName, objectNames, how);
      return removals.map(({ objectName, error }) => ({
        objectName,
        removed: error === undefined,
        error: error?.code,
        err: error?.text[language],
      }));
    },
  };
};

interface Presigned {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

const toPut = ({ url, headers, expiresAt }: Presigned) => ({
  url,
  method: 'PUT' as const,
  headers,
  expiresAt: expiresAt.toISOString(),
});

interface Relocation extends Place {
  readonly toBucketName?: string | undefined;
  readonly toObjectName: string;
}

const toEnds = ({ bucketName, objectName, toBucketName, toObjectName }: Relocation) => ({
  source: { bucketName, objectName },
  target: { bucketName: toBucketName ?? bucketName, objectName: toObjectName },
});
