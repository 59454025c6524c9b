import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { makePng } from '../../support/png.ts';
import type { Contestant, Row, Subject } from '../contestants.ts';

const LIMITS = { maxPixels: 40_000_000, maxSide: 16_384, maxFrames: 200 };
const PIECE = 65_536;
const TIMES = 8;

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

const makeJpeg = async (): Promise<Buffer> => {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  const picture = sharp({ create: { width: 2400, height: 1800, channels: 3, background: 'black', noise } });
  return picture.jpeg({ quality: 85 }).toBuffer();
};

const row = (format: string, make: () => Promise<Buffer>, subjects: readonly Subject[]): Row => ({
  name: `scrubbing a ${format}, beside SHA-256`,
  unit: 'MB/s',
  rounds: 7,
  during: async (work) => {
    const bytes = await make();
    const speedOf = async (run: () => Promise<unknown>) => {
      const { user, system } = process.cpuUsage();
      for (let time = 0; time < TIMES; time += 1) await run();
      const spent = process.cpuUsage({ user, system });
      return { value: (bytes.length * TIMES) / (spent.user + spent.system) };
    };
    const ours = subjects.map(
      ({ name, images }): Contestant => ({
        ...{ name, role: 'subject' },
        measure: () => speedOf(() => images.scrubImage(pieces(bytes), () => undefined, LIMITS)),
      }),
    );
    const hashing: Contestant = {
      ...{ name: 'SHA-256 of the same bytes', role: 'limit' },
      measure: () =>
        speedOf(async () => {
          const hash = createHash('sha256');
          for await (const piece of pieces(bytes)) hash.update(piece);
          return hash.digest();
        }),
    };
    return work([...ours, hashing]);
  },
});

/** How quick two formats are scrubbed, in bytes by a second of the processor. */
export const scrubbing = (subjects: readonly Subject[]): readonly Row[] => [
  row('JPEG', makeJpeg, subjects),
  row('PNG', async () => makePng(900, 900, { noise: true }), subjects),
];
