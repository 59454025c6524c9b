// ISO/IEC 14496-12, 8.7: how the samples of a track lie in chunks, and the chunks in the file
import { type Box, brokenBox, type Extent, readFields } from './boxes.ts';

// A sequence has a chunk for each of its frames at most; sorting more would keep others waiting.
const MAX_CHUNKS = 65_536;

type Boxes = ReadonlyMap<string, Box>;

/** Where the chunks begin. */
function readOffsets(bytes: Buffer, boxes: Boxes): readonly number[] {
  const box = boxes.get('stco') ?? boxes.get('co64');
  if (box === undefined) return [];
  const fields = readFields(bytes, box.body + 4, box.end);
  const count = fields.uint(4);
  if (count > MAX_CHUNKS) throw brokenBox();
  const offsets: number[] = [];
  while (offsets.length < count) offsets.push(fields.uint(box.type === 'co64' ? 8 : 4));
  return offsets;
}

/** Tells how many bytes so many samples from a first one on take. */
type Measure = (first: number, count: number) => number;

function addUp(first: number, count: number, sizeOf: (sample: number) => number): number {
  let sum = 0;
  for (let sample = first; sample < first + count; sample += 1) sum += sizeOf(sample);
  return sum;
}

function readPlainSizes(bytes: Buffer, { body, end }: Box): Measure {
  const fields = readFields(bytes, body + 4, end);
  const [size, samples] = [fields.uint(4), fields.uint(4)];
  const table = fields.position();
  if (size === 0 && table + 4 * samples > end) throw brokenBox();
  return (first, count) => {
    const known = Math.max(0, Math.min(count, samples - first));
    return size > 0 ? size * known : addUp(first, known, (sample) => bytes.readUInt32BE(table + 4 * sample));
  };
}

function readCompactSizes(bytes: Buffer, { body, end }: Box): Measure {
  const fields = readFields(bytes, body + 4, end);
  fields.uint(3);
  const [bits, samples] = [fields.uint(1), fields.uint(4)];
  const table = fields.position();
  if (![4, 8, 16].includes(bits) || table + (bits * samples) / 8 > end) throw brokenBox();
  const sizeOf = (sample: number): number => {
    if (bits === 16) return bytes.readUInt16BE(table + 2 * sample);
    if (bits === 8) return bytes.readUInt8(table + sample);
    const pair = bytes.readUInt8(table + (sample >> 1));
    return sample % 2 === 0 ? pair >> 4 : pair & 15;
  };
  return (first, count) => addUp(first, Math.max(0, Math.min(count, samples - first)), sizeOf);
}

function readSizes(bytes: Buffer, boxes: Boxes): Measure {
  const [plain, compact] = [boxes.get('stsz'), boxes.get('stz2')];
  if (plain !== undefined) return readPlainSizes(bytes, plain);
  return compact === undefined ? () => 0 : readCompactSizes(bytes, compact);
}

/** From which chunk on, counted from 0, a chunk has so many samples. */
function readRuns(bytes: Buffer, box: Box | undefined): readonly { readonly from: number; readonly samples: number }[] {
  if (box === undefined) return [];
  const fields = readFields(bytes, box.body + 4, box.end);
  return Array.from({ length: Math.min(fields.uint(4), MAX_CHUNKS) }, () => {
    const run = { from: fields.uint(4) - 1, samples: fields.uint(4) };
    fields.uint(4);
    return run;
  });
}

/** Lists where the file holds the samples of a track, by the boxes of its sample table. @throws {ImageError} avif-broken-box */
export function readSampleExtents(bytes: Buffer, boxes: Boxes): readonly Extent[] {
  const measure = readSizes(bytes, boxes);
  const runs = readRuns(bytes, boxes.get('stsc'));
  const extents: Extent[] = [];
  let [run, sample] = [-1, 0];
  for (const [chunk, start] of readOffsets(bytes, boxes).entries()) {
    while ((runs[run + 1]?.from ?? Number.POSITIVE_INFINITY) <= chunk) run += 1;
    const count = runs[run]?.samples ?? 0;
    const length = measure(sample, count);
    if (length > 0) extents.push({ start, end: start + length });
    sample += count;
  }
  return extents;
}
