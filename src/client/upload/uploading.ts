import { API_TOKEN_PREFIX } from '../../naming/credential.ts';
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

/** Adds the way of images to a client. @param token an API token, which may be narrowed to a folder */
export function withUploads(bed: BedClient, createHash: Uploader['createHash'], token = ''): Bed {
  const root = token.startsWith(API_TOKEN_PREFIX) ? keepRoot(bed) : async () => '';
  const uploader: Uploader = { bed, createHash, root, sendWhole, underWay: new Map() };
  return Object.assign(bed, {
    upload: (source: UploadSource, options?: UploadOptions) => upload(uploader, source, options),
    uploads: (options?: UploadQueueOptions) => createUploadQueue(uploader, options),
  });
}

/** Asks for the folder of a token once, with the first image that needs it; again where that failed. */
function keepRoot(bed: BedClient): () => Promise<string> {
  let root: Promise<string> | undefined;
  const ask = async (): Promise<string> => {
    try {
      return (await bed.auth.whoami()).token?.prefix ?? '';
    } catch (error) {
      root = undefined;
      throw error;
    }
  };
  return () => {
    root ??= ask();
    return root;
  };
}
