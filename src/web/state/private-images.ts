import { createLimit } from '../../concurrency/limit.ts';
import { session } from './session.ts';

/** Where an image is. */
export interface Place {
  readonly bucketName: string;
  readonly objectName: string;
}

/** Buckets of which an image was seen to need a sign-in. */
const heldBack = new Set<string>();

/** Whether images of a bucket are known to need a sign-in. */
export const isHeldBack = (bucketName: string): boolean => heldBack.has(bucketName);
/** Remembers it. */
export const noteHeldBack = (bucketName: string): void => void heldBack.add(bucketName);

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
