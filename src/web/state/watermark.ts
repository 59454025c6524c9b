/** Longest side of a watermark, in pixels: as large as the bed keeps it. */
const MARK_SIDE = 640;
const FONT = 'bold 64px system-ui, sans-serif';
const AROUND = 8;

/** Draws a line of text, white before its own shadow, by the fonts of this machine: a server may have none. */
export async function drawMark(text: string): Promise<Blob> {
  const measured = new OffscreenCanvas(1, 1).getContext('2d');
  if (measured === null) throw new TypeError('no canvas');
  measured.font = FONT;
  const { width, actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = measured.measureText(text);
  const canvas = new OffscreenCanvas(Math.ceil(width) + 2 * AROUND, Math.ceil(up + down) + 2 * AROUND);
  const brush = canvas.getContext('2d');
  if (brush === null) throw new TypeError('no canvas');
  brush.font = FONT;
  brush.fillStyle = 'white';
  brush.shadowColor = 'rgb(0 0 0 / 70%)';
  brush.shadowBlur = AROUND / 2;
  brush.fillText(text, AROUND, AROUND + up);
  return shrink(canvas.transferToImageBitmap());
}

/** Makes of a file a watermark of a size that the bed takes. @throws where this browser cannot show it */
export const readMark = async (file: Blob): Promise<Blob> => shrink(await createImageBitmap(file));

async function shrink(bitmap: ImageBitmap): Promise<Blob> {
  try {
    const by = Math.min(1, MARK_SIDE / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * by)));
    const canvas = new OffscreenCanvas(width ?? 1, height ?? 1);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    bitmap.close();
  }
}

/** Writes bytes as the bed takes them. */
export async function toBase64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Reads what the bed gives. */
export const fromBase64 = (base64: string): Blob =>
  new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: 'image/png' });
