import type { Usage } from '../access/usage.ts';
import type { ChangedImage, ObjectListener } from './events.ts';

/** Takes images that are gone, or were replaced, off their owners' counts; what is stored was counted before it was. */
export function bookUsage(usage: Usage): ObjectListener {
  const release = async (image: ChangedImage | undefined): Promise<void> => {
    if (image?.ownerId !== undefined) await usage.release(image.ownerId, image.size);
  };
  return async (event) => {
    // What is in the trash is its owner's still.
    if (event.kind === 'removed' || event.kind === 'purged') return release(event.image);
    // Whoever gives images away counts them.
    if (event.kind === 'given' || event.kind === 'trashed' || event.kind === 'restored') return;
    // What an image was before lies in the trash.
    if (event.kind === 'replaced') return;
    await release(event.replaced);
    if (event.kind === 'moved') await release(event.source);
  };
}
