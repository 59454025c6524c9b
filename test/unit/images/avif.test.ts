import { describe, expect, it } from 'vitest';
import {
  avifMeta,
  avifType,
  type BuiltItem,
  big,
  box,
  bytesOf,
  fullBox,
  type Part,
} from '../../support/images/build.ts';
import { readFixture } from '../../support/images/fixtures.ts';
import { LIMITS, type Refused, reasonOf, refusal, scrub } from '../../support/images/scrub.ts';

const TYPE = avifType('avif');
const SIZE = [8, 6] as const;
const DATA = box('mdat', 'PICTURE', 'Secret', 'MORE');
const CLEAN = box('mdat', 'PICTURE', Buffer.alloc(6), 'MORE');

type Relative = Omit<BuiltItem, 'start'> & { readonly start: number };

/** A meta box whose items count their offsets from where `dataStart` bytes of other boxes after it end. */
function metaBefore(dataStart: number, items: readonly Relative[], ...extra: readonly Uint8Array[]): Buffer {
  const { length } = avifMeta(
    SIZE,
    items.map((item) => ({ ...item, start: 0 })),
    ...extra,
  );
  const base = TYPE.length + length + dataStart + 8;
  return avifMeta(
    SIZE,
    items.map((item) => ({ ...item, start: item.method === 1 ? item.start : base + item.start })),
    ...extra,
  );
}

const PICTURE: Relative = { id: 1, type: 'av01', start: 0, length: 7 };
const REST: Relative = { id: 2, type: 'av01', start: 13, length: 4 };
const EXIF: Relative = { id: 3, type: 'Exif', start: 7, length: 6 };
const SCATTERED = Array.from(
  { length: 1001 },
  (_, index): Relative => ({ id: 9 + index, type: 'Exif', start: 9 * index, length: 1 }),
);
const PLAIN = bytesOf(TYPE, metaBefore(0, [PICTURE, REST]), CLEAN);

const trackWith = (...parts: readonly Uint8Array[]): Buffer => box('trak', ...parts);
const movie = (...parts: readonly Uint8Array[]): Buffer => box('moov', ...parts);
const sampleEntry = (width: number, height: number, type = 'av01'): Buffer =>
  box(type, Buffer.alloc(24), big(width, 2), big(height, 2), Buffer.alloc(50));
const samples = (frames: number, chunk: number, entry = sampleEntry(8, 6)): Buffer =>
  box(
    'mdia',
    box(
      'minf',
      box(
        'stbl',
        fullBox('stsd', 0, big(1), entry),
        fullBox('stsc', 0, big(1), big(1), big(frames), big(1)),
        fullBox('stsz', 0, big(1), big(frames)),
        fullBox('stco', 0, big(1), big(chunk)),
      ),
    ),
  );

describe('AVIF', () => {
  it('keeps an image without metadata, bit for bit', async () => {
    const { facts, output } = await scrub(PLAIN);
    expect(output).toEqual(PLAIN);
    expect(facts).toEqual({ format: 'avif', width: 8, height: 6, frames: 1, orientation: 1 });
  });

  it.each(['Exif', 'mime', 'uri ', 'jumb', 'hvc1'])('erases an item of type %s and its name', async (type) => {
    const { output } = await scrub(bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, type }, REST]), DATA));
    const clean = bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, type: 'skip' }, REST]), CLEAN);
    expect(output).toEqual(clean);
  });

  it('erases items that are found in two data boxes and overlap', async () => {
    const items = [
      ...[PICTURE, REST, { ...REST, id: 6, start: 17 + 8 + 6 }],
      ...[EXIF, { ...EXIF, id: 4, start: 10, length: 3 }, { ...EXIF, id: 5, start: 17 + 8, length: 6 }],
    ];
    const { output } = await scrub(bytesOf(TYPE, metaBefore(0, items), DATA, box('mdat', 'Secret', 'kept')));
    const data = bytesOf(CLEAN, box('mdat', Buffer.alloc(6), 'kept'));
    expect(output.subarray(-data.length)).toEqual(data);
  });

  it('erases an item inside the meta box', async () => {
    const items = [PICTURE, { ...EXIF, start: 2, length: 6, method: 1 }, { ...REST, start: 0, length: 2, method: 1 }];
    const { output } = await scrub(bytesOf(TYPE, metaBefore(0, items, box('idat', 'okSecretleft')), DATA));
    expect(output.includes(bytesOf('idatok', Buffer.alloc(10)))).toBe(true);
  });

  it('R28 S21 erases what an editor left where no item is any more, and brands that are none', async () => {
    const type = avifType('avif', 'Anna', 'MA1B');
    const [odd, blank] = [box('ftyp', 'avif', big(0), 'mif1', 'odd'), box('ftyp', 'avif', big(0), 'mif1', '\0\0\0')];
    expect((await scrub(bytesOf(odd, metaBefore(-1, [PICTURE, REST]), CLEAN))).output.subarray(0, odd.length)).toEqual(
      blank,
    );
    const build = (brands: Buffer, data: Buffer): Buffer =>
      bytesOf(brands, metaBefore(brands.length - TYPE.length, [PICTURE, REST]), data, box('mdat', 'Secret'));
    const { output } = await scrub(build(type, DATA));
    expect(output).toEqual(build(avifType('avif', '\0\0\0\0', 'MA1B'), CLEAN).subarray(0, output.length));
    expect(output.subarray(-CLEAN.length)).toEqual(CLEAN);
  });

  it('R28 S21 is refused when what no item names came ahead of its index', async () => {
    const at = TYPE.length + 8;
    const rest = (start: number): BuiltItem => ({ ...REST, start });
    expect(await reasonOf(bytesOf(TYPE, DATA, avifMeta(SIZE, [{ ...PICTURE, start: at }, rest(at + 13)])))).toBe(
      'avif-metadata-before-index',
    );
    const whole = bytesOf(TYPE, box('mdat', 'PICTUREMORE'), avifMeta(SIZE, [{ ...PICTURE, start: at }, rest(at + 7)]));
    expect((await scrub(whole)).output).toEqual(whole);
  });

  it.each(['uuid', 'free', 'skip', 'udta', 'jumb'])(
    'erases a box of type %s at the top and in the meta box',
    async (type) => {
      const secret = box(type, 'Secret');
      const free = box('free', Buffer.alloc(6));
      const { output } = await scrub(bytesOf(TYPE, secret, metaBefore(14 + 14, [PICTURE, REST], secret), secret, DATA));
      // The first stray box comes ahead of the meta box, so offsets count from there.
      expect(output).toEqual(bytesOf(TYPE, free, metaBefore(14 + 14, [PICTURE, REST], free), free, CLEAN));
    },
  );

  it.each(['udes', 'altt', 'crtt', 'mdft', 'uuid'])('erases property %s without moving the others', async (type) => {
    // The property makes the meta box 14 bytes longer.
    const meta = metaBefore(14, [PICTURE, REST]);
    const at = meta.indexOf('ispe') - 4;
    const withSecret = (property: Buffer): Buffer => {
      const bytes = bytesOf(meta.subarray(0, at + 20), property, meta.subarray(at + 20));
      const [iprp, ipco] = [bytes.indexOf('iprp') - 4, bytes.indexOf('ipco') - 4];
      for (const start of [0, iprp, ipco]) bytes.writeUInt32BE(bytes.readUInt32BE(start) + property.length, start);
      return bytesOf(TYPE, bytes, CLEAN);
    };
    const { output } = await scrub(withSecret(box(type, 'Secret')));
    expect(output).toEqual(withSecret(box('free', Buffer.alloc(6))));
  });

  it('drops what follows the last byte that an item needs', async () => {
    expect((await scrub(bytesOf(PLAIN, '<script>alert(1)</script>'))).output).toEqual(PLAIN);
    expect((await scrub(bytesOf(PLAIN, box('uuid', 'Secret')))).output).toEqual(PLAIN);
    const open = Buffer.from(PLAIN);
    open.writeUInt32BE(0, PLAIN.indexOf('mdat') - 4);
    expect((await scrub(bytesOf(open, '<script>'))).output).toEqual(open);
  });

  it('reads boxes with long lengths', async () => {
    const long = bytesOf(big(1), 'mdat', big(16 + 17, 8), 'PICTURE', 'Secret', 'MORE');
    const meta = metaBefore(8, [PICTURE, EXIF, REST]);
    const { output } = await scrub(bytesOf(TYPE, meta, long));
    expect(output.subarray(-17)).toEqual(bytesOf('PICTURE', Buffer.alloc(6), 'MORE'));
  });

  it('erases user data, times and metadata of a sequence, and counts its frames', async () => {
    const type = avifType('avis', 'avif');
    const header = (time: number, fill: string): Buffer => fullBox('tkhd', 0, big(time), big(time), fill);
    const long = (time: number): Buffer => fullBox('mvhd', 1, big(time, 8), big(time, 8), 'rest');
    const items = fullBox(
      'meta',
      0,
      fullBox('iloc', 0, 0x44, 0, big(1, 2), big(1, 2), big(0, 2), big(1, 2), big(0), big(6)),
      fullBox('iinf', 0, big(1, 2), fullBox('infe', 2, big(1, 2), big(0, 2), 'mime', 0)),
    );
    const build = (start: number): Buffer => {
      const meta = Buffer.from(items);
      meta.writeUInt32BE(start, meta.indexOf('iinf') - 12);
      return movie(long(7), box('udta', 'Secret'), trackWith(header(9, 'wide'), meta, samples(3, start + 6)));
    };
    const start = type.length + build(0).length + 8;
    const { facts, output } = await scrub(bytesOf(type, build(start), box('mdat', 'Secret', 'PICTURES')));
    expect(facts).toEqual({ format: 'avif', width: 8, height: 6, frames: 3, orientation: 1 });
    expect(output.includes('Secret')).toBe(false);
    expect(output.includes(long(0))).toBe(true);
    expect(output.includes(header(0, 'wide'))).toBe(true);
    expect(output.subarray(-8)).toEqual(bytesOf('PIC', Buffer.alloc(5)));
  });

  const sequence = (...parts: readonly Part[]): Buffer => bytesOf(avifType('avis'), ...parts);
  const wide = avifMeta(SIZE, []);

  it.each<Refused>([
    ['nothing but its type', TYPE, 'avif-incomplete'],
    ['a type that is too long', box('ftyp', 'avif', Buffer.alloc(1000)), 'avif-broken-box'],
    ['a type that is cut off', TYPE.subarray(0, -2), 'truncated'],
    ['no index', bytesOf(TYPE, DATA), 'avif-incomplete'],
    ['no data', bytesOf(TYPE, metaBefore(0, [PICTURE])), 'avif-incomplete'],
    [
      'less data than its items need',
      bytesOf(TYPE, metaBefore(0, [{ ...PICTURE, length: 18 }]), DATA),
      'avif-incomplete',
    ],
    ['a box header that is cut off', bytesOf(TYPE, 0, 0), 'truncated'],
    ['a box of seven bytes', bytesOf(TYPE, big(7), 'free', PLAIN), 'avif-broken-box'],
    ['a stray box that runs to the end', bytesOf(TYPE, big(0), 'free', PLAIN), 'avif-broken-box'],
    [
      'two indexes',
      bytesOf(TYPE, metaBefore(wide.length, [PICTURE]), metaBefore(0, [PICTURE]), DATA),
      'avif-broken-box',
    ],
    ['an index that runs to the end', bytesOf(TYPE, big(0), 'meta', PLAIN), 'avif-oversized-box meta'],
    ['an index of two megabytes', bytesOf(TYPE, big(2_000_000), 'meta', PLAIN), 'avif-oversized-box meta'],
    [
      'metadata ahead of its index',
      bytesOf(
        TYPE,
        DATA,
        avifMeta(SIZE, [
          { ...PICTURE, start: 40 },
          { ...EXIF, start: 40 },
        ]),
      ),
      'avif-metadata-before-index',
    ],
    [
      'metadata in its index by file offset',
      bytesOf(
        TYPE,
        avifMeta(SIZE, [
          { ...PICTURE, start: 0 },
          { ...EXIF, start: 60 },
        ]),
        DATA,
      ),
      'avif-metadata-before-index',
    ],
    [
      'metadata across two boxes',
      bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, length: 30 }]), DATA, DATA),
      'avif-broken-box',
    ],
    [
      'metadata in a box header',
      bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, start: -4 }]), DATA),
      'avif-broken-box',
    ],
    [
      'metadata outside of its data',
      bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, start: 17 + 8 }]), DATA, box('free', Buffer.alloc(9))),
      'avif-incomplete',
    ],
    [
      'metadata of unknown length',
      bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, length: 0 }]), DATA),
      'avif-unknown-length',
    ],
    [
      'metadata by an unknown method',
      bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, method: 2 }]), DATA),
      'avif-broken-box',
    ],
    [
      'metadata beyond the idat box',
      bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, method: 1, start: 0 }], box('idat', 'abc')), DATA),
      'avif-broken-box',
    ],
    [
      'metadata in no idat box',
      bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, method: 1, start: 0 }]), DATA),
      'avif-broken-box',
    ],
    ['one item twice', bytesOf(TYPE, metaBefore(0, [PICTURE, { ...EXIF, id: 1 }]), DATA), 'avif-broken-box'],
    [
      'a primary item of HEVC',
      bytesOf(TYPE, metaBefore(0, [{ ...PICTURE, type: 'hvc1' }]), DATA),
      'avif-no-av1-picture',
    ],
    [
      'a picture of unknown length',
      bytesOf(TYPE, metaBefore(0, [{ ...PICTURE, length: 0 }]), DATA),
      'avif-unknown-length',
    ],
    [
      'a part twice in its index',
      bytesOf(TYPE, metaBefore(0, [PICTURE], fullBox('pitm', 0, big(2, 2))), DATA),
      'avif-broken-box',
    ],
    ['a thousand pieces of metadata', bytesOf(TYPE, metaBefore(0, [PICTURE, ...SCATTERED]), DATA), 'avif-broken-box'],
    ['no items', bytesOf(TYPE, metaBefore(0, []), DATA), 'avif-no-av1-picture'],
    ['no width', bytesOf(TYPE, avifMeta([0, 6], [PICTURE]), DATA), 'avif-no-size'],
    ['no height', bytesOf(TYPE, avifMeta([8, 0], [PICTURE]), DATA), 'avif-no-size'],
    ['a sequence without frames', sequence(movie(trackWith(samples(0, 0)))), 'avif-empty-sequence'],
    ['a sequence without a track', sequence(movie()), 'avif-empty-sequence'],
    [
      'a sequence of a film',
      sequence(movie(trackWith(samples(1, 0, sampleEntry(8, 6, 'hvc1'))))),
      'avif-foreign-track',
    ],
    ['a sequence whose data is missing', sequence(movie(trackWith(samples(1, 5000)))), 'avif-incomplete'],
    [
      'a sequence with data to the end',
      sequence(movie(trackWith(samples(1, 5000))), big(0), 'mdat'),
      'avif-unknown-length',
    ],
    ['a track whose times are cut off', sequence(movie(box('mvhd', 0, 0, 0, 0, 1))), 'avif-broken-box'],
    ['eleven thousand empty boxes', bytesOf(TYPE, ...Array<Buffer>(11_000).fill(box('free'))), 'too-many-parts'],
  ])('is refused with %s', async (_, image, reason) => {
    expect(await reasonOf(image)).toBe(reason);
  });

  const withLocations = (...location: readonly Part[]): Buffer => {
    const meta = avifMeta(SIZE, [PICTURE]);
    const at = meta.indexOf('iloc') - 4;
    const iloc = fullBox('iloc', 1, ...location);
    const bytes = bytesOf(meta.subarray(0, at), iloc, meta.subarray(at + meta.readUInt32BE(at)));
    bytes.writeUInt32BE(bytes.length);
    return bytesOf(TYPE, bytes, DATA);
  };

  it.each<Refused>([
    ['no place for its picture', withLocations(0x44, 0, big(0, 2)), 'avif-picture-without-data'],
    [
      'no extents for its picture',
      withLocations(0x44, 0, big(1, 2), big(1, 2), big(0, 2), big(0, 2), big(0, 2)),
      'avif-picture-without-data',
    ],
    ['offsets of three bytes', withLocations(0x34, 0, big(0, 2)), 'avif-broken-box'],
    ['more items than its box has', withLocations(0x44, 0, big(9, 2)), 'avif-broken-box'],
    ['items in another file', withLocations(0x44, 0, big(1, 2), big(1, 2), big(0, 2), big(1, 2)), 'avif-external-data'],
    [
      'a million extents of no bytes',
      withLocations(
        0,
        0,
        big(20, 2),
        ...Array<Buffer>(20).fill(bytesOf(big(1, 2), big(0, 2), big(0, 2), big(65_535, 2))),
      ),
      'avif-broken-box',
    ],
    [
      'an offset beyond 2^53',
      withLocations(0x88, 0, big(1, 2), big(1, 2), big(0, 2), big(0, 2), big(1, 2), Buffer.alloc(16, 0xff)),
      'avif-broken-box',
    ],
  ])('is refused with %s', async (_, image, reason) => {
    expect(await reasonOf(image)).toBe(reason);
  });

  it('is refused by its index when it is too large', async () => {
    expect(await refusal(bytesOf(TYPE, avifMeta([20_000, 8], [PICTURE])))).toMatchObject({
      code: 'side-too-large',
      facts: { width: 20_000, height: 8, limit: LIMITS.maxSide },
    });
    expect(await refusal(sequence(movie(trackWith(samples(201, 0)))))).toMatchObject({
      code: 'too-many-frames',
      facts: { frames: 201 },
    });
    expect(await refusal(sequence(movie(trackWith(samples(100, 0, sampleEntry(7000, 6000))))))).toMatchObject({
      code: 'too-many-pixels',
      facts: { width: 7000, height: 6000, pixels: 42_000_000, limit: LIMITS.maxPixels },
    });
  });

  it('leaves no trace of what encoders and ExifTool wrote', async () => {
    for (const name of ['exif-xmp.avif', 'exiftool.avif', 'sequence-xmp.avif', 'sequence-exiftool.avif']) {
      const { bytes } = readFixture(name);
      const { output } = await scrub(bytes);
      expect(bytes.includes('Secret')).toBe(true);
      expect(output.includes('Secret')).toBe(false);
      expect(output.includes('xmpmeta')).toBe(false);
      expect(output).toHaveLength(bytes.length);
    }
  });
});
