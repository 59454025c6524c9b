import { beforeDeadline } from '../../concurrency/deadline.ts';
import { readWhole } from '../../concurrency/read-whole.ts';
import { SVG_CONTENT_TYPE } from '../../naming/media-type.ts';
import type { ImageTransformer, Placeholder } from '../../ports/image-transformer.ts';
import type { ReceivedImage } from './received-image.ts';

/** Largest image, in bytes, that is read whole for its placeholder. */
const MAX_BYTES = 32 * 1024 * 1024;
/** How long an upload waits for it, in milliseconds; most of it passes while the name is looked over. */
const PATIENCE_MS = 1000;

/** Finds what a page can show in the place of an image; nothing where that is too much to ask. Never fails. */
export type DescribeImage = (
  image: Pick<ReceivedImage, 'contentType' | 'size' | 'body'>,
) => Promise<Placeholder | undefined>;

/** Creates the description, of which an upload has no part but a moment's wait. */
export function createDescribeImage(transformer: Pick<ImageTransformer, 'describe'>): DescribeImage {
  const describe: DescribeImage = async ({ body }) =>
    transformer.describe(body instanceof Uint8Array ? body : await readWhole(body.open()));

  return async (image) => {
    // What an SVG draws is for whoever shows it.
    if (image.size > MAX_BYTES || image.contentType === SVG_CONTENT_TYPE) return undefined;
    return beforeDeadline(describe(image), PATIENCE_MS, tooLate).catch(() => undefined);
  };
}

const tooLate = (): Error => new Error('The placeholder takes too long');
