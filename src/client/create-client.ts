import { type ClientOptions, createBedClient } from './client.ts';
import { type Bed, withUploads } from './upload/uploading.ts';
import { toWebPlatform } from './web-platform.ts';

/** Creates a client of a bed, for browsers and workers; it takes a `File` or a `Blob`. */
export const createClient = (options: ClientOptions): Bed =>
  // Whoever uploads nothing does without it.
  withUploads(
    createBedClient(options, toWebPlatform(options)),
    async () => (await import('./upload/sha256.ts')).createSha256(),
    options.token,
  );
