import { describe, expect, it } from 'vitest';
import { ImageError } from '../../../src/images/image-error.ts';
import { type ImageFacts, scrubImage } from '../../../src/images/scrub-image.ts';
import { bytesOf, jpegSegment, png, pngChunk, pngHeader, riffChunk } from '../../support/images/build.ts';
import { FIXTURES, readFixture } from '../../support/images/fixtures.ts';
import { inPieces, LIMITS, refusal, scrub } from '../../support/images/scrub.ts';

/** A source that records how it was treated. */
function watched(bytes: Uint8Array, lengths?: readonly number[]) {
  const record = { pulled: 0, closed: false, ended: false };
  async function* source() {
    try {
      for await (const piece of inPieces(bytes, lengths)) {
        record.pulled += piece.length;
        yield piece;
      }
      record.ended = true;
    } finally {
      record.closed = true;
    }
  }
  return { record, source: source() };
}

/** Where the bytes that an image needs end: the shortest beginning that is accepted. */
const NEEDED = new Map(
  await Promise.all(
    FIXTURES.map(async ({ name, bytes }) => {
      const { record, source } = watched(bytes, [1]);
      await scrubImage(source, () => {}, LIMITS);
      return [name, record.pulled] as const;
    }),
  ),
);

/** What is said of an image that was completed, which is whole from then on. */
async function factsOf(result: Awaited<ReturnType<typeof scrub>>): Promise<ImageFacts> {
  expect(await scrub(result.output)).toEqual(result);
  return result.facts;
}

describe('scrubImage', () => {
  it.each(FIXTURES)('says what $name is and is done with it in one pass', async ({ bytes, facts, clean }) => {
    const first = await scrub(bytes);
    expect(first.facts).toEqual(facts);
    expect(first.output.equals(bytes)).toBe(clean);
    expect(await scrub(first.output)).toEqual(first);
  });

  it.each(FIXTURES)('refuses or completes $name cut at any byte that it needs', async ({ name, bytes, facts }) => {
    const needed = NEEDED.get(name) ?? 0;
    expect(needed).toBeGreaterThan(100);
    for (let length = 0; length < needed; length += 1) {
      const result = await scrub(bytes.subarray(0, length)).catch((error: ImageError) => error);
      if (result instanceof ImageError) expect(result.code).not.toMatch(/^too-|-too-large$/);
      else expect(await factsOf(result)).toMatchObject({ width: facts.width, height: facts.height });
    }
    expect(await scrub(bytes.subarray(0, needed))).toEqual(await scrub(bytes));
  });

  it.each(FIXTURES)('drops a script after $name without reading on', async ({ name, bytes, facts }) => {
    const image = bytes.subarray(0, NEEDED.get(name));
    const { record, source } = watched(bytesOf(image, '<script>Secret</script>', Buffer.alloc(100_000)), [
      image.length,
    ]);
    const written: Uint8Array[] = [];
    expect(await scrubImage(source, (chunk) => void written.push(chunk), LIMITS)).toEqual(facts);
    expect(Buffer.concat(written)).toEqual((await scrub(image)).output);
    expect(record).toEqual({ pulled: image.length, closed: true, ended: false });
  });

  it('refuses an empty file', async () => {
    expect(await refusal(Buffer.alloc(0))).toMatchObject({ code: 'empty', facts: {} });
  });

  it.each<readonly [string, Buffer]>([
    ['one byte', bytesOf(0x89)],
    ['two bytes of a JPEG', bytesOf(0xff, 0xd8)],
    ['seven bytes of a PNG', bytesOf('\x89PNG\r\n\x1a')],
    ['a PNG whose line ends were changed', bytesOf('\x89PNG\n\x1a\n', Buffer.alloc(50))],
    ['HTML', bytesOf('<!DOCTYPE html><script>alert(1)</script>')],
    ['HTML after a PNG comment', bytesOf('<!-- \x89PNG\r\n\x1a\n --><script>alert(1)</script>')],
    ['SVG', bytesOf('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['SVG with a byte order mark', bytesOf('\xef\xbb\xbf<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['XML', bytesOf('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')],
    ['PDF', bytesOf('%PDF-1.7\n1 0 obj<<>>endobj')],
    ['a program', bytesOf('MZ', Buffer.alloc(100), 'PE\0\0')],
    ['ELF', bytesOf('\x7fELF', Buffer.alloc(60))],
    ['ZIP', bytesOf('PK\x03\x04', Buffer.alloc(60))],
    ['a BMP that is a script', bytesOf('BM<script>alert(1)</script>')],
    ['BMP', bytesOf('BM', Buffer.alloc(60))],
    ['TIFF', bytesOf('II*\0', Buffer.alloc(60))],
    ['ICO', bytesOf(0, 0, 1, 0, 1, 0, Buffer.alloc(60))],
    ['Photoshop', bytesOf('8BPS', Buffer.alloc(60))],
    ['JPEG XL', bytesOf(0xff, 0x0a, Buffer.alloc(60))],
    ['a JPEG 2000 box', bytesOf('\0\0\0\x0cjP  \r\n\x87\n', Buffer.alloc(60))],
    ['GIF of another version', bytesOf('GIF88a', Buffer.alloc(60))],
    ['WAV', riffChunk('RIFF', 'WAVE', Buffer.alloc(60))],
    ['RIFF that ends', bytesOf('RIFF\x10\0\0\0WEB')],
    ['HEIC', bytesOf('\0\0\0\x18ftypheic\0\0\0\0mif1heic', Buffer.alloc(60))],
    ['MP4', bytesOf('\0\0\0\x18ftypisom\0\0\0\0isommp42', Buffer.alloc(60))],
    ['a file type box of no length', bytesOf('\0\0\0\0ftypavif\0\0\0\0', Buffer.alloc(60))],
    ['a file type box that ends', bytesOf('\0\0\0\x18ftyp')],
    [
      'an ASF header whose parts have no length (CVE-2026-31808)',
      bytesOf(Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'), Buffer.alloc(39)),
    ],
    ['zeros', Buffer.alloc(1000)],
  ])('accepts none but the five formats: not %s', async (_, bytes) => {
    const started = performance.now();
    expect(await refusal(bytes)).toMatchObject({ code: 'unknown-format', facts: {} });
    expect(performance.now() - started).toBeLessThan(100);
  });

  it('finds an AVIF by any of its brands', async () => {
    const { bytes } = readFixture('plain.avif');
    const image = Buffer.from(bytes);
    image.write('mif1', 8, 'latin1');
    expect((await scrub(image)).facts.format).toBe('avif');
  });

  it('has said no before more than the first chunk is pulled', async () => {
    const { record, source } = watched(bytesOf(png(pngHeader(30_000, 30_000)), Buffer.alloc(1_000_000)), [1000]);
    await expect(scrubImage(source, () => {}, LIMITS)).rejects.toMatchObject({ code: 'side-too-large' });
    expect(record).toEqual({ pulled: 1000, closed: true, ended: false });
  });

  it('keeps to the limits it is given, to the last pixel', async () => {
    const { bytes } = readFixture('animated.png');
    const exact = { maxPixels: 32 * 24, maxSide: 32, maxFrames: 4 };
    await expect(scrub(bytes, { limits: exact })).resolves.toMatchObject({ facts: { frames: 4 } });
    for (const [name, code] of [
      ['maxPixels', 'too-many-pixels'],
      ['maxSide', 'side-too-large'],
      ['maxFrames', 'too-many-frames'],
    ] as const) {
      const limits = { ...exact, [name]: exact[name] - 1 };
      const facts = { width: 32, height: 24, limit: limits[name] };
      expect(await refusal(bytes, limits)).toMatchObject({ code, facts });
    }
  });

  it('passes a failure of the source on as it is', async () => {
    const failure = new Error('connection reset');
    const { bytes } = readFixture('gps-xmp-iptc-thumbnail.jpg');
    async function* source() {
      yield bytes.subarray(0, 500);
      throw failure;
    }
    await expect(scrubImage(source(), () => {}, LIMITS)).rejects.toBe(failure);
  });

  it('passes a failure of the write on as it is, and closes the source', async () => {
    const failure = new Error('no space left');
    // The first chunk is no packed pixels: it is held no longer than to its end.
    const chunks = Array.from({ length: 10 }, () => pngChunk('IDAT', Buffer.alloc(10_000)));
    const { record, source } = watched(png(pngHeader(400, 400), ...chunks), [10_000]);
    const written = scrubImage(source, () => Promise.reject(failure), LIMITS);
    await expect(written).rejects.toBe(failure);
    expect(record).toMatchObject({ closed: true, ended: false });
    expect(record.pulled).toBeLessThanOrEqual(20_000);
  });

  it('passes the first failure on when closing the source fails too', async () => {
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: Buffer.from('no image at all') }) as const,
        return: () => Promise.reject(new Error('cannot close')),
      }),
    };
    await expect(scrubImage(source, () => {}, LIMITS)).rejects.toMatchObject({ code: 'unknown-format' });
  });

  it('is content with a source that cannot be closed', async () => {
    const { bytes } = readFixture('plain.avif');
    const source = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: bytes }) as const }),
    };
    await expect(scrubImage(source, () => {}, LIMITS)).resolves.toMatchObject({ width: 48 });
  });

  it('waits for each write before it pulls more', async () => {
    const image = png(pngHeader(400, 400), pngChunk('IDAT', Buffer.alloc(100_000)));
    let writing = false;
    let overlaps = 0;
    async function* source() {
      for await (const piece of inPieces(image, [10_000])) {
        if (writing) overlaps += 1;
        yield piece;
      }
    }
    const write = async (): Promise<void> => {
      if (writing) overlaps += 1;
      writing = true;
      await new Promise(setImmediate);
      writing = false;
    };
    await scrubImage(source(), write, LIMITS);
    expect(overlaps).toBe(0);
  });

  it('never writes to the bytes of the source', async () => {
    for (const { bytes } of FIXTURES) {
      const copy = Buffer.from(bytes);
      await scrub(copy);
      expect(copy.equals(bytes)).toBe(true);
    }
  });

  it.each<readonly [string, Buffer, (length: number) => Buffer, Buffer]>([
    [
      'JPEG',
      readFixture('progressive.jpg').bytes.subarray(0, -2),
      (length) => Buffer.alloc(length, 'image data \xff\0', 'latin1'),
      bytesOf(0xff, 0xd9),
    ],
    [
      'PNG',
      png(pngHeader(400, 400)).subarray(0, 33),
      (length) => pngChunk('IDAT', Buffer.alloc(length - 12)),
      pngChunk('IEND'),
    ],
    [
      'JPEG segments',
      readFixture('progressive.jpg').bytes.subarray(0, -2),
      (length) => Buffer.concat(Array<Buffer>(length / 65_536).fill(jpegSegment(0xfe, Buffer.alloc(65_532)))),
      bytesOf(0xff, 0xd9),
    ],
  ])('passes a gigabyte of %s in little memory', async (_, begin, make, end) => {
    const piece = make(1_048_576);
    async function* source() {
      yield begin;
      for (let turn = 0; turn < 1024; turn += 1) yield piece;
      yield end;
    }
    const before = process.memoryUsage().rss;
    let peak = before;
    let chunks = 0;
    const watch = (): void => {
      chunks += 1;
      if (chunks % 64 === 0) peak = Math.max(peak, process.memoryUsage().rss);
    };
    const started = performance.now();
    await scrubImage(source(), watch, { ...LIMITS, maxPixels: Number.MAX_SAFE_INTEGER });
    expect(peak - before).toBeLessThan(64 * 1_048_576);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
