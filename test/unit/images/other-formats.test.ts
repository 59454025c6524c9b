import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type OtherFormat, tellOtherFormat } from '../../../src/images/other-formats.ts';
import { big, bytesOf } from '../../support/images/build.ts';
import { refusal } from '../../support/images/scrub.ts';

const brands = (first: string, version: string, ...more: readonly string[]): Buffer =>
  bytesOf(big(16 + 4 * more.length), 'ftyp', first, version, ...more);
const none = '\0\0\0\0';

/** A TIFF of one directory; values of two bytes where they fit. */
function tiff(order: 'II' | 'MM', entries: readonly (readonly [tag: number, value: number])[]): Buffer {
  const number = (value: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    if (order === 'II') bytes.writeUIntLE(value, 0, length);
    else bytes.writeUIntBE(value, 0, length);
    return bytes;
  };
  const rows = entries.map(([tag, value]) =>
    value < 65_536
      ? bytesOf(number(tag, 2), number(3, 2), number(1, 4), number(value, 2), 0, 0)
      : bytesOf(number(tag, 2), number(4, 2), number(1, 4), number(value, 4)),
  );
  return bytesOf(order, number(42, 2), number(8, 4), number(rows.length, 2), ...rows, number(0, 4));
}

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>';
const zipped = (name: string): Buffer => bytesOf('PK\x03\x04', Buffer.alloc(22), name.length, 0, 0, 0, name, 'x');

const FILES: readonly (readonly [what: string, file: Buffer, format: OtherFormat | undefined])[] = [
  ['a HEIC of a phone', brands('heic', none, 'mif1', 'heic'), 'heic'],
  ['a HEIC that begins generally', brands('mif1', none, 'mif1', 'heix'), 'heic'],
  ['a HEIF of another coding', brands('mif1', none, 'mif1', 'j2ki'), 'heif'],
  ...['heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'].map(
    (brand) => [`a HEIC of the brand ${brand}`, brands('msf1', none, 'msf1', brand), 'heic'] as const,
  ),
  ['an AVCI', brands('mif1', none, 'mif1', 'avci'), 'avci'],
  ['a HEIF of JPEG', brands('jpeg', none), 'heif'],
  ['a CR3', brands('crx ', '\0\0\0\x01', 'crx ', 'isom'), 'raw'],
  ['a sound of boxes', brands('M4A ', none, 'M4A ', 'mp42', 'isom'), 'audio'],
  ['a film of 3GPP', brands('3gp5', none, '3gp5'), 'mp4'],
  ['a film without brands', bytesOf(big(8), 'wide', big(99), 'mdat'), 'mov'],
  ['a CR2', bytesOf('II*\0', 16, 0, 0, 0, 'CR', 2, 0), 'raw'],
  [
    'a DNG',
    tiff('II', [
      [254, 1],
      [50_706, 0x0000_0401],
    ]),
    'raw',
  ],
  [
    'a NEF, whose first picture is the preview',
    tiff('MM', [
      [254, 1],
      [271, 70_000],
      [330, 70_010],
    ]),
    'raw',
  ],
  [
    'an ARW',
    tiff('II', [
      [254, 1],
      [259, 6],
      [50_740, 70_000],
    ]),
    'raw',
  ],
  ['a PEF', tiff('MM', [[259, 65_535]]), 'raw'],
  [
    'a scan with the name of its maker',
    tiff('II', [
      [254, 0],
      [259, 5],
      [271, 70_000],
    ]),
    'tiff',
  ],
  ['a TIFF whose directory is not in sight', bytesOf('II*\0', 255, 255, 255, 255), 'tiff'],
  ['an ORF', bytesOf('IIRO', 8, 0, 0, 0), 'raw'],
  ['an RW2', bytesOf('IIU\0', 24, 0, 0, 0), 'raw'],
  ['a RAF', bytesOf('FUJIFILMCCD-RAW 0201'), 'raw'],
  ['a QOI', bytesOf('qoif', big(1), big(1), 4, 0), 'qoi'],
  ['an EPS', bytesOf('%!PS-Adobe-3.0 EPSF-3.0\n'), 'eps'],
  ['a JPEG XR', bytesOf('II\xbc\x01', 8, 0, 0, 0), 'jxr'],
  ['an OpenEXR', bytesOf('v/1\x01', 2, 0, 0, 0), 'picture'],
  ['a PPM', bytesOf('P6\n2 2\n255\n'), 'picture'],
  ['an SVG that is packed', gzipSync(`<?xml version="1.0"?><!-- ${'x'.repeat(900)} -->${SVG}`), 'svgz'],
  ['a large SVG that is packed', gzipSync(SVG + randomBytes(100_000).toString('hex')), 'svgz'],
  ['zeros that are packed', gzipSync(Buffer.alloc(9_000_000)), 'archive'],
  ['the first bytes of a pack', bytesOf(0x1f, 0x8b, 8, 0), 'archive'],
  ['a Word document', zipped('[Content_Types].xml'), 'office'],
  ['a spreadsheet that begins elsewhere', zipped('_rels/.rels'), 'office'],
  ['an OpenDocument', zipped('mimetypeapplication/vnd.oasis.opendocument.text'), 'office'],
  ['a Word document of old', bytesOf(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1), 'office'],
  ['a ZIP of pictures', zipped('IMG_0001.HEIC'), 'archive'],
  ['a Matroska', bytesOf('\x1aE\xdf\xa3\xa3', 'B\x86\x81\x01', 'B\x82\x88matroska'), 'mkv'],
  ['a minimal AVIF', brands('mif3', 'avif'), 'avif-mini'],
  ['an MP4', brands('isom', '\0\0\x02\0', 'isom', 'mp41'), 'mp4'],
  ['a film of a live photo', brands('qt  ', none, 'qt  '), 'mov'],
  [
    'a TIFF',
    await sharp({ create: { width: 2, height: 2, channels: 3, background: '#fff' } })
      .tiff()
      .toBuffer(),
    'tiff',
  ],
  ['a TIFF in the other byte order', bytesOf('MM\0*', big(8)), 'tiff'],
  ['a BMP', bytesOf('BM', big(0), big(0), 54), 'bmp'],
  ['an icon', bytesOf(0, 0, 1, 0, 1, 0), 'ico'],
  ['a JPEG XL stream', bytesOf(0xff, 0x0a, 0xfa), 'jxl'],
  ['a JPEG XL file', bytesOf(big(12), 'JXL \r\n\x87\n'), 'jxl'],
  ['a JPEG 2000', bytesOf(big(12), 'jP  \r\n\x87\n'), 'jp2'],
  ['a PSD', bytesOf('8BPS', 0, 1), 'psd'],
  ['a PDF', bytesOf('%PDF-1.7\n'), 'pdf'],
  ['a WebM', bytesOf('\x1aE\xdf\xa3\x9f', 'B\x86\x81\x01', 'B\x82\x84webm'), 'webm'],
  ['EBML of no known name', bytesOf(0x1a, 'E', 0xdf, 0xa3, 1), 'video'],
  ['an AVI', bytesOf('RIFF', big(0), 'AVI '), 'video'],
  ['a WAV', bytesOf('RIFF', big(0), 'WAVE'), 'audio'],
  ['a ZIP', bytesOf('PK\x03\x04', 20, 0), 'archive'],
  ['a gzip', gzipSync('x'), 'archive'],
  ['an SVG', bytesOf('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'svg'],
  [
    'an SVG after a mark, a prologue and a comment',
    bytesOf('\xef\xbb\xbf <?xml version="1.0"?><!-- x -->\n<svg>'),
    'svg',
  ],
  ['an HTML page', bytesOf('<!doctype html><title>404</title>'), 'html'],
  ['an HTML page with an SVG in it', bytesOf('\n<html><body><svg></svg>'), 'html'],
  ['XML of another kind', bytesOf('<?xml version="1.0"?><Error/>'), 'xml'],
  ['JSON', bytesOf('{"error":"NoSuchKey"}'), 'text'],
  ['a Chinese text', Buffer.from('图片不存在'), 'text'],
  ['a text of 16 bits', bytesOf(0xff, 0xfe, 'a', 0), 'text'],
  ['bytes of no known kind', bytesOf(0x01, 0x02, 0x03, 0x04), undefined],
  ['a single byte', bytesOf(1), undefined],
];

describe('a file of another format', () => {
  it.each(FILES)('is told by its bytes: %s', async (_, file, format) => {
    const error = await refusal(file);
    expect(error.code).toBe('unknown-format');
    expect(error.facts).toEqual(format === undefined ? {} : { found: format });
  });

  it('is told whatever its bytes are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.constantFrom('', 'ftyp', 'RIFF', '<', 'II*\0', 'MM\0*', 'PK\x03\x04', '\x1f\x8b\x08', '\x1aE\xdf\xa3'),
        (bytes, mark) => {
          for (const head of [bytesOf(bytes.subarray(0, 4), mark, bytes.subarray(4)), bytesOf(mark, bytes)]) {
            expect(['string', 'undefined']).toContain(typeof tellOtherFormat(head));
          }
        },
      ),
    );
  });
});
