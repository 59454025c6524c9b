// https://helpx.adobe.com/camera-raw/digital-negative.html (DNG) and TIFF 6.0, section 2 (directories)

const TAG = { subfile: 254, compression: 259, make: 271, subDirectories: 330, dngVersion: 50_706, sonyPrivate: 50_740 };
/** What cameras of Sony, Nikon, Kodak and Pentax, and lossy DNG write. */
const RAW_COMPRESSIONS = new Set([32_767, 34_713, 34_892, 65_000, 65_535]);
const ENTRY_LENGTH = 12;

/** Reads the numbers of a TIFF's first directory, as far as the head shows it: of each entry the first that stands in it. */
function readDirectory(head: Buffer): ReadonlyMap<number, number> {
  const isLittle = head[0] === 0x49;
  const read = (at: number, length: number): number => {
    if (at + length > head.length) return 0;
    return isLittle ? head.readUIntLE(at, length) : head.readUIntBE(at, length);
  };
  const start = read(4, 4);
  const entries = new Map<number, number>();
  const count = read(start, 2);
  for (
    let at = start + 2;
    at < start + 2 + count * ENTRY_LENGTH && at + ENTRY_LENGTH <= head.length;
    at += ENTRY_LENGTH
  ) {
    const isShort = read(at + 2, 2) === 3;
    entries.set(read(at, 2), read(at + 8, isShort ? 2 : 4));
  }
  return entries;
}

/**
 * Tells the RAW of a camera (CR2, NEF, ARW, DNG, PEF) from a TIFF: a coding that no other has, or a first picture that
 * is the preview of others. One whose directory lies beyond the head is called a TIFF.
 */
export function isRawTiff(head: Buffer): boolean {
  if (head.toString('latin1', 8, 10) === 'CR') return true;
  const entries = readDirectory(head);
  if (entries.has(TAG.dngVersion) || entries.has(TAG.sonyPrivate)) return true;
  if (RAW_COMPRESSIONS.has(entries.get(TAG.compression) ?? 0)) return true;
  const isPreview = (entries.get(TAG.subfile) ?? 0) % 2 === 1;
  return entries.has(TAG.make) && entries.has(TAG.subDirectories) && isPreview;
}
