// https://www.color.org/specification/ICC.1-2022-05.pdf
// A header of 128 bytes, a table of tags (signature, offset, length), and the data of the tags, which tags may share.
import { ImageError } from './image-error.ts';

/** How long a colour profile may be: what prints in four colours takes one or two million bytes. */
export const MAX_PROFILE_LENGTH = 4_194_304;

const HEADER_LENGTH = 128;
const TABLE = HEADER_LENGTH + 4;
const ENTRY_LENGTH = 12;
// As many as Little CMS reads.
const MAX_TAGS = 100;
const MAX_VERSION = 4;

/** The tags that take part in colour. Descriptions, makers, models, calibration and measurements do not. */
const COLOUR_TAGS = new Set(
  'rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC aarg aagg aabg wtpt bkpt chad lumi chrm cicp gamt pre0 pre1 pre2'.split(' '),
);
for (const table of ['A2B', 'B2A', 'D2B', 'B2D']) for (const intent of '0123') COLOUR_TAGS.add(table + intent);

/** Of each type of numbers, how much of its data they fill; the rest would be free. */
const LENGTHS: ReadonlyMap<string, (data: Buffer) => number> = new Map([
  ['XYZ ', () => 20],
  ['curv', (data) => 12 + 2 * data.readUInt32BE(8)],
  ['para', (data) => 12 + 4 * ([1, 3, 4, 5, 7][data.readUInt16BE(8)] ?? 0)],
  ['sf32', () => 44],
  ['chrm', (data) => 12 + 8 * data.readUInt16BE(8)],
  ['cicp', () => 12],
  ['mft1', (data) => 48 + 256 * (inputs(data) + outputs(data)) + cells(data)],
  [
    'mft2',
    (data) => 52 + 2 * (inputs(data) * data.readUInt16BE(48) + outputs(data) * data.readUInt16BE(50) + cells(data)),
  ],
  ...['mAB ', 'mBA ', 'mpet'].map((type) => [type, ({ length }: Buffer) => length] as const),
]);
/** The least length at which every type's numbers above can be read. */
const MIN_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['mft1', 48],
  ['mft2', 52],
]);

const inputs = (data: Buffer): number => data.readUInt8(8);
const outputs = (data: Buffer): number => data.readUInt8(9);
const cells = (data: Buffer): number => data.readUInt8(10) ** inputs(data) * outputs(data);

interface Tag {
  readonly entry: Buffer;
  readonly signature: string;
  readonly offset: number;
  readonly data: Buffer;
}

/** Refuses a profile that is too long to be looked into. @throws {ImageError} profile-too-large */
export function requireProfileLength(length: number): void {
  if (length > MAX_PROFILE_LENGTH) throw new ImageError('profile-too-large');
}

/** Lists the tags of a profile; none where it contradicts itself, for which browsers pass over all of it. */
function readTags(profile: Buffer): readonly Tag[] {
  if (profile.length < TABLE || profile.toString('latin1', 36, 40) !== 'acsp') return [];
  const size = profile.readUInt32BE(0);
  const count = profile.readUInt32BE(HEADER_LENGTH);
  const dataAt = TABLE + count * ENTRY_LENGTH;
  if (size > profile.length || profile.readUInt8(8) > MAX_VERSION || count > MAX_TAGS || dataAt > size) return [];
  const tags = Array.from({ length: count }, (_, index) => {
    const entry = profile.subarray(TABLE + index * ENTRY_LENGTH, TABLE + (index + 1) * ENTRY_LENGTH);
    const offset = entry.readUInt32BE(4);
    const data = profile.subarray(offset, offset + entry.readUInt32BE(8));
    return { entry, signature: entry.toString('latin1', 0, 4), offset, data };
  });
  const fits = ({ entry, offset }: Tag) => offset >= dataAt && offset + entry.readUInt32BE(8) <= size;
  return tags.every(fits) ? tags : [];
}

/** How many bytes at the front of a tag's data are numbers of colour; 0 for a tag that has no part in it. */
function colourLength({ signature, data }: Tag): number {
  const type = data.toString('latin1', 0, 4);
  const lengthOf = LENGTHS.get(type);
  if (!COLOUR_TAGS.has(signature) || lengthOf === undefined || data.length < (MIN_LENGTHS.get(type) ?? 12)) return 0;
  return Math.min(data.length, lengthOf(data));
}

/** Copies what the header says of colour. Its date is a fixed one, since not every reader takes a month of 0. */
function copyHeader(profile: Buffer, clean: Buffer): void {
  profile.copy(clean, 0, 0, 4);
  profile.copy(clean, 8, 8, 24);
  clean.write('\x07\xd0\0\x01\0\x01', 24, 'latin1');
  profile.copy(clean, 36, 36, 44);
  profile.copy(clean, 46, 46, 48);
  profile.copy(clean, 60, 60, 80);
}

/**
 * Makes a profile of the same length that gives the same colours and says nothing else: no maker, model or serial number
 * of a device, no date, no text. One that browsers pass over becomes zeros.
 */
export function scrubProfile(profile: Buffer): Buffer {
  const clean = Buffer.alloc(profile.length);
  const tags = readTags(profile).filter((tag) => colourLength(tag) > 0);
  if (tags.length === 0) return clean;
  copyHeader(profile, clean);
  clean.writeUInt32BE(tags.length, HEADER_LENGTH);
  for (const [index, tag] of tags.entries()) {
    tag.entry.copy(clean, TABLE + index * ENTRY_LENGTH);
    tag.data.copy(clean, tag.offset, 0, 4);
    tag.data.copy(clean, tag.offset + 8, 8, colourLength(tag));
  }
  return clean;
}

/** Whether anything is left of a profile. */
export const isUsable = (scrubbed: Buffer): boolean => scrubbed.length > TABLE && scrubbed.readUInt8(36) !== 0;
