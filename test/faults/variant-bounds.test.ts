import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
/** What a function of 512 MB can give, beside what the platform needs. */
const MAX_MEMORY = 400 * 1024 ** 2;
/** Of one picture. */
const MAX_CPU_MS = 2500;

/**
 * Takes whatever is small enough to be sent, so that what makes variants is alone with it; and keeps no records, as a function
 * keeps none unless it is told to: SQLite, which a server has, takes 10 MB more.
 */
const EVERYTHING = { IMAGEPIC_MAX_PIXELS: '400000000', IMAGEPIC_MAX_FRAMES: '20000', IMAGEPIC_RECORDS: 'none' };

let server: ServerProcess;
let token: string;
// A process of its own for each, since what is told is the most that it ever had.
beforeEach(async () => {
  server = await startServerProcess(EVERYTHING);
  await server.post('auth/register', { ...PERSON, name: 'A', tfs: '', email: 'a@example.com' });
  token = (await server.post('auth/login', PERSON)).data['token'] ?? '';
});
afterEach(() => server.close());

const plain = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: '#336699' }, limitInputPixels: false });

const noisy = (width: number, height: number): Sharp =>
  sharp({
    create: { width, height, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 20 } },
  });

/** Frames of one pixel each, of a picture of that size. */
function animation(frames: number, width: number, height: number): Buffer {
  const size = Buffer.from([width & 255, width >> 8, height & 255, height >> 8]);
  const head = Buffer.concat([Buffer.from('GIF89a'), size, Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255])]);
  const control = Buffer.from([0x21, 0xf9, 4, 4, 2, 0, 0, 0]);
  const place = Buffer.concat([Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0])]);
  const pixel = Buffer.from([2, 2, 0x44, 1, 0]);
  const frame = Buffer.concat([control, place, pixel]);
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from([0x3b])]);
}

const BOMBS: readonly (readonly [name: string, objectName: string, make: () => Promise<Buffer> | Buffer])[] = [
  ['a PNG of 100 million pixels', 'wide.png', () => plain(10_000, 10_000).png().toBuffer()],
  [
    'an interlaced PNG of 100 million pixels',
    'interlaced.png',
    () => plain(10_000, 10_000).png({ progressive: true }).toBuffer(),
  ],
  ['a JPEG of 225 million pixels', 'wide.jpg', () => plain(15_000, 15_000).jpeg({ quality: 30 }).toBuffer()],
  [
    'a progressive JPEG of 225 million pixels',
    'progressive.jpg',
    () => plain(15_000, 15_000).jpeg({ quality: 30, progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  ],
  [
    'a progressive JPEG of 20 million pixels',
    'progressive-small.jpg',
    () => plain(5000, 4000).jpeg({ quality: 30, progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
  ],
  ['a WebP of 49 million pixels', 'wide.webp', () => plain(7000, 7000).webp({ effort: 0 }).toBuffer()],
  ['an AVIF of 8 million pixels', 'phone.avif', () => noisy(3264, 2448).avif({ effort: 0, quality: 40 }).toBuffer()],
  ['an AVIF of 25 million pixels', 'wide.avif', () => plain(5000, 5000).avif({ effort: 0 }).toBuffer()],
  ['a GIF of 900 frames of 64,000 pixels', 'broad.gif', () => animation(900, 320, 200)],
];

describe('a variant of', () => {
  it.each(BOMBS)('%s costs no more than a function has', async (_, objectName, make) => {
    const base64 = (await make()).toString('base64');
    const put = await server.post('object/putObject', { bucketName: 'images', objectName, base64 }, token);
    expect(put).toEqual(expect.objectContaining({ success: true }));
    const before = await server.cpuMs();
    const answers = await Promise.all(
      ['w=320&f=webp', 'w=640&f=webp'].map((query) => fetch(`${server.mountUrl}/i/images/${objectName}?${query}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    const each = ((await server.cpuMs()) - before) / answers.length;
    const { peak } = await server.memory();
    expect(each).toBeLessThan(MAX_CPU_MS);
    expect(peak).toBeLessThan(MAX_MEMORY);
  });
});
