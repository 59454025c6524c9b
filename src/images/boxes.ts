// https://www.iso.org/standard/83102.html (ISO/IEC 14496-12, 4.2: boxes)
import { ImageError } from './image-error.ts';

/** A box by its offsets in the bytes that hold it. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

/** A stretch of a file, `end` exclusive. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Reads fields one after the other. @throws {ImageError} avif-broken-box beyond the last byte */
export interface Fields {
  position(): number;
  /** A big-endian number of 0–6 or 8 bytes. */
  uint(bytes: number): number;
  type(): string;
}

/** Says that a box contradicts itself or its neighbours. */
export const brokenBox = () => new ImageError('avif-broken-box');

/** Reads `bytes` from `start` up to `end`. */
export function readFields(bytes: Buffer, start: number, end: number): Fields {
  let at = start;
  const advance = (length: number): number => {
    const from = at;
    at += length;
    if (at > end || at > bytes.length) throw brokenBox();
    return from;
  };
  return {
    position: () => at,
    uint(length) {
      const from = advance(length);
      if (length === 0) return 0;
      const value = length === 8 ? Number(bytes.readBigUInt64BE(from)) : bytes.readUIntBE(from, length);
      if (!Number.isSafeInteger(value)) throw brokenBox();
      return value;
    },
    type: () => bytes.toString('latin1', advance(4), at),
  };
}

/** Reads the box that begins at `start`; one that says no length runs to `end`. */
export function readBox(bytes: Buffer, start: number, end: number): Box {
  const fields = readFields(bytes, start, end);
  const short = fields.uint(4);
  const type = fields.type();
  const length = short === 1 ? fields.uint(8) : short;
  const body = fields.position();
  const box = { type, start, body, end: short === 0 ? end : start + length };
  if (box.end < body || box.end > end) throw brokenBox();
  return box;
}

/** Lists the boxes that fill `bytes` from `start` to `end`. */
export function readBoxes(bytes: Buffer, start: number, end: number): readonly Box[] {
  const boxes: Box[] = [];
  for (let at = start; at < end; at = boxes.at(-1)?.end ?? end) boxes.push(readBox(bytes, at, end));
  return boxes;
}

/** Turns a box into free space of the same length, so that nothing after it moves. */
export function eraseBox(bytes: Buffer, box: Box): void {
  bytes.write('free', box.start + 4, 'latin1');
  bytes.fill(0, box.body, box.end);
}

/** Sorts extents by start and joins those that touch. */
export function mergeExtents(extents: readonly Extent[]): Extent[] {
  const merged: Extent[] = [];
  for (const extent of extents.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || extent.start > last.end) merged.push(extent);
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, extent.end) };
  }
  return merged;
}

/** Lists what of a stretch none of the merged `extents` covers. */
export function gapsBetween(extents: readonly Extent[], { start, end }: Extent): Extent[] {
  const gaps: Extent[] = [];
  let at = start;
  for (const extent of extents) {
    if (extent.end <= at) continue;
    if (extent.start >= end) break;
    if (extent.start > at) gaps.push({ start: at, end: extent.start });
    at = extent.end;
  }
  if (at < end) gaps.push({ start: at, end });
  return gaps;
}
