import { createLimit } from '../../concurrency/limit.ts';
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

/** Reads an image as whoever is signed in. @throws when it cannot be read */
export const loadPrivate = ({ bucketName, objectName }: Place, signal: AbortSignal): Promise<Blob> =>
  enter(async () => {
    signal.throwIfAborted();
    const query = new URLSearchParams({ bucketName, objectName });
    const token = await session.token();
    const response = await fetch(`object/getObject?${query}`, {
      headers: { authorization: `Bearer ${token}` },
      signal,
    });
    if (!response.ok) throw new Error(`${response.status}`);
    return response.blob();
  });
