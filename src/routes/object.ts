import type { objectContract } from '../contract/object.ts';
import type { Objects } from '../services/objects.ts';
import type { Uploads } from '../services/uploads.ts';
import type { Handlers } from './handlers.ts';

/** Routes under `object/*`. */
export const objectRoutes = (objects: Objects, uploads: Uploads): Handlers<typeof objectContract> => ({
  'object/putObject': (input, { caller, mountUrl }) => uploads.put(caller, input, mountUrl),
  'object/listObjects': (listing, { caller }) => objects.list(caller, listing),
  'object/statObject': async ({ bucketName, objectName }, { caller }) => {
    const { size, contentType, lastModified, etag, metadata, versionId } = await objects.stat(
      caller,
      bucketName,
      objectName,
    );
    const metaData = { ...metadata, 'content-type': contentType };
    return { size, metaData, lastModified: lastModified.toISOString(), etag, versionId: versionId ?? null };
  },
  'object/getObject': async ({ bucketName, objectName }, { caller }) => {
    const { object, bytes } = await objects.read(caller, bucketName, objectName);
    const { size, contentType, etag } = object;
    return { size, contentType, etag, base64: bytes.toString('base64') };
  },
  'object/presignedGetObject': async ({ expiry, ...place }, { caller, mountUrl }) => {
    const { url } = await objects.presignGet(caller, place, { expiresInSeconds: expiry, mountUrl });
    return url;
  },
  'object/presignedPutObject': async (put, { caller, mountUrl }) => {
    const { url, headers, expiresAt } = await uploads.presignPut(caller, put, mountUrl);
    return { url, method: 'PUT', headers: { ...headers }, expiresAt: expiresAt.toISOString() };
  },
  'object/removeObject': async ({ bucketName, objectName }, { caller }) => {
    await objects.remove(caller, bucketName, objectName);
    return {};
  },
});
