import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageRecord } from '../../ports/image-records.ts';
import { EXPIRES } from '../access/access.ts';
import type { ChangedImage } from '../objects/events.ts';

/** Tells of an image without a record when it is to go: what is noted decides, as its owner may have thought better of it since. */
export type FindExpiry = (
  imageId: string,
  image: Pick<ChangedImage, 'metadata'>,
) => Promise<Pick<ImageRecord, 'expiresAt'>>;

/** Notes when an image is to go that is called by another id now: by the one before nobody finds it in time. */
export type KeepExpiry = (imageId: string, at: Date | undefined) => Promise<void>;

/** Creates what notes it, which costs nothing for images that stay. */
export function createKeepExpiry(documents: DocumentStore): KeepExpiry {
  return async (imageId, at) => {
    if (at === undefined) return;
    const { createExpiries } = await import('./expiries.ts');
    await createExpiries(documents).note(imageId, at);
  };
}

/** Creates the look-up, which costs nothing for images that were uploaded to stay. */
export function createFindExpiry(documents: DocumentStore): FindExpiry {
  return async (imageId, { metadata }) => {
    if (!(EXPIRES in metadata)) return {};
    const { createExpiries } = await import('./expiries.ts');
    const expiresAt = await createExpiries(documents).find(imageId);
    return expiresAt === undefined ? {} : { expiresAt };
  };
}
