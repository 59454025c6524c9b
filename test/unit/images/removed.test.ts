import { describe, expect, it } from 'vitest';
import { type RemovedPart, scrubImage } from '../../../src/images/index.ts';
import {
  big,
  bytesOf,
  gifExtension,
  gifFrame,
  gifScreen,
  iccProfile,
  jpeg,
  jpegFrame,
  jpegScan,
  jpegSegment,
  riffChunk,
  tiff,
  webp,
  webpCanvas,
  webpLossy,
} from '../../support/images/build.ts';
import { FIXTURES, readFixture } from '../../support/images/fixtures.ts';
import { inPieces, LIMITS } from '../../support/images/scrub.ts';

async function removedFrom(image: Uint8Array): Promise<readonly RemovedPart[]> {
  const removed = new Set<RemovedPart>();
  await scrubImage(
    inPieces(image),
    () => {},
    LIMITS,
    (part) => removed.add(part),
  );
  return [...removed].sort();
}

const photo = (...segments: readonly Uint8Array[]): Buffer => jpeg(...segments, jpegFrame(8, 8), jpegScan(1, 2, 3));
const exif = (...entries: Parameters<typeof tiff>[1]): Buffer => jpegSegment(0xe1, 'Exif\0\0', tiff('MM', entries));
const gif = (...parts: readonly Uint8Array[]): Buffer => bytesOf(gifScreen(8, 8), ...parts, gifFrame(8, 8), ';');
const PROFILE = iccProfile(['rXYZ', bytesOf('XYZ ', Buffer.alloc(16))], ['mmod', bytesOf('mmod', big(7), big(7))]);

describe('what was taken out of an image', () => {
  it.each<readonly [string, Buffer, readonly RemovedPart[]]>([
    ['a place', photo(exif([0x8825, 4, 1, big(8)])), ['gps']],
    ['a camera', photo(exif([0x010f, 2, 4, Buffer.from('Mak\0')])), ['camera']],
    ['how it was taken', photo(exif([0x8769, 4, 1, big(8)])), ['camera']],
    ['a name', photo(exif([0x013b, 2, 4, Buffer.from('Ann\0')])), ['exif']],
    ['an orientation, which stays', photo(exif([0x0112, 3, 1, big(6 * 65_536)])), []],
    ['EXIF that cannot be read', photo(jpegSegment(0xe1, 'Exif\0\0Secret')), ['exif']],
    ['a thumbnail', photo(jpegSegment(0xe0, 'JFXX\0', 0x13, 1, 1, 'rgb')), ['thumbnail']],
    ['IPTC', photo(jpegSegment(0xed, 'Photoshop 3.0\0')), ['iptc']],
    ['XMP', photo(jpegSegment(0xe1, 'http://ns.adobe.com/xap/1.0/\0<x/>')), ['xmp']],
    [
      'a comment and a profile of a device',
      photo(jpegSegment(0xfe, 'x'), jpegSegment(0xe2, 'ICC_PROFILE\0', 1, 1, PROFILE)),
      ['comment', 'profile'],
    ],
    ['what followed it', bytesOf(photo(), 'PK\x03\x04'), ['trailing']],
    ['bytes between the segments of a JPEG', jpeg(jpegFrame(8, 8), bytesOf('Secret'), jpegScan(1, 2, 3)), ['other']],
    ['a loop of a GIF, which stays', gif(gifExtension(0xff, 'NETSCAPE2.0', bytesOf(1, 0, 0))), []],
    ['bytes ahead of it', gif(gifExtension(0xff, 'NETSCAPE2.0', 'Secret', bytesOf(1, 0, 0))), ['other']],
    ['bytes in it', gif(gifExtension(0xff, 'NETSCAPE2.0', bytesOf(1, 0, 0, 'Secret'))), ['other']],
    ['bytes behind it', gif(gifExtension(0xff, 'NETSCAPE2.0', bytesOf(1, 0, 0), 'Secret')), ['other']],
    ['a comment of a GIF', gif(gifExtension(0xfe, 'x')), ['comment']],
    ['an unknown part of a GIF', gif(gifExtension(0x99, 'x')), ['other']],
    [
      'EXIF of a WebP',
      webp(webpCanvas(8, 6), webpLossy(8, 6), riffChunk('EXIF', tiff('MM', [[0x0110, 2, 4, big(0)]]))),
      ['camera'],
    ],
    ['XMP of a WebP', webp(webpCanvas(8, 6), webpLossy(8, 6), riffChunk('XMP ', '<x/>')), ['xmp']],
  ])('is said by its kind: %s', async (_, image, parts) => {
    expect(await removedFrom(image)).toEqual(parts);
  });

  it.each(FIXTURES.filter(({ name, clean }) => clean && !name.endsWith('.avif')))(
    'is nothing of $name',
    async ({ bytes }) => {
      expect(await removedFrom(bytes)).toEqual([]);
    },
  );

  it('is what encoders and ExifTool have written', async () => {
    const of = (name: string) => removedFrom(readFixture(name).bytes);
    expect(await of('gps-xmp-iptc-thumbnail.jpg')).toEqual(
      expect.arrayContaining(['camera', 'gps', 'iptc', 'thumbnail', 'xmp']),
    );
    expect(await of('text-xmp-exif.png')).toEqual(expect.arrayContaining(['comment', 'xmp']));
    expect(await of('comment-xmp.gif')).toEqual(['comment', 'xmp']);
    expect(await of('exif-xmp.avif')).toContain('exif');
    for (const { name, bytes, clean } of FIXTURES) {
      if (!clean) expect((await removedFrom(bytes)).length, name).toBeGreaterThan(0);
    }
  });
});
