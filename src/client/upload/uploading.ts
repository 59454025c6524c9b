import type { BedClient } from '../client.ts';
import { sendWhole } from './past-service.ts';
import type { UploadSource } from './source.ts';
import { type Uploaded, type Uploader, type UploadOptions, upload } from './upload.ts';
import { createUploadQueue, type UploadQueue, type UploadQueueOptions } from './upload-queue.ts';

/** A bed and the way of images to it. */
export interface Bed<Source = UploadSource> extends BedClient {
  /** Uploads an image. @throws {BedError} what the bed or the store refuses; the signal's reason when it was aborted */
  upload(source: Source, options?: UploadOptions): Promise<Uploaded>;
  /** Opens a queue of uploads. */
  uploads(options?: UploadQueueOptions): UploadQueue;
}

/** Adds the way of images to a client. */
export function withUploads(bed: BedClient, createHash: Uploader['createHash']): Bed {
  const uploader: Uploader = { bed, createHash, sendWhole, underWay: new Map() };
  return Object.assign(bed, {
    upload: (source: UploadSource, options?: UploadOptions) => upload(uploader, source, options),
    uploads: (options?: UploadQueueOptions) => createUploadQueue(uploader, options),
  });
}
