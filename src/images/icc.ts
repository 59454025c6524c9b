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

/** What a header may name: the classes of profiles, the colours of an image and those between profiles, the platforms. */
const CLASSES = new Set('scnr mntr prtr link spac abst nmcl'.split(' '));
const COLOURS = new Set(
  'XYZ |Lab |Luv |YCbr|Yxy |RGB |GRAY|HSV |HLS |CMYK|CMY |2CLR|3CLR|4CLR|5CLR|6CLR|7CLR|8CLR|9CLR|ACLR|BCLR|CCLR|DCLR|ECLR|FCLR'.split(
    '|',
  ),
);
const PLATFORMS = new Set(['APPL', 'MSFT', 'SGI ', 'SUNW', 'TGNT']);
/** The white that every profile must name, D50, and the one date that all of ours do. */
const D50 = '\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d';
const DATE = '\x07\xd0\0\x01\0\x01';

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
  if (!namesColours(profile)) return [];
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

/** Whether a header names a class and colours that there are: decoders pass over a profile of any other. */
function namesColours(profile: Buffer): boolean {
  const [type, image, between] = [12, 16, 20].map((at) => profile.toString('latin1', at, at + 4)) as [
    string,
    string,
    string,
  ];
  return CLASSES.has(type) && COLOURS.has(image) && COLOURS.has(between);
}

/**
 * Writes what the header says of colour, with nothing in what is reserved or free. White and date are fixed ones: the
 * first must be, and not every reader takes a month of 0.
 */
function writeHeader(profile: Buffer, clean: Buffer): void {
  profile.copy(clean, 0, 0, 4);
  profile.copy(clean, 8, 8, 10);
  profile.copy(clean, 12, 12, 24);
  clean.write(DATE, 24, 'latin1');
  profile.copy(clean, 36, 36, 40);
  if (PLATFORMS.has(profile.toString('latin1', 40, 44))) profile.copy(clean, 40, 40, 44);
  clean.writeUInt8(profile.readUInt8(47) & 0b11, 47);
  clean.writeUInt8(profile.readUInt8(63) & 0b1111, 63);
  clean.writeUInt8(profile.readUInt8(67) & 0b11, 67);
  clean.write(D50, 68, 'latin1');
}

/**
 * Makes a profile of the same length that gives the same colours and says nothing else: no maker, model or serial number
 * of a device, no date, no text. One that browsers pass over becomes zeros.
 */
export function scrubProfile(profile: Buffer): Buffer {
  const clean = Buffer.alloc(profile.length);
  const tags = readTags(profile).filter((tag) => colourLength(tag) > 0);
  if (tags.length === 0) return clean;
  writeHeader(profile, clean);
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
