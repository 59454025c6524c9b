import { BedError, type BedErrorCode } from '../../client/index.ts';
import type { RouteOutput } from '../../contract/contract.ts';
import { bed, visit } from './bed.ts';
import { fromWallTime } from './expiry.ts';
import { changeFound } from './found.ts';
import { inParts } from './in-parts.ts';
import { tagChange, type Words } from './merge-words.ts';

/** What is known of an image besides its bytes. */
export type KnownImage = RouteOutput<'image/getImage'>;

/** Whether who is signed in may change what is said of an image: one's own, or an admin any. */
export function mayChange({ ownerId }: Pick<KnownImage, 'ownerId'>): boolean {
  const { value } = visit;
  return 'me' in value && (value.me.role === 'admin' || value.me.userId === ownerId);
}

/** Saves what is said of an image where it differs from what is said `now`, and when it goes where that is given. @throws {BedError} */
export async function saveWords(now: KnownImage, { title, description, tags }: Words, goesAt?: string): Promise<void> {
  const { imageId } = now;
  const texts = {
    ...(title !== now.title && { title }),
    ...(description !== now.description && { description }),
    ...(goesAt !== undefined && { expiresAt: fromWallTime(goesAt) }),
  };
  if (Object.keys(texts).length > 0) await bed.image.updateImage({ imageId, ...texts });
  // Each by itself, so that one that somebody else adds meanwhile stays.
  const { added: addTags, removed: removeTags } = tagChange(now.tags, tags);
  if (addTags.length + removeTags.length > 0) {
    const [outcome] = await bed.image.tagImages({ imageIds: [imageId], addTags, removeTags });
    // The bed's own names of failures.
    if (outcome?.changed === false) throw new BedError(outcome.error as BedErrorCode, outcome.err ?? '');
  }
  changeFound(new Set([imageId]), (image) => ({ ...image, title, description, tags: [...tags] }));
}

interface TagChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Tags images, and takes tags from them. @returns how many have changed, and why the first of the others has not @throws {BedError} */
export async function tagImages(imageIds: readonly string[], { added, removed }: TagChange) {
  const tags = { addTags: [...added], removeTags: [...removed] };
  const outcomes = await inParts(imageIds, (part) => bed.image.tagImages({ imageIds: part, ...tags }));
  const changed = new Set(outcomes.flatMap((outcome) => (outcome.changed ? [outcome.imageId] : [])));
  changeFound(changed, (image) => ({
    ...image,
    tags: [...new Set([...image.tags, ...added])].filter((tag) => !removed.includes(tag)),
  }));
  return { changed: changed.size, reason: outcomes.find((outcome) => !outcome.changed)?.err };
}
