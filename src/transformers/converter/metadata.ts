// https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf (section 2) and https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E (Exif 3.0, 4.6)
import type { LeftBehind } from '../../ports/image-converter.ts';

/** What says something beside the picture, of the entries of a first directory. */
const PARTS: ReadonlyMap<number, LeftBehind> = new Map<number, LeftBehind>([
  [0x8825, 'gps'],
  [0x010f, 'camera'],
  [0x0110, 'camera'],
  [0x02bc, 'xmp'],
  [0x83bb, 'iptc'],
  [0x8649, 'other'],
  [0x010e, 'comment'],
  // Name of the document, software, time, artist, computer, copyright, EXIF.
  ...[0x010d, 0x0131, 0x0132, 0x013b, 0x013c, 0x8298, 0x8769].map((tag) => [tag, 'exif'] as const),
]);
const ENTRY_BYTES = 12;

/** Lists what a TIFF, or EXIF, which has its form, says beside a picture; `more` is what further directories hold. */
export function listMetadata(bytes: Buffer, more: LeftBehind): ReadonlySet<LeftBehind> {
  const found = new Set<LeftBehind>();
  if (bytes.length < 8) return found;
  const isLittle = bytes[0] === 0x49;
  const short = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const first = long(4);
  if (short(2) !== 42 || first + 2 > bytes.length) return found;
  const end = first + 2 + short(first) * ENTRY_BYTES;
  for (let entry = first + 2; entry + ENTRY_BYTES <= Math.min(end, bytes.length); entry += ENTRY_BYTES) {
    const part = PARTS.get(short(entry));
    if (part !== undefined) found.add(part);
  }
  if (end + 4 <= bytes.length && long(end) !== 0) found.add(more);
  return found;
}
