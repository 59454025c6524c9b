import { createHash } from 'node:crypto';
import { type ClientOptions, createBedClient } from '../client.ts';
import type { UploadSource } from '../upload/source.ts';
import { type Bed, withUploads } from '../upload/uploading.ts';
import { toWebPlatform } from '../web-platform.ts';
import { withFile, withSpooled } from './file-source.ts';

/** The path of a file, a `Blob`, or a stream of bytes. */
export type NodeSource = string | UploadSource | AsyncIterable<Uint8Array>;

/** Creates a client of a bed, for Node: uploads take paths and streams too. */
export function createClient(options: ClientOptions): Bed<NodeSource> {
  const bed = withUploads(createBedClient(options, toWebPlatform(options)), () => createHash('sha256'), options.token);
  const { upload } = bed;
  const uploadAny: Bed<NodeSource>['upload'] = async (source, how) => {
    if (typeof source === 'string') return withFile(source, (file) => upload(file, how));
    if ('slice' in source) return upload(source, how);
    return withSpooled(source, 'image', (spooled) => upload(spooled, how));
  };
  return Object.assign(bed, { upload: uploadAny });
}
