import type { MultipartCalls, ObjectStore, PendingUpload } from '../../../ports/object-store.ts';
import { toS3Object } from './address.ts';
import { QUICK, type S3Connection } from './connection.ts';
import { bareEtag, describe } from './description.ts';
import { present } from './errors.ts';
import { allPages } from './listing.ts';
import { asNoSuchUpload, type OpenUpload, type PartCalls } from './part-calls.ts';

type StoredParts = Awaited<ReturnType<ObjectStore['listParts']>>;

/** Creates the multipart calls of the port. */
export function createMultipart(connection: S3Connection, calls: PartCalls): MultipartCalls {
  const upload = (bucket: string, key: string, uploadId: string): OpenUpload => ({
    ...toS3Object(bucket, key),
    UploadId: uploadId,
  });
  return {
    createMultipartUpload: async (bucket, key, description) =>
      calls.create({ ...toS3Object(bucket, key), ...describe(description) }),
    uploadPart: async (bucket, key, uploadId, partNumber, body) =>
      calls.send(upload(bucket, key, uploadId), partNumber, body),
    listParts: async (bucket, key, uploadId) => listParts(connection, upload(bucket, key, uploadId)),
    completeMultipartUpload: async (bucket, key, uploadId, parts) =>
      calls.complete(upload(bucket, key, uploadId), parts),
    abortMultipartUpload: async (bucket, key, uploadId) => calls.abort(upload(bucket, key, uploadId)),
    listMultipartUploads: (bucket) => listUploads(connection, bucket),
  };
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
const listParts = ({ send }: S3Connection, upload: OpenUpload): Promise<StoredParts> =>
  allPages((marker: string | undefined) =>
    send(async ({ client, ListPartsCommand }, options) => {
      const input = { ...upload, ...(marker !== undefined && { PartNumberMarker: marker }) };
      const output = await client.send(new ListPartsCommand(input), options);
      present(output.UploadId, 'upload id');
      const items = (output.Parts ?? []).map(({ PartNumber, ETag, Size }) => ({
        partNumber: present(PartNumber, 'part number'),
        etag: bareEtag(ETag),
        size: present(Size, 'size'),
      }));
      return { items, next: output.IsTruncated === true ? output.NextPartNumberMarker : undefined };
    }, QUICK),
  ).catch(asNoSuchUpload);

interface UploadMarker {
  readonly KeyMarker: string;
  readonly UploadIdMarker: string;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
const listUploads = ({ send }: S3Connection, bucket: string): Promise<readonly PendingUpload[]> =>
  allPages((marker: UploadMarker | undefined) =>
    send(async ({ client, ListMultipartUploadsCommand }, options) => {
      // Not in URL encoding: Ceph then encodes the keys, but neither says so nor does it to the markers.
      const command = new ListMultipartUploadsCommand({ Bucket: bucket, ...marker });
      const { Bucket, Uploads = [], IsTruncated, ...next } = await client.send(command, options);
      present(Bucket, 'bucket');
      const items = Uploads.map(({ Key, UploadId, Initiated }) => ({
        key: present(Key, 'key'),
        uploadId: present(UploadId, 'upload id'),
        initiated: present(Initiated, 'date'),
      }));
      const { NextKeyMarker: KeyMarker = '', NextUploadIdMarker: UploadIdMarker = '' } = next;
      return { items, next: IsTruncated === true ? { KeyMarker, UploadIdMarker } : undefined };
    }, QUICK),
  );
