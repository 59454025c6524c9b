// https://www.iso.org/standard/83102.html (ISO/IEC 14496-12 and 23008-12): boxes that are kept and may hold text
import { type Box, brokenBox, eraseBox, readBoxes } from './boxes.ts';
import { requireProfileLength, scrubProfile } from './icc.ts';

/** How far into a handler box it says what it handles, what follows being reserved bytes and a name; and how far into a sample entry its compressor's name and its boxes. */
const HANDLER_END = 12;
const COMPRESSOR_NAME = 42;
const COMPRESSOR_NAME_LENGTH = 32;
const SAMPLE_BOXES = 78;

/** The boxes of a sample entry that say how samples are drawn. */
const SAMPLE_PROPERTIES = new Set('av1C colr pasp clap ccst auxi clli mdcv cclv amve btrt'.split(' '));
/** What auxiliary pictures are for: opacity and depth. */
const AUXILIARY_TYPES = new Set([
  'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha',
  'urn:mpeg:mpegB:cicp:systems:auxiliary:depth',
  'urn:mpeg:hevc:2015:auxid:1',
  'urn:mpeg:hevc:2015:auxid:2',
]);

function scrubColours(bytes: Buffer, { body, end }: Box): void {
  const kind = bytes.toString('latin1', body, Math.min(end, body + 4));
  if (kind !== 'prof' && kind !== 'rICC') return;
  requireProfileLength(end - body - 4);
  scrubProfile(bytes.subarray(body + 4, end)).copy(bytes, body + 4);
}

function scrubAuxiliaryType(bytes: Buffer, { body, end }: Box): void {
  const [type = ''] = bytes.toString('latin1', body + 4, end).split('\0', 1);
  bytes.fill(0, Math.min(end, body + 4 + (AUXILIARY_TYPES.has(type) ? type.length : 0)), end);
}

/** Blanks the addresses of other files. */
function scrubReferences(bytes: Buffer, { body, end }: Box): void {
  for (const references of readBoxes(bytes, body, end)) {
    if (references.type !== 'dref') eraseBox(bytes, references);
    else
      for (const entry of readBoxes(bytes, references.body + 8, references.end)) {
        bytes.fill(0, Math.min(entry.end, entry.body + 4), entry.end);
      }
  }
}

/** Blanks the name of the compressor in a sample entry, and what is in it besides how its samples are drawn. */
export function scrubSampleEntry(bytes: Buffer, { body, end }: Box): void {
  if (body + SAMPLE_BOXES > end) throw brokenBox();
  bytes.fill(0, body + COMPRESSOR_NAME, body + COMPRESSOR_NAME + COMPRESSOR_NAME_LENGTH);
  for (const box of readBoxes(bytes, body + SAMPLE_BOXES, end)) {
    if (!SAMPLE_PROPERTIES.has(box.type)) eraseBox(bytes, box);
    else scrubDescription(bytes, box);
  }
}

/** Blanks, without moving the rest, the text in a box that is kept: names, addresses, and what a colour profile says. */
export function scrubDescription(bytes: Buffer, box: Box): void {
  if (box.type === 'hdlr') bytes.fill(0, Math.min(box.end, box.body + HANDLER_END), box.end);
  else if (box.type === 'colr') scrubColours(bytes, box);
  else if (box.type === 'auxC') scrubAuxiliaryType(bytes, box);
  else if (box.type === 'dinf') scrubReferences(bytes, box);
}
