// https://mimesniff.spec.whatwg.org/ and https://www.iso.org/standard/83102.html (ISO/IEC 14496-12, 4.3: brands)

/** Formats that are told by their bytes and not accepted. */
export type OtherFormat =
  | ('heic' | 'heif' | 'avif-mini' | 'svg' | 'bmp' | 'tiff' | 'ico' | 'jxl' | 'jp2' | 'psd')
  | ('pdf' | 'mp4' | 'mov' | 'video' | 'audio' | 'archive' | 'html' | 'xml' | 'text');

/** How many bytes tell every format apart: a prologue and comments may come before what a text is. */
export const OTHER_HEAD_LENGTH = 4096;

/** What files begin with, in Latin-1. */
const BEGINNINGS: readonly (readonly [begins: string, format: OtherFormat])[] = [
  ['BM', 'bmp'],
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
  ['%PDF-', 'pdf'],
  ['\x1aE\xdf\xa3', 'video'],
  ['FLV', 'video'],
  ['ID3', 'audio'],
  ['OggS', 'audio'],
  ['fLaC', 'audio'],
  ['PK\x03\x04', 'archive'],
  ['PK\x05\x06', 'archive'],
  ['Rar!', 'archive'],
  ['7z\xbc\xaf\x27\x1c', 'archive'],
  ['\x1f\x8b', 'archive'],
];

const HEVC_BRANDS = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'hevm', 'hevs']);
const STILL_BRANDS = new Set(['mif1', 'mif2', 'msf1', 'mif3', 'miaf']);

/** Tells a file of boxes by its brands, of which the second field is a version, or in the shortest form one more brand. */
function tellBoxes(head: Buffer): OtherFormat {
  const end = Math.min(head.length, head.readUInt32BE(0));
  const brands: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) brands.push(head.toString('latin1', at, at + 4));
  if (brands[0] === 'mif3' && brands[1] === 'avif') return 'avif-mini';
  if (brands.some((brand) => HEVC_BRANDS.has(brand))) return 'heic';
  if (brands.some((brand) => STILL_BRANDS.has(brand))) return 'heif';
  return brands[0] === 'qt  ' ? 'mov' : 'mp4';
}

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
  const known = BEGINNINGS.find(([begins]) => begin.startsWith(begins));
  if (known !== undefined) return known[1];
  if (begin.startsWith('RIFF')) return begin.endsWith('WAVE') ? 'audio' : 'video';
  return tellText(head);
}
