// Uppy as it comes from npm, on the bed's presigned addresses: what the documentation shows.
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { createClient } from '../../../src/client/index.ts';

const MULTIPART_FROM = 16 * 1024 * 1024;
const settings = new URLSearchParams(location.hash.slice(1));
const bed = createClient({ url: settings.get('url') ?? '', token: settings.get('token') ?? '' });

/** The uploads that were begun, by the file that each is for. */
const begun = new Map<string, { readonly uploadId: string; readonly partSize: number }>();
const announce = ({ name = '', size, type }: { name?: string; size: number | null; type: string }) => ({
  bucketName: settings.get('bucket') ?? 'images',
  objectName: `uppy/${name}`,
  contentType: type as 'image/png',
  size: size ?? 0,
});

const uppy = new Uppy({ autoProceed: false }).use(AwsS3, {
  shouldUseMultipart: ({ size }) => (size ?? 0) >= MULTIPART_FROM,
  limit: 4,
  async getUploadParameters(file) {
    const { url, method, headers, uploadId } = await bed.object.presignedPutObject(announce(file));
    begun.set(file.id, { uploadId, partSize: 0 });
    return { url, method, headers };
  },
  getChunkSize: ({ size }) => partSizes.get(size) ?? MULTIPART_FROM,
  async createMultipartUpload(file) {
    const { uploadId = '' } = begun.get(file.id) ?? {};
    return { uploadId, key: uploadId };
  },
  async signPart(_, { uploadId, partNumber }) {
    const { url, method, headers } = await bed.object.presignedUploadPart({ uploadId, partNumber });
    return { url, method, headers };
  },
  async listParts(_, { uploadId = '' }) {
    const parts = await bed.object.listParts({ uploadId });
    return parts.map(({ partNumber, etag, size }) => ({ PartNumber: partNumber, ETag: etag, Size: size }));
  },
  async completeMultipartUpload(_, { uploadId, parts }) {
    const done = await bed.object.completeMultipartUpload({
      uploadId,
      parts: parts.map(({ PartNumber = 0, ETag = '' }) => ({ partNumber: PartNumber, etag: ETag })),
    });
    return { location: done.url };
  },
  async abortMultipartUpload(_, { uploadId = '' }) {
    await bed.object.abortMultipartUpload({ uploadId });
  },
});
const partSizes = new Map<number, number>();

// The bed says how long the parts are when an upload begins, which Uppy asks ahead of that.
uppy.addPreProcessor(async (ids) => {
  for (const file of ids.map((id) => uppy.getFile(id))) {
    if ((file.size ?? 0) < MULTIPART_FROM) continue;
    const { uploadId, partSize } = await bed.object.createMultipartUpload(announce(file));
    begun.set(file.id, { uploadId, partSize });
    partSizes.set(file.size ?? 0, partSize);
  }
});
// A PUT is an image when the bed has looked at it.
uppy.addPostProcessor(async (ids) => {
  for (const file of ids.map((id) => uppy.getFile(id))) {
    const { uploadId = '', partSize = 0 } = begun.get(file.id) ?? {};
    if (partSize === 0 && file.error === undefined) await bed.object.commitObject({ uploadId });
  }
});

document.querySelector('input')?.addEventListener('change', async ({ target }) => {
  const files = [...((target as HTMLInputElement).files ?? [])];
  uppy.addFiles(files.map((data) => ({ name: data.name, type: data.type, data })));
  const { successful, failed } = (await uppy.upload()) ?? {};
  document.body.dataset['done'] = JSON.stringify({
    successful: successful?.length,
    failed: failed?.map(({ name, error }) => `${name}: ${error}`),
  });
});
