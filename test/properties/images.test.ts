import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageError, scrubImage } from '../../src/images/index.ts';
import { mendPng } from '../support/images/build.ts';
import { FIXTURES } from '../support/images/fixtures.ts';
import { inPieces, LIMITS, scrub } from '../support/images/scrub.ts';

/** A change at a place that is given as a share of the length, so that it fits every fixture. */
type Change = (bytes: Buffer) => Buffer;

const share = fc.nat(9999);
const place = (bytes: Buffer, at: number): number => Math.floor((bytes.length * at) / 10_000);

function splice(bytes: Buffer, at: number, deleted: number, inserted: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + deleted)]);
}

/** Bytes and numbers that formats give a meaning to. */
const telling = fc.constantFrom(
  ...['00', 'ff', '0000', 'ffff', '00000000', '00000001', '00000008', '7fffffff', '80000000', 'ffffffff'],
  ...['ffd8', 'ffd9', 'ffda', 'ffc0', 'ffe1', 'fffe', '2c', '21fe', '21ff', '21f9', '3b', '01', '02', '08', '10'],
  ...['EXIF', 'XMP ', 'VP8X', 'ANMF', 'ALPH', 'JUNK', 'IDAT', 'IEND', 'tEXt', 'eXIf', 'acTL', 'fcTL', 'fdAT'].map(hex),
  ...['mdat', 'meta', 'moov', 'free', 'uuid', 'iloc', 'iinf', 'idat', 'ispe', 'Exif', 'mime', 'av01', 'trak'].map(hex),
);

function hex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(share, fc.nat(255)).map(
      ([at, byte]): Change =>
        (bytes) =>
          splice(bytes, place(bytes, at), 1, Uint8Array.of(byte)),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(share, telling).map(
      ([at, text]): Change =>
        (bytes) => {
          const inserted = Buffer.from(text, 'hex');
          return splice(bytes, place(bytes, at), inserted.length, inserted);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(share, telling).map(
      ([at, text]): Change =>
        (bytes) =>
          splice(bytes, place(bytes, at), 0, Buffer.from(text, 'hex')),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(share, fc.nat(40)).map(
      ([at, length]): Change =>
        (bytes) =>
          splice(bytes, place(bytes, at), length, Buffer.alloc(0)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(share, share, fc.nat(200)).map(
      ([from, to, length]): Change =>
        (bytes) => {
          const start = place(bytes, from);
          return splice(bytes, place(bytes, to), 0, bytes.subarray(start, start + length));
        },
    ),
  },
  {
    weight: 1,
    arbitrary: share.map(
      (at): Change =>
        (bytes) =>
          bytes.subarray(0, place(bytes, at)),
    ),
  },
);

/** Bytes that no encoder made: the beginning of a format, or none, then noise and numbers that formats give a meaning to. */
const anything = fc
  .tuple(
    fc.constantFrom(
      ...['', '89504e470d0a1a0a', 'ffd8ff', hex('GIF89a'), `${hex('RIFF')}ff000000${hex('WEBP')}`],
      ...[`00000014${hex('ftypavif')}00000000${hex('avif')}`, `00000014${hex('ftypavis')}00000000${hex('avis')}`],
    ),
    fc.array(
      fc.oneof(
        telling,
        fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex')),
      ),
      { maxLength: 30 },
    ),
  )
  .map(([signature, parts]) => Buffer.from(signature + parts.join(''), 'hex'));

const image = fc.constantFrom(...FIXTURES);
const lengths = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });

describe('Any image', () => {
  it.each(FIXTURES)('$name comes out the same in single bytes as in one piece', async ({ bytes }) => {
    expect(await scrub(bytes, { lengths: [1] })).toEqual(await scrub(bytes, { lengths: [bytes.length] }));
  });

  it('comes out the same in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(image, lengths, async ({ bytes }, pieces) => {
        expect((await scrub(bytes, { lengths: pieces })).output.equals((await scrub(bytes)).output)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused the same in whatever pieces it comes', async () => {
    const outcome = (bytes: Buffer, pieces: readonly number[]): Promise<unknown> =>
      scrub(bytes, { lengths: pieces }).catch((error: unknown) =>
        error instanceof ImageError ? [error.code, error.facts] : error,
      );
    await fc.assert(
      fc.asyncProperty(image, change, lengths, async ({ bytes }, apply, pieces) => {
        const changed = apply(bytes);
        expect(await outcome(changed, pieces)).toEqual(await outcome(changed, [65_536]));
      }),
      { numRuns: 2000 },
    );
  });

  it('that is damaged is refused by name or scrubbed to what stays as it is, 24,000 times', async () => {
    let accepted = 0;
    let slowest = 0;
    await fc.assert(
      fc.asyncProperty(
        image,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async ({ bytes, facts }, changes, mend) => {
          const damaged = changes.reduce((all, apply) => apply(all), bytes);
          const source = mend && facts.format === 'png' ? mendPng(damaged) : damaged;
          const started = performance.now();
          const written: Uint8Array[] = [];
          const found = await scrubImage(inPieces(source, [1000]), (chunk) => void written.push(chunk), LIMITS).catch(
            (error: unknown) => error,
          );
          slowest = Math.max(slowest, performance.now() - started);
          if (found instanceof Error) {
            expect(found).toBeInstanceOf(ImageError);
            return;
          }
          accepted += 1;
          const output = Buffer.concat(written);
          // The shortest EXIF that says an orientation is four bytes shorter than ours, and an end that lacks may be IEND of twelve.
          // Pixels of a PNG that say more than its rows are packed anew, perhaps not as well as they came.
          const packing = facts.format === 'png' ? source.length / 16 : 0;
          expect(output.length).toBeLessThanOrEqual(source.length + 4 + 12 + packing);
          const again = await scrub(output);
          expect(again.facts).toEqual(found);
          expect(again.output.equals(output)).toBe(true);
        },
      ),
      { numRuns: 24_000 },
    );
    expect(accepted).toBeGreaterThan(2000);
    expect(slowest).toBeLessThan(1000);
  });
});

describe('Any bytes', () => {
  it('are told by their facts or refused with an ImageError, and nothing else is ever thrown', async () => {
    await fc.assert(
      fc.asyncProperty(anything, lengths, async (bytes, pieces) => {
        const found: unknown = await scrub(bytes, { lengths: pieces }).then(
          ({ facts }) => facts,
          (error: unknown) => error,
        );
        if (found instanceof Error) expect(found).toBeInstanceOf(ImageError);
        else expect(found).toMatchObject({ width: expect.any(Number), height: expect.any(Number) });
      }),
      { numRuns: 20_000 },
    );
  });
});
