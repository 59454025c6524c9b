import { createLimit } from '../../concurrency/limit.ts';
import { IMAGE_CONTENT_TYPES } from '../../naming/media-type.ts';
import { session } from './session.ts';
import { createStore } from './store.ts';

/** Where an image is. */
export interface Place {
  readonly bucketName: string;
  readonly objectName: string;
}

/** Buckets of which an image was seen to need a sign-in. */
export const privateBuckets = createStore<ReadonlySet<string>>(new Set());

/** Finds out whether a stranger is refused an image, which of one image of a bucket is enough to know. */
export async function lookIfPrivate(bucketName: string, url: string): Promise<void> {
  if (privateBuckets.value.has(bucketName)) return;
  // From another origin it cannot be told.
  const response = await fetch(url, { method: 'HEAD', credentials: 'omit' }).catch(() => undefined);
  if (response === undefined || ![401, 403, 404].includes(response.status)) return;
  privateBuckets.update((known) => new Set([...known, bucketName]));
}

/** Browsers hold six connections to an origin. */
const enter = createLimit({ concurrent: 5 });

/** Smaller formats first: what a script asks for says nothing of them by itself. */
const ACCEPT = IMAGE_CONTENT_TYPES.toReversed().join(', ');

/** Reads an image at an address of the bed as whoever is signed in. @throws when it cannot be read */
export const loadPrivate = (address: string, signal: AbortSignal): Promise<Blob> =>
  enter(async () => {
    signal.throwIfAborted();
    const token = await session.token();
    const headers = { accept: ACCEPT, authorization: `Bearer ${token}` };
    const response = await fetch(address, { headers, signal });
    if (!response.ok) throw new Error(`${response.status}`);
    return response.blob();
  });
