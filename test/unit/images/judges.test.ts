import exifr from 'exifr';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { big, bytesOf, jpegSegment, pngChunk, tiff, withSegments } from '../../support/images/build.ts';
import { FIXTURES, readFixture } from '../../support/images/fixtures.ts';
import { scrub } from '../../support/images/scrub.ts';

/** Every kind of metadata that exifr knows, colour profiles and sizes aside. */
const PRIVATE = {
  tiff: true,
  ifd1: true,
  exif: true,
  gps: true,
  interop: true,
  makerNote: true,
  userComment: true,
  xmp: true,
  iptc: true,
  icc: false,
  jfif: false,
  ihdr: false,
  mergeOutput: false,
  translateValues: false,
} as const;

// libvips reads no AVIF sequences, exifr neither GIF nor WebP.
const DECODABLE = FIXTURES.filter(({ name }) => !name.startsWith('sequence'));
const PARSEABLE = FIXTURES.filter(({ name }) => /\.(jpg|png|avif)$/.test(name));

/** The pixels as a screen of sRGB shows them: libvips goes by the colour profile. */
const pixels = (image: Buffer): Promise<Buffer> => sharp(image, { animated: true }).raw().toBuffer();
const upright = (image: Buffer) => sharp(image).autoOrient().raw().toBuffer({ resolveWithObject: true });

/** A photograph of noise, so that nothing compresses to nought. */
function photo(width = 67, height = 45): Sharp {
  const noise = Buffer.alloc(width * height * 3);
  for (let at = 0, state = 1; at < noise.length; at += 1) {
    state = (state * 48_271) % 0x7fffffff;
    noise.writeUInt8(state & 0xff, at);
  }
  return sharp(noise, { raw: { width, height, channels: 3 } });
}

const GPS_EXIF = {
  IFD0: { Make: 'SecretMaker', DateTime: '2024:01:02 03:04:05' },
  IFD2: { BodySerialNumber: 'Secret123' },
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '31/1 12/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '121/1 24/1 0/1' },
};
const XMP =
  '<?xpacket begin="" id="x"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="31,12N"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>';

describe('What others find in a scrubbed image', () => {
  it.each(DECODABLE)('$name has the same pixels, colour profile and frames as before', async ({ bytes }) => {
    const { output } = await scrub(bytes);
    expect((await pixels(output)).equals(await pixels(bytes))).toBe(true);
    const [before, after] = [await sharp(bytes).metadata(), await sharp(output).metadata()];
    const { icc, pages, delay, loop, density, width, height, channels, space, hasAlpha } = before;
    expect(after).toMatchObject({ width, height, channels, space, hasAlpha, ...(density && { density }) });
    expect([after.icc?.length, after.pages, after.delay, after.loop]).toEqual([icc?.length, pages, delay, loop]);
  });

  it.each(DECODABLE)(
    '$name has no XMP, IPTC or comments for libvips, and of EXIF the orientation at most',
    async ({ bytes }) => {
      const { output } = await scrub(bytes);
      const { exif, xmp, iptc, comments, tifftagPhotoshop } = await sharp(output).metadata();
      expect({ xmp, iptc, comments, tifftagPhotoshop }).toEqual({});
      expect(exif?.length ?? 0).toBeLessThanOrEqual(32);
    },
  );

  it.each(PARSEABLE)('$name has nothing for exifr but the orientation', async ({ bytes, clean }) => {
    const found = await exifr.parse(bytes, PRIVATE);
    if (clean) expect(found).toBeUndefined();
    const { output } = await scrub(bytes);
    const { ifd0, ...rest } = (await exifr.parse(output, PRIVATE)) ?? {};
    expect(rest).toEqual({});
    expect(Object.keys(ifd0 ?? {}).filter((name) => name !== 'Orientation')).toEqual([]);
    expect(await exifr.gps(output)).toBeUndefined();
    expect(await exifr.thumbnail(output).catch(() => undefined)).toBeUndefined();
  });

  it.each(FIXTURES.filter(({ clean }) => !clean))(
    '$name has none of its names and places left',
    async ({ name, bytes }) => {
      const { output } = await scrub(bytes);
      for (const trace of ['Secret', 'xmpmeta', 'adobe', 'Photoshop', 'MPF', 'GPS']) {
        expect(output.includes(trace), `${trace} in ${name}`).toBe(false);
      }
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns by orientation %i as before', async (orientation) => {
    for (const encode of [(image: Sharp) => image.jpeg(), (image: Sharp) => image.png()]) {
      const bytes = await encode(photo().withExif(GPS_EXIF).withXmp(XMP).withMetadata({ orientation })).toBuffer();
      const { output } = await scrub(bytes);
      expect(await upright(output)).toEqual(await upright(bytes));
      expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
      expect((await exifr.orientation(output)) ?? 1).toBe(orientation);
      expect(await exifr.gps(bytes)).toMatchObject({ latitude: 31.2, longitude: 121.4 });
      expect(await exifr.gps(output)).toBeUndefined();
      expect(output.includes('Secret')).toBe(false);
    }
  });

  it.each<readonly [string, (image: Sharp) => Sharp]>([
    ['a JPEG', (image) => image.jpeg()],
    ['a JPEG of full chroma', (image) => image.jpeg({ chromaSubsampling: '4:4:4', quality: 100 })],
    ['a JPEG of many scans', (image) => image.jpeg({ mozjpeg: true })],
    ['a JPEG with restarts', (image) => image.jpeg({ progressive: true, optimiseScans: true })],
    ['a grey JPEG', (image) => image.greyscale().jpeg()],
    ['an interlaced PNG', (image) => image.png({ progressive: true })],
    ['a PNG of 16 bits', (image) => image.toColourspace('rgb16').png()],
    ['a PNG of one bit', (image) => image.threshold().toColourspace('b-w').png({ palette: true, colours: 2 })],
    ['a GIF', (image) => image.gif()],
    ['a lossy WebP', (image) => image.webp()],
    ['a lossless WebP', (image) => image.webp({ lossless: true })],
    ['a WebP with alpha', (image) => image.ensureAlpha(0.5).webp()],
  ])('leaves %s from libvips as it is, bit for bit', async (_, encode) => {
    const bytes = await encode(photo(300, 200)).toBuffer();
    expect((await scrub(bytes)).output.equals(bytes)).toBe(true);
  });

  it.each<readonly [string, (image: Sharp) => Sharp]>([
    ['a CMYK JPEG', (image) => image.toColourspace('cmyk').withIccProfile('cmyk').jpeg()],
    ['a JPEG', (image) => image.withIccProfile('p3').jpeg()],
    ['a PNG', (image) => image.withIccProfile('p3').png()],
    ['a WebP', (image) => image.ensureAlpha(0.5).withIccProfile('p3').webp()],
    ['an AVIF', (image) => image.withIccProfile('p3').avif()],
  ])('gives %s the colours of its profile without its texts and dates', async (_, encode) => {
    const bytes = await encode(photo(300, 200)).toBuffer();
    const { output } = await scrub(bytes);
    const [before, after] = [await sharp(bytes).metadata(), await sharp(output).metadata()];
    expect(after.icc).toHaveLength(before.icc?.length ?? 0);
    expect(before.icc?.includes('cprt')).toBe(true);
    expect(/cprt|desc|text|mluc|targ|lcms|argl/.test(after.icc?.toString('latin1') ?? '')).toBe(false);
    expect((await pixels(output)).equals(await pixels(bytes))).toBe(true);
  });

  it.each<readonly [string, (image: Sharp) => Sharp]>([
    ['an AVIF', (image) => image.avif()],
    ['an AVIF with alpha', (image) => image.ensureAlpha(0.5).avif({ lossless: true })],
  ])('leaves %s from libvips the length and the pixels that it had', async (_, encode) => {
    const bytes = await encode(photo(300, 200)).toBuffer();
    const { output } = await scrub(bytes);
    expect(output).toHaveLength(bytes.length);
    expect((await pixels(output)).equals(await pixels(bytes))).toBe(true);
    expect(await scrub(output)).toMatchObject({ output });
  });

  it.each<readonly [string, (image: Sharp) => Sharp]>([
    ['a JPEG', (image) => image.jpeg()],
    ['a PNG', (image) => image.png()],
    ['a WebP', (image) => image.webp()],
    ['an AVIF', (image) => image.avif()],
  ])('finds %s from libvips with EXIF and XMP clean', async (_, encode) => {
    const bytes = await encode(photo(300, 200).withExif(GPS_EXIF).withXmp(XMP)).toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ exif: expect.anything(), xmp: expect.anything() });
    const { output } = await scrub(bytes);
    const { exif, xmp } = await sharp(output).metadata();
    expect({ exif, xmp }).toEqual({});
    expect(output.includes('Secret')).toBe(false);
    expect((await pixels(output)).equals(await pixels(bytes))).toBe(true);
  });

  it('keeps an animation of every format the same, frame by frame', async () => {
    const frames = await Promise.all([0, 90, 180].map((hue) => photo(40, 40).modulate({ hue }).png().toBuffer()));
    for (const format of ['gif', 'webp'] as const) {
      const bytes = await sharp(frames, { join: { animated: true } })
        .toFormat(format, { delay: [10, 20, 30], loop: 2 })
        .toBuffer();
      const { facts, output } = await scrub(bytes);
      expect(facts.frames).toBe(3);
      expect(output.equals(bytes)).toBe(true);
    }
  });

  it('hides no thumbnail: the picture before it was cropped', async () => {
    const { bytes } = readFixture('gps-xmp-iptc-thumbnail.jpg');
    expect(await exifr.thumbnail(bytes)).toBeDefined();
    const whole = await photo(40, 40).jpeg().toBuffer();
    const loaded = withSegments(
      await photo(20, 20).jpeg().toBuffer(),
      jpegSegment(0xe0, 'JFIF\0', 1, 2, 0, 0, 1, 0, 1, 1, 1, 'rgb'),
      jpegSegment(0xe0, 'JFXX\0', 0x10, whole),
    );
    const { output } = await scrub(bytesOf(loaded, whole));
    expect(output.includes(whole.subarray(200, 260))).toBe(false);
    expect(await sharp(output).metadata()).toMatchObject({ width: 20, height: 20 });
  });

  it('finds XMP and EXIF gone wherever a PNG has them', async () => {
    const image = await photo().png().toBuffer();
    const exif = tiff('MM', [
      [0x010e, 2, 4, Buffer.from('Sec\0')],
      [0x0112, 3, 1, big(3 * 65_536)],
    ]);
    const xmp = pngChunk('iTXt', 'XML:com.adobe.xmp\0\0\0\0\0', XMP);
    const loaded = bytesOf(
      image.subarray(0, 33),
      xmp,
      image.subarray(33, -12),
      pngChunk('eXIf', exif),
      xmp,
      image.subarray(-12),
    );
    const { output } = await scrub(loaded);
    expect(await upright(output)).toEqual(await upright(loaded));
    expect(await exifr.orientation(output)).toBe(3);
    expect((await sharp(output).metadata()).xmp).toBeUndefined();
    expect(output.includes('Sec')).toBe(false);
  });
});
