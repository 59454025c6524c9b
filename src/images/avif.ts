// https://aomediacodec.github.io/av1-avif/ and https://www.iso.org/standard/83102.html (ISO/IEC 14496-12, boxes)
// An index (meta or moov) gives the offsets in the file of all pictures and metadata (in mdat), so that nothing may move.
import { type Items, scrubItems } from './avif-items.ts';
import { scrubTracks, type Tracks } from './avif-tracks.ts';
import { type Box, brokenBox, type Extent, gapsBetween, mergeExtents, readBox } from './boxes.ts';
import type { ByteTransformer } from './byte-transformer.ts';
import { ImageError } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';

/** How many bytes `isAvif` may need to see. */
export const AVIF_HEAD_LENGTH = 256;

const MAX_INDEX_LENGTH = 1_048_576;
// EXIF and XMP take one stretch each, and what editors left few; many would cost a step for every box.
const MAX_PRIVATE_EXTENTS = 1000;
/** Brands that say what reads the file: of AVIF, of what it is made of, and of the profiles and pictures within. */
const BRAND = /^(?:av(?:i[fso]|01)|mi[fa][12f]|msf1|MA1[AB]|iso[m2-9a-c]|mp4[12]|1pic|tmap|geo1|pred)$/;
const FREE = Buffer.from('free', 'latin1');

/** What has passed of an AVIF. */
interface Progress {
  readonly sequence: boolean;
  /** Whether browsers show its track, and none of its items, whose properties turn it. */
  readonly showsTrack: boolean;
  items?: Items;
  tracks?: Tracks;
  /** Stretches still ahead that must be erased, by offset. */
  privateExtents: Extent[];
  /** Stretches that are drawn, by offset. */
  drawnExtents: Extent[];
  /** Media data that was kept before the index had said what is drawn. */
  readonly passed: Extent[];
  /** How far the file must reach. */
  end: number;
}

/** A top-level box as it is met: all lengths from its own start; `length` is absent where it runs to the end of the file. */
interface Head {
  readonly type: string;
  readonly headLength: number;
  readonly length?: number;
}

function brandsOf(head: Buffer): readonly string[] {
  const end = Math.min(head.length, head.length < 8 ? 0 : head.readUInt32BE(0));
  const brands: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) {
    if (at !== 12) brands.push(head.toString('latin1', at, at + 4));
  }
  return brands;
}

/** Erases what is a brand by its place alone. */
function eraseBrands(head: Buffer): Buffer {
  for (let at = 16; at < head.length; at += 4) {
    if (!BRAND.test(head.toString('latin1', at, at + 4))) head.fill(0, at, Math.min(at + 4, head.length));
  }
  return head;
}

/** Tells an AVIF by the brands at its beginning; HEIC and videos have others. */
export function isAvif(head: Buffer): boolean {
  return (
    head.toString('latin1', 4, 8) === 'ftyp' && brandsOf(head).some((brand) => brand === 'avif' || brand === 'avis')
  );
}

async function peekHead(transformer: ByteTransformer): Promise<Head | undefined> {
  const bytes = await transformer.peekUpTo(16);
  if (bytes.length === 0) return undefined;
  if (bytes.length < 8) await transformer.peek(8);
  const type = bytes.toString('latin1', 4, 8);
  const short = bytes.readUInt32BE(0);
  if (short === 0) return { type, headLength: 8 };
  const { body, end } = readBox(bytes, 0, Number.MAX_SAFE_INTEGER);
  return { type, headLength: body, length: end };
}

/** Shows a box that must be read as a whole, in a copy that may be written to. */
async function copyBox(
  transformer: ByteTransformer,
  { type, length }: Head,
): Promise<{ readonly bytes: Buffer; readonly box: Box }> {
  if (length === undefined || length > MAX_INDEX_LENGTH) {
    throw new ImageError('avif-oversized-box', { part: type });
  }
  const bytes = Buffer.from(await transformer.peek(length));
  return { bytes, box: readBox(bytes, 0, length) };
}

/** Notes what lies ahead and must be erased or reached. */
function expect(transformer: ByteTransformer, found: Items | Tracks, progress: Progress): void {
  const { privateExtents, drawnExtents, end } = found;
  progress.end = Math.max(progress.end, end);
  progress.drawnExtents = mergeExtents([...progress.drawnExtents, ...drawnExtents]);
  progress.privateExtents = mergeExtents([...progress.privateExtents, ...privateExtents]);
  if (progress.privateExtents.length > MAX_PRIVATE_EXTENTS) throw brokenBox();
  if ((progress.privateExtents[0]?.start ?? transformer.position()) < transformer.position()) {
    throw new ImageError('avif-metadata-before-index');
  }
  if (isIndexed(progress) && progress.passed.some((extent) => gapsBetween(progress.drawnExtents, extent).length > 0)) {
    throw new ImageError('avif-metadata-before-index');
  }
}

async function scrubIndex(
  transformer: ByteTransformer,
  head: Head,
  progress: Progress,
  check: CheckSize,
): Promise<void> {
  if (progress[head.type === 'meta' ? 'items' : 'tracks'] !== undefined) throw brokenBox();
  const { bytes, box } = await copyBox(transformer, head);
  if (head.type === 'meta') progress.items = scrubItems(bytes, box, check);
  else progress.tracks = scrubTracks(bytes, box, check);
  const before = await transformer.peek(bytes.length);
  if (!bytes.equals(before)) transformer.note(before.includes('xmpmeta') ? 'xmp' : 'other');
  await transformer.drop(bytes.length);
  await transformer.insert(bytes);
  const found = head.type === 'meta' ? progress.items : progress.tracks;
  if (found !== undefined) expect(transformer, found, progress);
}

/** Says what an item holds that is about to be erased, by its first bytes; one that was erased before says nothing. */
async function noteItem(transformer: ByteTransformer, length: number): Promise<void> {
  const begin = (await transformer.peekUpTo(Math.min(12, length))).toString('latin1');
  if (/^\0*$/.test(begin)) return;
  if (/Exif\0|II\*\0|MM\0\*/.test(begin)) transformer.note('exif');
  else transformer.note(begin.startsWith('<') ? 'xmp' : 'other');
}

/** Takes the stretches of metadata up to `end` out of those that are ahead. */
function takePrivate(progress: Progress, { start, end }: Extent): readonly Extent[] {
  const later = progress.privateExtents.findIndex((extent) => extent.start >= end);
  const within = progress.privateExtents.slice(0, later === -1 ? undefined : later);
  if (within.some((extent) => extent.start < start || extent.end > end)) throw brokenBox();
  progress.privateExtents = progress.privateExtents.slice(within.length);
  return within;
}

/** Keeps of media data what is drawn: metadata is erased, and so is what nothing names, as an editor leaves it. */
async function scrubData(transformer: ByteTransformer, head: Head, progress: Progress): Promise<void> {
  const end = head.length === undefined ? openEnd(progress) : transformer.position() + head.length;
  const body = { start: transformer.position() + head.headLength, end };
  await transformer.keep(head.headLength);
  const metadata = takePrivate(progress, body);
  if (!isIndexed(progress)) progress.passed.push(...gapsBetween(metadata, body));
  const nameless = isIndexed(progress) ? gapsBetween(progress.drawnExtents, body) : [];
  const erased = mergeExtents([...metadata, ...nameless]);
  if (erased.length > MAX_PRIVATE_EXTENTS) throw brokenBox();
  for (const { start, end } of erased) {
    await transformer.keep(start - transformer.position());
    await noteItem(transformer, end - start);
    await transformer.zero(end - start);
  }
  await transformer.keep(end - transformer.position());
}

/** Where media data that runs to the end of the file may end: where the last item does. */
function openEnd({ items, tracks, sequence, end }: Progress): number {
  if (items === undefined || tracks !== undefined || sequence) {
    throw new ImageError('avif-unknown-length');
  }
  return end;
}

async function eraseFree(transformer: ByteTransformer, { headLength, length }: Head): Promise<void> {
  if (length === undefined) throw brokenBox();
  const head = Buffer.from(await transformer.peek(headLength));
  FREE.copy(head, 4);
  await transformer.drop(headLength);
  await transformer.insert(head);
  await transformer.zero(length - headLength);
}

/** Whether it has been said where all that is drawn lies. */
const isIndexed = ({ items, tracks, sequence }: Progress): boolean => (sequence ? tracks : items) !== undefined;
const isComplete = (progress: Progress, position: number): boolean => isIndexed(progress) && position >= progress.end;

async function scrubBoxes(transformer: ByteTransformer, progress: Progress, check: CheckSize): Promise<void> {
  while (!isComplete(progress, transformer.position())) {
    const head = await peekHead(transformer);
    if (head === undefined) return;
    transformer.beginPart();
    if (head.type === 'meta' || head.type === 'moov') await scrubIndex(transformer, head, progress, check);
    else if (head.type === 'mdat') await scrubData(transformer, head, progress);
    else await eraseFree(transformer, head);
  }
}

/** Scrubs an AVIF: keeps pictures and their properties, and erases all else without moving it, because offsets point past it. */
export async function scrubAvif(transformer: ByteTransformer, check: CheckSize): Promise<ImageSize> {
  const type = await peekHead(transformer);
  if (type?.length === undefined || type.length > AVIF_HEAD_LENGTH) throw brokenBox();
  const head = Buffer.from(await transformer.peek(type.length));
  const brands = brandsOf(head);
  const progress: Progress = {
    sequence: brands.includes('avis'),
    showsTrack: brands[0] === 'avis',
    privateExtents: [],
    drawnExtents: [],
    passed: [],
    end: 0,
  };
  await transformer.drop(type.length);
  await transformer.insert(eraseBrands(head));
  await scrubBoxes(transformer, progress, check);

  const { primary } = progress.items ?? {};
  const size = primary ?? progress.tracks?.size;
  if (size === undefined || transformer.position() < progress.end || progress.privateExtents.length > 0) {
    throw new ImageError('avif-incomplete');
  }
  const frames = progress.tracks?.size.frames ?? 1;
  check({ ...size, frames });
  return { ...size, frames, orientation: progress.showsTrack ? 1 : primary?.orientation };
}
