// https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E (Exif 3.0, 4.6.3 and 4.6.5)
import { openTiff } from './exif.ts';

/**
 * What may have been taken out of an image: where it was taken, with which camera and how, a small picture of it, EXIF of
 * another kind, XMP, IPTC, comments and texts, the words and dates of a colour profile, what followed its end; of an SVG
 * what runs and what refers to other files; other.
 */
export type RemovedPart =
  | 'gps'
  | 'camera'
  | 'thumbnail'
  | 'exif'
  | 'xmp'
  | 'iptc'
  | 'comment'
  | 'profile'
  | 'trailing'
  | 'script'
  | 'link'
  | 'other';

const ORIENTATION = 0x0112;
const PARTS: ReadonlyMap<number, RemovedPart> = new Map([
  [0x8825, 'gps'],
  [0x010f, 'camera'],
  [0x0110, 'camera'],
  [0x8769, 'camera'],
]);

/** Lists what a TIFF block says, by the entries of its first directory and whether another follows; nothing of one that is the orientation alone. */
export function listExif(bytes: Buffer): ReadonlySet<RemovedPart> {
  const tiff = openTiff(bytes);
  if (tiff === undefined) return new Set(['exif']);
  const parts = new Set<RemovedPart>();
  for (let entry = tiff.entries; entry < tiff.end; entry += 12) {
    const tag = tiff.short(entry);
    if (tag !== ORIENTATION) parts.add(PARTS.get(tag) ?? 'exif');
  }
  if (tiff.end + 4 <= bytes.length && tiff.long(tiff.end) !== 0) parts.add('thumbnail');
  return parts;
}
