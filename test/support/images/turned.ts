import sharp from 'sharp';
import { big, box, bytesOf, pngChunk, tiff } from './build.ts';

/** A picture whose quarters have four colours, so that it tells how it is turned: 30 pixels wide and 20 high. */
const picture = () => {
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ];
  const pixels = Array.from({ length: 30 * 20 }, (_, at) => colours[(at % 30 < 15 ? 0 : 1) + (at < 300 ? 0 : 2)] ?? []);
  return sharp(Buffer.from(pixels.flat()), { raw: { width: 30, height: 20, channels: 3 } });
};

const exifOf = (orientation: number): Buffer => tiff('MM', [[0x0112, 3, 1, big(orientation * 65_536)]]);

/** The same picture in the formats whose EXIF says how it is turned, by the name of each. */
export const turnedByExif: Readonly<Record<string, (orientation: number) => Promise<Buffer>>> = {
  jpeg: (orientation) => picture().jpeg({ quality: 100 }).withMetadata({ orientation }).toBuffer(),
  png: async (orientation) => {
    const png = await picture().png().toBuffer();
    return bytesOf(png.subarray(0, 33), pngChunk('eXIf', exifOf(orientation)), png.subarray(33));
  },
  'png, behind the picture': async (orientation) => {
    const png = await picture().png().toBuffer();
    return bytesOf(png.subarray(0, -12), pngChunk('eXIf', exifOf(orientation)), png.subarray(-12));
  },
  webp: (orientation) => picture().webp({ lossless: true }).withMetadata({ orientation }).toBuffer(),
};

/** An AVIF that is turned by quarters against the clock and then mirrored, as far as it says so, with a clean aperture if wanted. */
export async function turnedAvif(quarters?: number, axis?: number, aperture = false): Promise<Buffer> {
  const properties = [
    ...(aperture ? [box('clap', ...[20, 1, 10, 1, 0, 1, 0, 1].map((value) => big(value)))] : []),
    ...(quarters === undefined ? [] : [box('irot', quarters)]),
    ...(axis === undefined ? [] : [box('imir', axis)]),
  ];
  return withProperties(await picture().avif({ lossless: true }).toBuffer(), properties);
}

/** Gives the first item of an AVIF more properties, and mends the lengths and the offset that they move. */
function withProperties(avif: Buffer, properties: readonly Buffer[]): Buffer {
  const changed = Buffer.from(avif);
  const boxAt = (type: string): number => changed.indexOf(type, 0, 'latin1') - 4;
  const endOf = (type: string): number => boxAt(type) + changed.readUInt32BE(boxAt(type));
  let known = 0;
  for (let at = boxAt('ipco') + 8; at < endOf('ipco'); at += changed.readUInt32BE(at)) known += 1;
  // Version 0, narrow: the count of entries, then of each its item, how many properties, and their numbers.
  const countAt = boxAt('ipma') + 18;
  const listEnd = countAt + 1 + changed.readUInt8(countAt);
  const numbers = Buffer.from(properties.map((_, index) => 0x80 | (known + 1 + index)));
  const added = bytesOf(...properties);
  const data = boxAt('mdat') + 8;
  for (let at = boxAt('iloc'); at < endOf('iloc') - 3; at += 1) {
    if (changed.readUInt32BE(at) !== data) continue;
    changed.writeUInt32BE(data + added.length + numbers.length, at);
    break;
  }
  const containerEnd = endOf('ipco');
  changed.writeUInt8(changed.readUInt8(countAt) + properties.length, countAt);
  const grow = (type: string, by: number) => changed.writeUInt32BE(endOf(type) - boxAt(type) + by, boxAt(type));
  for (const type of ['meta', 'iprp']) grow(type, added.length + numbers.length);
  grow('ipco', added.length);
  grow('ipma', numbers.length);
  return bytesOf(
    changed.subarray(0, containerEnd),
    added,
    changed.subarray(containerEnd, listEnd),
    numbers,
    changed.subarray(listEnd),
  );
}
