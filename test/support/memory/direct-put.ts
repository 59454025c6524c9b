import type { PresignedRequest } from '../../../src/ports/object-store.ts';
import type { Announcement } from '../../../src/services/uploads/upload-records.ts';
import { BUCKET, type MemoryBed } from './bed.ts';

/** Where the HTTP mount of a bed in memory would be. */
export const MOUNT = 'http://127.0.0.1/imagepic';

/** What is put past the service, unless a test says otherwise. */
export const BYTES = Buffer.from('a picture of a hundred words');

/** Announces an upload of those bytes. */
export const announce = (objectName: string, more: Partial<Announcement> = {}): Announcement => ({
  bucketName: BUCKET,
  objectName,
  contentType: 'image/png',
  size: BYTES.length,
  ...more,
});

/** Sends a PUT to an address of a bed's own mount; `state.read` says whether a byte of it was taken. */
export function putTo(bed: MemoryBed, { url }: PresignedRequest, bytes: Uint8Array, length = bytes.length) {
  const { pathname, searchParams } = new URL(url);
  const [, , , bucketName = '', ...segments] = pathname.split('/').map(decodeURIComponent);
  const state = { read: false };
  const body = (async function* () {
    state.read = true;
    yield bytes;
  })();
  const answer = bed.directUploads.receiveSigned({
    ...{ bucketName, objectName: segments.join('/'), query: searchParams, body },
    ...{ contentType: searchParams.has('partNumber') ? undefined : 'image/png', contentLength: length },
  });
  return Object.assign(answer, { state });
}
