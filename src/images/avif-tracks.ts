// https://aomediacodec.github.io/av1-avif/#image-sequences and ISO/IEC 14496-12, 8.2 to 8.7: the movie box
import { scrubDescription, scrubSampleEntry } from './avif-descriptions.ts';
import { scrubItems } from './avif-items.ts';
import { readSampleExtents } from './avif-samples.ts';
import { type Box, brokenBox, type Extent, eraseBox, readBoxes, readFields } from './boxes.ts';
import { ImageError } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';

/** What a movie box says of an image sequence. */
export interface Tracks {
  /** The largest width, height and number of samples of any track. */
  readonly size: ImageSize;
  /** Where the file holds what is not drawn, such as EXIF and XMP. */
  readonly privateExtents: readonly Extent[];
  /** Where the file holds what is drawn. */
  readonly drawnExtents: readonly Extent[];
  /** An offset that the file must reach: the beginning of its last chunk of samples. */
  readonly end: number;
}

/** The boxes that may stay, by the box that holds them. */
const KEPT_BOXES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['moov', new Set(['mvhd', 'trak'])],
  ['trak', new Set(['tkhd', 'edts', 'tref', 'mdia', 'meta'])],
  ['mdia', new Set(['mdhd', 'hdlr', 'minf'])],
  ['minf', new Set(['vmhd', 'nmhd', 'dinf', 'stbl'])],
  [
    'stbl',
    new Set(['stsd', 'stts', 'ctts', 'cslg', 'stss', 'stsc', 'stsz', 'stz2', 'stco', 'co64', 'sdtp', 'sgpd', 'sbgp']),
  ],
]);
/** Headers that begin with the times of creation and modification. */
const TIMED_BOXES = new Set(['mvhd', 'tkhd', 'mdhd']);

interface Progress {
  width: number;
  height: number;
  frames: number;
  end: number;
  readonly privateExtents: Extent[];
  readonly drawnExtents: Extent[];
}

function eraseTimes(bytes: Buffer, { body, end }: Box): void {
  const length = readFields(bytes, body, end).uint(1) === 1 ? 16 : 8;
  if (body + 4 + length > end) throw brokenBox();
  bytes.fill(0, body + 4, body + 4 + length);
}

/** Takes the size out of sample descriptions, all of which must be AV1. */
function noteSize(bytes: Buffer, { body, end }: Box, progress: Progress): void {
  for (const entry of readBoxes(bytes, body + 8, end)) {
    if (entry.type !== 'av01') throw new ImageError('avif-foreign-track');
    scrubSampleEntry(bytes, entry);
    const fields = readFields(bytes, entry.body + 24, entry.end);
    progress.width = Math.max(progress.width, fields.uint(2));
    progress.height = Math.max(progress.height, fields.uint(2));
  }
}

function noteFrames(bytes: Buffer, { body, end }: Box, progress: Progress): void {
  progress.frames = Math.max(progress.frames, readFields(bytes, body + 8, end).uint(4));
}

function noteChunks(bytes: Buffer, { type, body, end }: Box, progress: Progress): void {
  const fields = readFields(bytes, body + 4, end);
  for (let left = fields.uint(4); left > 0; left -= 1) {
    progress.end = Math.max(progress.end, fields.uint(type === 'co64' ? 8 : 4) + 1);
  }
}

function note(bytes: Buffer, box: Box, progress: Progress, check: CheckSize): void {
  scrubDescription(bytes, box);
  if (TIMED_BOXES.has(box.type)) eraseTimes(bytes, box);
  if (box.type === 'stsd') noteSize(bytes, box, progress);
  if (box.type === 'stsz' || box.type === 'stz2') noteFrames(bytes, box, progress);
  if (box.type === 'stco' || box.type === 'co64') noteChunks(bytes, box, progress);
  if (box.type === 'meta') {
    const { privateExtents, drawnExtents, end } = scrubItems(bytes, box, check);
    progress.privateExtents.push(...privateExtents);
    progress.drawnExtents.push(...drawnExtents);
    progress.end = Math.max(progress.end, end);
  }
}

function scrubContainer(bytes: Buffer, parent: Box, progress: Progress, check: CheckSize): void {
  const kept = KEPT_BOXES.get(parent.type);
  if (kept === undefined) return;
  const boxes = new Map<string, Box>();
  for (const box of readBoxes(bytes, parent.body, parent.end)) {
    if (!kept.has(box.type)) eraseBox(bytes, box);
    else {
      boxes.set(box.type, box);
      note(bytes, box, progress, check);
      scrubContainer(bytes, box, progress, check);
    }
  }
  if (parent.type === 'stbl') for (const extent of readSampleExtents(bytes, boxes)) progress.drawnExtents.push(extent);
}

/** Erases, without moving the rest, what a movie box holds besides the tracks' pictures and timing, and says where the file holds more of it. */
export function scrubTracks(bytes: Buffer, moov: Box, check: CheckSize): Tracks {
  const progress: Progress = { width: 0, height: 0, frames: 0, end: 0, privateExtents: [], drawnExtents: [] };
  scrubContainer(bytes, moov, progress, check);
  const { width, height, frames, end, privateExtents, drawnExtents } = progress;
  if (width === 0 || height === 0 || frames === 0) {
    throw new ImageError('avif-empty-sequence');
  }
  check({ width, height, frames });
  return { size: { width, height, frames }, privateExtents, drawnExtents, end };
}
