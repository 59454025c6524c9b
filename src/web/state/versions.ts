import type { RouteOutput } from '../../contract/contract.ts';
import { bed, visit } from './bed.ts';
import { forgetFound } from './found.ts';
import { forgetListing } from './listing.ts';
import { renewPicture } from './renewed.ts';
import { refreshTrash } from './trash.ts';
import type { KnownImage } from './words.ts';

/** An image that is another picture now. */
export type ReplacedImage = RouteOutput<'image/replace'>;
/** What an image was before. */
export type Version = RouteOutput<'image/listVersions'>[number];

/** Whether an image is one's own: nobody else may put another picture in its place. */
export function isOwn({ ownerId }: Pick<KnownImage, 'ownerId'>): boolean {
  const { value } = visit;
  return 'me' in value && value.me.userId === ownerId;
}

interface Sending {
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
}

/** Puts a file in the place of an image. @throws {BedError} the signal's reason when it was aborted */
export async function replaceImage(imageId: string, file: File, sending: Sending): Promise<ReplacedImage> {
  const replaced = await bed.image.replace({ imageId }, { ...sending, file: { name: file.name, blob: file } });
  await showAnew(replaced);
  return replaced;
}

/** Makes an image what it was; what it is becomes a version. @throws {BedError} */
export async function rollBack(imageId: string, versionId: string): Promise<ReplacedImage> {
  const replaced = await bed.image.rollBack({ imageId, versionId });
  await showAnew(replaced);
  return replaced;
}

/** What was read of it before is of another picture. */
async function showAnew({ url, etag }: ReplacedImage): Promise<void> {
  await renewPicture(url, etag);
  forgetListing();
  forgetFound();
  refreshTrash();
}
