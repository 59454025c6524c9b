import type { Usage } from '../access/usage.ts';
import type { ChangedImage, ObjectListener } from './events.ts';

/** Takes images that are gone, or were replaced, off their owners' counts; what is stored was counted before it was. */
export function bookUsage(usage: Usage): ObjectListener {
  const release = async (image: ChangedImage | undefined): Promise<void> => {
    if (image?.ownerId !== undefined) await usage.release(image.ownerId, image.size);
  };
  return async (event) => {
    if (event.kind === 'removed') return release(event.image);
    // Whoever gives images away counts them.
    if (event.kind === 'given') return;
    await release(event.replaced);
    if (event.kind === 'moved') await release(event.source);
  };
}
