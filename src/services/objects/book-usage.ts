import type { Usage } from '../access/usage.ts';
import type { BookedImage, ObjectListener } from './events.ts';

/** Takes images that are gone, or were replaced, off their owners' counts; what is stored was counted before it was. */
export function bookUsage(usage: Usage): ObjectListener {
  const release = async (image: BookedImage | undefined): Promise<void> => {
    if (image?.ownerId !== undefined) await usage.release(image.ownerId, image.size);
  };
  return async (event) => {
    if (event.kind === 'removed') return release(event.image);
    await release(event.replaced);
    if (event.kind === 'moved') await release(event.source);
  };
}
