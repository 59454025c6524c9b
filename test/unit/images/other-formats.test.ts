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

const FILES: readonly (readonly [what: string, file: Buffer, format: OtherFormat | undefined])[] = [
  ['a HEIC of a phone', brands('heic', none, 'mif1', 'heic'), 'heic'],
  ['a HEIC that begins generally', brands('mif1', none, 'mif1', 'heix'), 'heic'],
  ['a HEIF of another coding', brands('mif1', none, 'mif1', 'j2ki'), 'heif'],
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
  ['a WebM', bytesOf(0x1a, 'E', 0xdf, 0xa3, 1), 'video'],
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
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom('', 'ftyp', 'RIFF', '<'), (bytes, mark) => {
        const head = bytesOf(bytes.subarray(0, 4), mark, bytes.subarray(4));
        expect(['string', 'undefined']).toContain(typeof tellOtherFormat(head));
      }),
    );
  });
});
