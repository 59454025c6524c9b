import { settings } from './settings.ts';

/** What is compressed: what a canvas shows as it is. An animation would stand still, and an SVG has no pixels. */
const isCompressible = ({ type }: Blob): boolean => /^image\/(jpeg|png|bmp)$/.test(type);
/** What only some browsers show. */
const isHeic = ({ type, name }: File): boolean => /^image\/hei[cf]/.test(type) || /\.hei[cf]$/i.test(name);
/** Not every bed takes these, and none past the service. */
const isForeign = (file: File): boolean => isHeic(file) || file.type === 'image/bmp' || file.type === 'image/tiff';
const CONVERTED_QUALITY = 0.92;

/** Compresses an image to WebP, as wide and as high as it is. @throws where this browser cannot show it */
export async function toWebp(file: Blob, quality: number): Promise<Blob> {
  const bitmap = await createImageBitmap(file);
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    return await canvas.convertToBlob({ type: 'image/webp', quality });
  } finally {
    bitmap.close();
  }
}

/** Makes of files what is uploaded: as the settings say, and of what not every bed takes what one does, where this browser can. */
export async function compressFiles(files: readonly File[]): Promise<readonly File[]> {
  const quality = settings.value.quality / 100;
  const made: File[] = [];
  // One after the other: a bitmap of a photo has some 50 MB.
  for (const file of files) made.push(await compressFile(file, quality));
  return made;
}

async function compressFile(file: File, quality: number): Promise<File> {
  const isWanted = isForeign(file) || (quality > 0 && isCompressible(file));
  if (!isWanted) return file;
  // What cannot be shown here is for the bed to say.
  const webp = await toWebp(file, quality > 0 ? quality : CONVERTED_QUALITY).catch(() => undefined);
  if (webp?.type !== 'image/webp' || (webp.size >= file.size && !isForeign(file))) return file;
  const { inFolder } = file as { readonly inFolder?: string };
  const name = file.name.replace(/\.[^.]*$/, '.webp');
  return Object.assign(new File([webp], name, { type: webp.type, lastModified: file.lastModified }), { inFolder });
}
