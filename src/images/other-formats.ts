// https://mimesniff.spec.whatwg.org/ and https://www.iso.org/standard/83102.html (ISO/IEC 14496-12, 4.3: brands)
import { constants, gunzipSync } from 'node:zlib';
import { isRawTiff } from './raw-tiff.ts';

/** Formats that are told by their bytes and not accepted. */
export type OtherFormat =
  | ('heic' | 'heif' | 'avci' | 'avif-mini' | 'svg' | 'svgz' | 'bmp' | 'tiff' | 'raw' | 'ico' | 'jxl' | 'jp2' | 'jxr')
  | ('psd' | 'qoi' | 'eps' | 'picture' | 'pdf' | 'mp4' | 'mov' | 'webm' | 'mkv' | 'video' | 'audio')
  | ('office' | 'archive' | 'html' | 'xml' | 'text');

/** How many bytes tell every format apart: a prologue and comments may come before what a text is. */
export const OTHER_HEAD_LENGTH = 4096;

/** What files begin with, in Latin-1. */
const BEGINNINGS: readonly (readonly [begins: string, format: OtherFormat])[] = [
  ['BM', 'bmp'],
  // Olympus, Panasonic, Fujifilm, Sigma, Minolta, and Canon's older form: RAW without a TIFF's own beginning.
  ...['IIRO', 'IIRS', 'MMOR', 'IIU\0', 'FUJIFILMCCD', 'FOVb', '\0MRM'].map((begins) => [begins, 'raw'] as const),
  ['II\x1a\0\0\0HEAP', 'raw'],
  ['II\xbc', 'jxr'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0+', 'tiff'],
  ['\0\0\x01\0', 'ico'],
  ['\0\0\x02\0', 'ico'],
  ['\xff\x0a', 'jxl'],
  ['\0\0\0\x0cJXL ', 'jxl'],
  ['\0\0\0\x0cjP  ', 'jp2'],
  ['\xff\x4f\xff\x51', 'jp2'],
  ['8BPS', 'psd'],
  ['qoif', 'qoi'],
  ['%!PS', 'eps'],
  ['\xc5\xd0\xd3\xc6', 'eps'],
  // XCF, OpenEXR, Radiance, DDS, DjVu, icons of macOS, MNG, JNG, FLIF and BPG.
  ...[
    'gimp xcf',
    'v/1\x01',
    '#?RADIANCE',
    '#?RGBE',
    'DDS ',
    'AT&TFORM',
    'icns',
    '\x8aMNG',
    '\x8bJNG',
    'FLIF',
    'BPG\xfb',
  ].map((begins) => [begins, 'picture'] as const),
  ['%PDF-', 'pdf'],
  ['FLV', 'video'],
  ['\0\0\x01\xba', 'video'],
  ['\x30\x26\xb2\x75', 'video'],
  ['ID3', 'audio'],
  ['OggS', 'audio'],
  ['fLaC', 'audio'],
  ['\xd0\xcf\x11\xe0', 'office'],
  ['{\\rtf', 'office'],
  ['PK\x03\x04', 'archive'],
  ['PK\x05\x06', 'archive'],
  ['Rar!', 'archive'],
  ['7z\xbc\xaf\x27\x1c', 'archive'],
  ['\x1f\x8b', 'archive'],
  ['BZh', 'archive'],
  ['\xfd7zXZ', 'archive'],
  ['(\xb5/\xfd', 'archive'],
];

const HEVC_BRANDS = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'hevm', 'hevs']);
const AVC_BRANDS = new Set(['avci', 'avcs']);
const STILL_BRANDS = new Set(['mif1', 'mif2', 'msf1', 'mif3', 'miaf', 'jpeg', 'jpgs', 'j2ki', 'vvic']);
const SOUND_BRANDS = new Set(['M4A ', 'M4B ', 'M4P ']);

/** Tells a file of boxes by its brands, of which the second field is a version, or in the shortest form one more brand. */
function tellBoxes(head: Buffer): OtherFormat {
  const end = Math.min(head.length, head.readUInt32BE(0));
  const brands: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) brands.push(head.toString('latin1', at, at + 4));
  if (brands[0] === 'mif3' && brands[1] === 'avif') return 'avif-mini';
  const isOneOf = (known: ReadonlySet<string>): boolean => brands.some((brand) => known.has(brand));
  if (brands[0] === 'crx ') return 'raw';
  if (isOneOf(HEVC_BRANDS)) return 'heic';
  if (isOneOf(AVC_BRANDS)) return 'avci';
  if (isOneOf(STILL_BRANDS)) return 'heif';
  if (SOUND_BRANDS.has(brands[0] ?? '')) return 'audio';
  return brands[0] === 'qt  ' ? 'mov' : 'mp4';
}

/** Boxes that a film begins with where a camera leaves out its brands. */
const FILM_BOXES = new Set(['moov', 'mdat', 'wide', 'skip', 'pnot']);

const GZIP_HEAD_LENGTH = 1024;
const MAX_UNPACKED = 65_536;

/** Tells a packed SVG from any other pack, by the little that its first bytes hold. */
function tellGzip(head: Buffer): OtherFormat {
  try {
    const text = gunzipSync(head.subarray(0, GZIP_HEAD_LENGTH), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_UNPACKED,
    });
    return tellText(text.subarray(0, OTHER_HEAD_LENGTH)) === 'svg' ? 'svgz' : 'archive';
  } catch {
    return 'archive';
  }
}

const FIRST_IN_OFFICE = /^(?:_rels|docProps|word|xl|ppt)\/|^mimetypeapplication\/vnd\.oasis/;
const ZIP_NAME_AT = 30;

/** Tells by the names of the first files in a ZIP whether it is a document of Office or OpenDocument. */
function tellZip(head: Buffer): OtherFormat {
  const names = head.toString('latin1', ZIP_NAME_AT);
  return FIRST_IN_OFFICE.test(names) || names.includes('[Content_Types].xml') ? 'office' : 'archive';
}

/** Tells what EBML holds, by the name that its head gives. @see https://www.rfc-editor.org/rfc/rfc8794 */
function tellEbml(head: Buffer): OtherFormat {
  const [, name] = /\x42\x82.{1,8}?(webm|matroska)/s.exec(head.toString('latin1', 0, 256)) ?? [];
  if (name === undefined) return 'video';
  return name === 'webm' ? 'webm' : 'mkv';
}

/** What a closer look tells of files that begin alike. */
const CLOSER: Partial<Record<OtherFormat, (head: Buffer) => OtherFormat>> = {
  tiff: (head) => (isRawTiff(head) ? 'raw' : 'tiff'),
  archive: (head) => {
    if (head[0] === 0x1f) return tellGzip(head);
    return head[0] === 0x50 ? tellZip(head) : 'archive';
  },
};

/** Reads a text of 16 bits by its mark, or by how it begins; bytes of 8 bits stay as they are. */
function readText(head: Buffer): string | undefined {
  const begin = head.toString('latin1', 0, 2);
  const even = head.subarray(0, head.length - (head.length % 2));
  if (begin === '\xff\xfe' || begin === '<\0') return even.toString('utf16le');
  if (begin === '\xfe\xff' || begin === '\0<') return Buffer.from(even).swap16().toString('utf16le');
  // Bytes that no text has, tabs and ends of lines aside.
  if (head.some((byte) => byte < 32 && (byte < 9 || byte > 13) && byte !== 27)) return undefined;
  return head.toString('latin1').replace(/^\xef\xbb\xbf/, '');
}

/** Finds the first tag or doctype behind what may come before it. */
function skipPrologue(text: string): string {
  let rest = text.trimStart();
  for (;;) {
    const end = rest.startsWith('<!--') ? '-->' : '?>';
    if (!rest.startsWith('<!--') && !rest.startsWith('<?')) return rest;
    const at = rest.indexOf(end);
    if (at === -1) return '';
    rest = rest.slice(at + end.length).trimStart();
  }
}

function tellText(head: Buffer): OtherFormat | undefined {
  const text = readText(head)
    ?.replace(/^\ufeff/, '')
    .toLowerCase();
  if (text === undefined) return undefined;
  if (!text.trimStart().startsWith('<')) return 'text';
  const first = skipPrologue(text);
  if (/^<(?:!doctype\s+html|html|head|body|title|script|iframe|h1|div|p\b)/.test(first)) return 'html';
  if (/^<(?:[\w.-]+:)?svg[\s>/]|^<!doctype\s+svg/.test(first)) return 'svg';
  if (/^<!doctype\s/.test(first) && /<(?:[\w.-]+:)?svg[\s>/]/.test(first)) return 'svg';
  return /<html[\s>]/.test(first) ? 'html' : 'xml';
}

/** Tells by a file's first bytes which format it has, of those that are not accepted; nothing when none is known. */
export function tellOtherFormat(head: Buffer): OtherFormat | undefined {
  if (head.length < 2) return undefined;
  if (head.length >= 12 && head.toString('latin1', 4, 8) === 'ftyp') return tellBoxes(head);
  const begin = head.toString('latin1', 0, 12);
  if (begin.startsWith('\x1aE\xdf\xa3')) return tellEbml(head);
  const [, known] = BEGINNINGS.find(([begins]) => begin.startsWith(begins)) ?? [];
  if (known !== undefined) return CLOSER[known]?.(head) ?? known;
  if (FILM_BOXES.has(begin.slice(4, 8))) return 'mov';
  if (/^P[1-7]\s/.test(begin)) return 'picture';
  if (begin.startsWith('RIFF')) return begin.endsWith('WAVE') ? 'audio' : 'video';
  return tellText(head);
}
