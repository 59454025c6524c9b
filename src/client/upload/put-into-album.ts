import { BedError } from '../bed-error.ts';
import type { BedCalls } from '../client.ts';
import type { Uploaded } from './upload.ts';

/** Puts an image that is on the bed into an album. @throws {BedError} what the album refuses; the image stays where it is, which `details.uploaded` says */
export async function putIntoAlbum(
  bed: BedCalls,
  albumId: string,
  image: Uploaded,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const imageIds = [image.imageId ?? (await findId(bed, image, signal))];
    const [outcome] = await bed.call('album/addImages', { albumId, imageIds }, { signal });
    // The bed names its refusals by the closed table.
    if (outcome?.error !== undefined)
      throw new BedError(outcome.error as BedError['code'], outcome.err ?? outcome.error);
  } catch (error) {
    if (!(error instanceof BedError)) throw error;
    const details = { ...error.details, uploaded: image };
    throw new BedError(error.code, error.message, { ...error, details, cause: error });
  }
}

/** What the bed calls an image that has no id of its own: one that came before ids, or past the service. */
async function findId(
  bed: BedCalls,
  { bucketName, objectName }: Uploaded,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { imageId } = await bed.call('image/getImage', { bucketName, objectName }, { signal });
  return imageId;
}
