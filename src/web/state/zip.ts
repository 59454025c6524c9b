import { bed } from './bed.ts';
import { inParts } from './in-parts.ts';

/** What is wanted as a zip: several images, or all of an album. */
export type Wanted = { readonly imageIds: readonly string[] } | { readonly albumId: string };

/** Has the browser fetch images as a zip, or as several where they are more than fit into one. @returns what is on its way @throws {BedError} */
export async function downloadZip(wanted: Wanted) {
  const zips =
    'albumId' in wanted
      ? [await bed.image.download({ albumId: wanted.albumId })]
      : await inParts(wanted.imageIds, async (part) => [await bed.image.download({ imageIds: part })]);
  for (const { url } of zips) fetchFile(url);
  return {
    images: zips.reduce((sum, { images }) => sum + images, 0),
    bytes: zips.reduce((sum, { size }) => sum + size, 0),
    zips: zips.length,
  };
}

/** The browser itself fetches it, so that nothing of it is held in memory. */
function fetchFile(url: string): void {
  Object.assign(document.createElement('a'), { href: url, download: '' }).click();
}
