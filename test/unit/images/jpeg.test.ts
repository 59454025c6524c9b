import { describe, expect, it } from 'vitest';
import {
  big,
  bytesOf,
  iccProfile,
  jpeg,
  jpegFrame,
  jpegScan,
  jpegSegment,
  little,
  type Part,
  tiff,
  withSegments,
} from '../../support/images/build.ts';
import { readFixture } from '../../support/images/fixtures.ts';
import { LIMITS, type Refused, reasonOf, refusal, scrub } from '../../support/images/scrub.ts';

const FRAME = jpegFrame(8, 8);
const SCAN = jpegScan(1, 2, 3);
const PLAIN = jpeg(FRAME, SCAN);
const PROFILE = iccProfile(['rXYZ', bytesOf('XYZ ', Buffer.alloc(16))]);
const LONG_PROFILE = iccProfile(['A2B0', bytesOf('mpet', big(0), Buffer.alloc(60_000, 5))]);
const COMMENT = jpegSegment(0xfe, 'Secret');
const JFIF = jpegSegment(0xe0, 'JFIF\0', 1, 2, 0, 0, 1, 0, 1, 0, 0);

const exif = (...entries: Parameters<typeof tiff>[1]): Buffer => jpegSegment(0xe1, 'Exif\0\0', tiff('MM', entries));
const oriented = (orientation: number): Buffer => exif([0x0112, 3, 1, big(orientation * 65_536)]);

describe('JPEG', () => {
  it.each<readonly [string, Buffer]>([
    ['EXIF', jpegSegment(0xe1, 'Exif\0\0', tiff('II', [[0x010f, 2, 4, Buffer.from('Sec\0')]]))],
    ['EXIF that is no TIFF', jpegSegment(0xe1, 'Exif\0\0Secret')],
    ['EXIF of five bytes', jpegSegment(0xe1, 'Exif\0')],
    ['XMP', jpegSegment(0xe1, 'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>')],
    ['extended XMP', jpegSegment(0xe1, 'http://ns.adobe.com/xmp/extension/\0Secret')],
    ['MPF', jpegSegment(0xe2, 'MPF\0Secret')],
    ['FlashPix', jpegSegment(0xe2, 'FPXR\0Secret')],
    ['APP3', jpegSegment(0xe3, 'Meta\0Secret')],
    ['Ducky', jpegSegment(0xec, 'Ducky\0Secret')],
    ['IPTC', jpegSegment(0xed, 'Photoshop 3.0\x008BIMSecret')],
    ['APP14 that is not Adobe', jpegSegment(0xee, 'Secret')],
    ['APP15', jpegSegment(0xef, 'Secret')],
    ['a profile of which a part is missing', jpegSegment(0xe2, 'ICC_PROFILE\0', 1, 2, PROFILE)],
    ['a profile that is none', jpegSegment(0xe2, 'ICC_PROFILE\0', 1, 1, Buffer.alloc(200, 'Secret'))],
    ['a JFXX thumbnail', jpegSegment(0xe0, 'JFXX\0', 0x13, 1, 1, 'Secret')],
    ['APP0 of another kind', jpegSegment(0xe0, 'AVI1Secret')],
    ['JFIF that is too short', jpegSegment(0xe0, 'JFIF\0', 1)],
    ['a comment', jpegSegment(0xfe, 'Secret')],
    ['an empty comment', jpegSegment(0xfe)],
    ['the longest comment', jpegSegment(0xfe, Buffer.alloc(65_533, 'Secret'))],
  ])('drops %s before the frame and between scans', async (_, segment) => {
    expect((await scrub(jpeg(segment, FRAME, SCAN))).output).toEqual(PLAIN);
    expect((await scrub(jpeg(FRAME, SCAN, segment, SCAN))).output).toEqual(jpeg(FRAME, SCAN, SCAN));
  });

  it('keeps what decodes the image, bit for bit', async () => {
    const image = jpeg(
      JFIF,
      jpegSegment(0xee, 'Adobe', 0, 100, 0, 0, 0, 0, 1),
      jpegSegment(0xe2, 'ICC_PROFILE\0', 1, 2, LONG_PROFILE.subarray(0, 40_000)),
      jpegSegment(0xe2, 'ICC_PROFILE\0', 2, 2, LONG_PROFILE.subarray(40_000)),
      jpegSegment(0xdb, Buffer.alloc(65), 0x11, Buffer.alloc(128)),
      jpegSegment(0xc4, Buffer.alloc(17), 0x10, 2, 1, Buffer.alloc(14), 'abc', Buffer.alloc(17)),
      jpegSegment(0xcc, 0, 1, 0x10, 1),
      jpegSegment(0xdd, 0, 4),
      FRAME,
      bytesOf(0xff, 0xff, 0xff),
      jpegScan(1, 0xff, 0x00, 2, 0xff, 0xd0, 3, 0xff, 0xd7, 0xff, 0xff, 0x00, 0xff, 0xff),
      SCAN,
    );
    expect((await scrub(image)).output).toEqual(image);
  });

  it.each([0xc0, 0xc1, 0xc2, 0xc9, 0xca])('takes the size from frame header %i', async (code) => {
    expect((await scrub(jpeg(jpegFrame(640, 480, code), SCAN))).facts).toEqual({
      format: 'jpeg',
      width: 640,
      height: 480,
      frames: 1,
      orientation: 1,
    });
  });

  it('cuts the thumbnail out of JFIF and what follows the fields out of JFIF and Adobe', async () => {
    const thumbnail = jpegSegment(0xe0, 'JFIF\0', 1, 2, 0, 0, 1, 0, 1, 1, 2, 'SecretSecret');
    const longer = jpegSegment(0xe0, 'JFIF\0', 1, 2, 0, 0, 1, 0, 1, 0, 0, 'Secret');
    const adobe = jpegSegment(0xee, 'Adobe', 0, 100, 0, 0, 0, 0, 1, 'Secret');
    const { output } = await scrub(jpeg(thumbnail, longer, adobe, FRAME, SCAN));
    expect(output).toEqual(jpeg(JFIF, JFIF, jpegSegment(0xee, 'Adobe', 0, 100, 0, 0, 0, 0, 1), FRAME, SCAN));
  });

  it.each([2, 3, 4, 5, 6, 7, 8])(
    'keeps orientation %i and nothing else of EXIF, in either byte order',
    async (value) => {
      const minimal = jpeg(
        JFIF,
        jpegSegment(0xe1, 'Exif\0\0', tiff('MM', [[0x0112, 3, 1, big(value * 65_536)]])),
        FRAME,
        SCAN,
      );
      const motorola = exif([0x010f, 2, 4, Buffer.from('Sec\0')], [0x0112, 3, 1, big(value * 65_536)]);
      const intel = jpegSegment(0xe1, 'Exif\0\0', tiff('II', [[0x0112, 3, 1, little(value)]]), 'Secret');
      expect((await scrub(jpeg(JFIF, motorola, FRAME, SCAN))).output).toEqual(minimal);
      expect((await scrub(jpeg(JFIF, intel, FRAME, SCAN))).output).toEqual(minimal);
    },
  );

  it.each<readonly [string, Buffer]>([
    ['1', oriented(1)],
    ['0', oriented(0)],
    ['9', oriented(9)],
    ['of two values', exif([0x0112, 3, 2, big(6 * 65_536)])],
    ['of another type', exif([0x0112, 4, 1, big(6)])],
    ['in the second EXIF', bytesOf(exif(), oriented(6))],
    ['beyond the end', jpegSegment(0xe1, 'Exif\0\0MM\0*', big(0xffffffff))],
    ['in a directory that is cut off', jpegSegment(0xe1, 'Exif\0\0MM\0*', big(8), 0xff, 0xff, 0x01, 0x12, 0, 3, 0, 0)],
    ['in a directory that is the header', jpegSegment(0xe1, 'Exif\0\0MM\0*', big(0))],
    ['in a block of no byte order', jpegSegment(0xe1, 'Exif\0\0XX\0*', big(8), big(0))],
  ])('keeps no EXIF when the orientation is %s', async (_, segment) => {
    expect((await scrub(jpeg(segment, FRAME, SCAN))).output).toEqual(PLAIN);
  });

  it.each<readonly [string, readonly Part[]]>([
    ['a byte', [0]],
    ['a text', ['Secret']],
    ['stuffed bytes', [0xff, 0, 1, 0xff, 0]],
    ['restarts', [0xff, 0xd0, 0xff, 0xd7]],
    ['a stand-alone marker', [0xff, 0x01]],
    ['a height', [jpegSegment(0xdc, 0, 9)]],
  ])('drops %s wherever segments meet, as decoders pass over it', async (_, stray) => {
    for (const image of [
      jpeg(COMMENT, bytesOf(...stray), FRAME, SCAN),
      jpeg(FRAME, bytesOf(...stray), SCAN),
      jpeg(FRAME, SCAN, COMMENT, bytesOf(...stray)),
    ]) {
      for (const lengths of [[65_536], [1]]) expect((await scrub(image, { lengths })).output).toEqual(PLAIN);
    }
  });

  it('is completed when its end is missing, cut off, or a segment that is cut off', async () => {
    for (const end of ['', '\xff', '\xff\xfe', '\xff\xfe\0\x10Secret', '\xff\xfe\0\x04ab Secret']) {
      expect((await scrub(bytesOf(PLAIN.subarray(0, -2), end))).output).toEqual(PLAIN);
    }
  });

  it('passes a megabyte of stray bytes or markers without a length in one step each', async () => {
    const pairs = ['\xff\0', '\xff\x01', '\xff\xd3', 'ab'].map((pair) => Buffer.alloc(1_000_000, pair, 'latin1'));
    const started = performance.now();
    expect((await scrub(jpeg(...pairs, FRAME, SCAN))).output).toEqual(PLAIN);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('drops what follows the end: second pictures, films, scripts', async () => {
    expect((await scrub(bytesOf(PLAIN, PLAIN, '<script>'))).output).toEqual(PLAIN);
  });

  it.each<Refused>([
    ['only its first bytes', bytesOf(0xff, 0xd8, 0xff), 'truncated'],
    ['a text after its first bytes', bytesOf(0xff, 0xd8, 0xff, '<script>'), 'jpeg-unexpected-marker 0x3C'],
    ['half a scan header', PLAIN.subarray(0, PLAIN.length - SCAN.length), 'truncated'],
    ['12 bits', jpeg(jpegSegment(0xc1, 12, 0, 8, 0, 8, 1, 1, 0x11, 0), SCAN), 'jpeg-unshown-precision 12'],
    ['lossless coding', jpeg(jpegFrame(8, 8, 0xc3), SCAN), 'jpeg-lossless'],
    ['lossless arithmetic coding', jpeg(jpegFrame(8, 8, 0xcb), SCAN), 'jpeg-lossless'],
    ['no sampling', jpeg(jpegSegment(0xc0, 8, 0, 8, 0, 8, 1, 1, 0x01, 0), SCAN), 'jpeg-invalid-frame-header'],
    ['too fine a sampling', jpeg(jpegSegment(0xc0, 8, 0, 8, 0, 8, 1, 1, 0x15, 0), SCAN), 'jpeg-invalid-frame-header'],
    ['no frame', jpeg(SCAN), 'jpeg-invalid-scan-header'],
    ['nothing', jpeg(), 'jpeg-no-picture'],
    ['no scan', jpeg(FRAME), 'jpeg-no-picture'],
    ['two frames', jpeg(FRAME, FRAME, SCAN), 'jpeg-invalid-frame-header'],
    ['no width', jpeg(jpegFrame(0, 8), SCAN), 'jpeg-no-size'],
    ['a height that comes later', jpeg(jpegFrame(8, 0), SCAN, jpegSegment(0xdc, 0, 8)), 'jpeg-no-size'],
    ['a frame of no components', jpeg(jpegSegment(0xc0, 8, 0, 8, 0, 8, 0), SCAN), 'jpeg-invalid-frame-header'],
    [
      'a frame of five components',
      jpeg(jpegSegment(0xc0, 8, 0, 8, 0, 8, 5, Buffer.alloc(15)), SCAN),
      'jpeg-invalid-frame-header',
    ],
    ['a short frame', jpeg(jpegSegment(0xc0, 8, 0), SCAN), 'jpeg-invalid-frame-header'],
    ['a long frame', jpeg(jpegSegment(0xc0, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 9), SCAN), 'jpeg-invalid-frame-header'],
    [
      'a scan of more components than the frame',
      jpeg(FRAME, jpegSegment(0xda, 2, Buffer.alloc(7))),
      'jpeg-invalid-scan-header',
    ],
    ['an empty scan header', jpeg(FRAME, jpegSegment(0xda)), 'jpeg-invalid-scan-header'],
    ...[
      jpegSegment(0xdb, Buffer.alloc(65), 'Secret'),
      jpegSegment(0xdb, 0x20, Buffer.alloc(64, 'Secret')),
      jpegSegment(0xdb),
      jpegSegment(0xc4, Buffer.alloc(17), 'Secret'),
      jpegSegment(0xc4, 0, Buffer.alloc(16, 255), Buffer.alloc(16 * 255, 'Secret')),
      jpegSegment(0xcc, 0, 1, 'odd'),
      jpegSegment(0xdd, 0, 4, 'Secret'),
      jpegSegment(0xdd),
    ].map(
      (tables): Refused => [
        `R28 S21 more or less than tables: ${tables.toString('hex', 0, 6)} of ${tables.length}`,
        jpeg(tables, FRAME, SCAN),
        'jpeg-invalid-segment-length',
      ],
    ),
    ['a segment length of 1', jpeg(bytesOf(0xff, 0xfe, 0, 1), FRAME, SCAN), 'jpeg-invalid-segment-length'],
    ['a segment length of 0', jpeg(bytesOf(0xff, 0xe1, 0, 0), FRAME, SCAN), 'jpeg-invalid-segment-length'],
    ['a segment that ends after the file', bytesOf(0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 'Exif'), 'truncated'],
    ['a second beginning', jpeg(bytesOf(0xff, 0xd8), FRAME, SCAN), 'jpeg-unexpected-marker 0xD8'],
    ['a hierarchical frame', jpeg(jpegSegment(0xde, 8, 0, 8, 0, 8, 1, 1, 0x11, 0)), 'jpeg-unexpected-marker 0xDE'],
    ['a differential frame', jpeg(jpegFrame(8, 8, 0xc5)), 'jpeg-unexpected-marker 0xC5'],
    ['a reserved marker in its scan', jpeg(FRAME, jpegScan(1, 0xff, 0x02, 1)), 'jpeg-unexpected-marker 0x02'],
    ['eleven thousand empty comments', jpeg(...Array<Buffer>(11_000).fill(jpegSegment(0xfe))), 'too-many-parts'],
  ])('is refused with %s', async (_, image, reason) => {
    expect(await reasonOf(image)).toBe(reason);
  });

  it('is refused by its frame header when it is too large', async () => {
    expect(await refusal(jpeg(jpegFrame(16_385, 1)))).toMatchObject({
      code: 'side-too-large',
      facts: { width: 16_385, height: 1, limit: LIMITS.maxSide },
    });
    expect(await refusal(jpeg(jpegFrame(8000, 5001)))).toMatchObject({
      code: 'too-many-pixels',
      facts: { limit: LIMITS.maxPixels },
    });
  });

  it('passes a megabyte of fill bytes or stuffed bytes in one step each', async () => {
    const fill = jpeg(
      bytesOf(Buffer.alloc(1_000_000, 0xff)),
      FRAME,
      jpegScan(Buffer.alloc(1_000_000, '\xff\0', 'latin1')),
    );
    const started = performance.now();
    expect((await scrub(fill, { lengths: [65_536] })).output.equals(fill)).toBe(true);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('finds the second picture of a phone gone, with what points to it', async () => {
    const { output } = await scrub(readFixture('mpf.jpg').bytes);
    expect(output.indexOf('MPF')).toBe(-1);
    expect(output.lastIndexOf(Buffer.from([0xff, 0xd8]))).toBe(0);
  });

  it('makes one picture out of one that carries every kind of metadata at once', async () => {
    const loaded = withSegments(readFixture('gps-xmp-iptc-thumbnail.jpg').bytes, jpegSegment(0xfe, 'Secret'), JFIF);
    const { output } = await scrub(loaded);
    expect(output.includes('Secret')).toBe(false);
  });
});
