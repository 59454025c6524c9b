// https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E (Exif 3.0, 4.5 and 4.6.5)

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const ENTRY_LENGTH = 12;

interface Tiff {
  readonly entries: number;
  readonly end: number;
  short(at: number): number;
  long(at: number): number;
}

/** Opens the first directory of a TIFF block; `end` is beyond the last entry that is whole. */
export function openTiff(tiff: Buffer): Tiff | undefined {
  const order = tiff.toString('latin1', 0, 4);
  const big = order === 'MM\0*';
  if (tiff.length < 8 || (!big && order !== 'II*\0')) return undefined;
  const long = (at: number): number => (big ? tiff.readUInt32BE(at) : tiff.readUInt32LE(at));
  const directory = long(4);
  if (directory + 2 > tiff.length) return undefined;
  const short = (at: number): number => (big ? tiff.readUInt16BE(at) : tiff.readUInt16LE(at));
  const entries = directory + 2;
  const count = Math.min(short(directory), Math.floor((tiff.length - entries) / ENTRY_LENGTH));
  return { entries, end: entries + count * ENTRY_LENGTH, short, long };
}

/** Reads the orientation out of a TIFF block, be it hostile: 2–8, or 1 when there is none that decoders heed. */
export function readOrientation(bytes: Buffer): number {
  const tiff = openTiff(bytes);
  if (tiff === undefined) return 1;
  for (let entry = tiff.entries; entry < tiff.end; entry += ENTRY_LENGTH) {
    if (tiff.short(entry) !== ORIENTATION_TAG) continue;
    // Browsers pass over an orientation of another type or of several values.
    if (tiff.short(entry + 2) !== SHORT || tiff.long(entry + 4) !== 1) continue;
    const value = tiff.short(entry + 8);
    return value >= 2 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Whether an orientation makes of the width the height. */
export const isOnItsSide = (orientation: number): boolean => orientation >= 5;

/** Makes a TIFF block that says an orientation and nothing else. */
export function orientationTiff(orientation: number): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(ORIENTATION_TAG, 10);
  tiff.writeUInt16BE(SHORT, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
}
