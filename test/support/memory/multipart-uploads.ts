import type { ObjectStore, Part } from '../../../src/ports/object-store.ts';
import { describe, failure, type KeptUpload, type MemoryObjects, md5, readWhole } from './kept-objects.ts';

const MAX_PART_NUMBER = 10_000;

type MultipartUploads = Pick<
  ObjectStore,
  | 'createMultipartUpload'
  | 'uploadPart'
  | 'listParts'
  | 'completeMultipartUpload'
  | 'abortMultipartUpload'
  | 'listMultipartUploads'
>;

/** Creates the multipart calls of a store in memory. */
export function createMemoryMultipartUploads(objects: MemoryObjects): MultipartUploads {
  const { now, minPartSize, call } = objects;
  let begun = 0;

  const require = (bucket: string, key: string, uploadId: string): KeptUpload => {
    const upload = objects.require(bucket).uploads.get(uploadId);
    if (upload?.key !== key) throw failure('NoSuchUpload', 'The upload is not there');
    return upload;
  };
  const choose = ({ parts: sent }: KeptUpload, named: readonly Part[]): readonly Buffer[] => {
    if (named.length === 0) throw unfit();
    return named.map(({ partNumber, etag }, index) => {
      const part = sent.get(partNumber);
      const isInOrder = partNumber > (named[index - 1]?.partNumber ?? 0);
      const isLarge = index === named.length - 1 || (part?.bytes.byteLength ?? 0) >= minPartSize;
      if (part?.etag !== etag || !isInOrder || !isLarge) throw unfit();
      return part.bytes;
    });
  };

  return {
    createMultipartUpload: async (bucket, key, options) => {
      const described = describe(options);
      return call('createMultipartUpload', { bucket, key }, () => {
        const { uploads } = objects.require(bucket);
        begun += 1;
        const uploadId = begun.toString(16).padStart(32, '0');
        uploads.set(uploadId, { key, uploadId, initiated: now(), options: described, parts: new Map() });
        return uploadId;
      });
    },
    uploadPart: async (bucket, key, uploadId, partNumber, body) => {
      if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PART_NUMBER) throw unfit();
      const bytes = await readWhole(body);
      return call('uploadPart', { bucket, key }, () => {
        const etag = md5(bytes);
        require(bucket, key, uploadId).parts.set(partNumber, { bytes, etag });
        return { partNumber, etag };
      });
    },
    listParts: (bucket, key, uploadId) =>
      call('listParts', { bucket, key }, () =>
        [...require(bucket, key, uploadId).parts]
          .map(([partNumber, { bytes, etag }]) => ({ partNumber, etag, size: bytes.byteLength }))
          .sort((left, right) => left.partNumber - right.partNumber),
      ),
    completeMultipartUpload: (bucket, key, uploadId, parts) =>
      call('completeMultipartUpload', { bucket, key }, () => {
        const upload = require(bucket, key, uploadId);
        const chosen = choose(upload, parts);
        const digests = chosen.map((bytes) => Buffer.from(md5(bytes), 'hex'));
        const etag = `${md5(Buffer.concat(digests))}-${chosen.length}`;
        objects.keep(bucket, key, Buffer.concat(chosen), upload.options, etag);
        objects.require(bucket).uploads.delete(uploadId);
        return { etag };
      }),
    abortMultipartUpload: (bucket, key, uploadId) =>
      call('abortMultipartUpload', { bucket, key }, () => {
        const uploads = objects.find(bucket)?.uploads;
        if (uploads?.get(uploadId)?.key === key) uploads.delete(uploadId);
      }),
    listMultipartUploads: (bucket) =>
      call('listMultipartUploads', { bucket }, () =>
        [...objects.require(bucket).uploads.values()].map(({ key, uploadId, initiated }) => ({
          key,
          uploadId,
          initiated,
        })),
      ),
  };
}

const unfit = () => failure('InvalidArgument', 'The parts do not fit');
