import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPEN_WIDTHS } from '../../src/naming/variant.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const FORMATS = ['webp', 'jpeg', 'png'] as const;
const WIDTH = 1600;
const ROUNDS = 6;

let folder: string;
let token: string;
let photo: Buffer;

const start = (): Promise<ServerProcess> => startServerProcess({ IMAGEPIC_DATA_DIR: folder });

async function put(server: ServerProcess, objectName: string): Promise<void> {
  const base64 = photo.toString('base64');
  expect(await server.post('object/putObject', { bucketName: 'images', objectName, base64 }, token)).toMatchObject({
    success: true,
  });
}

const addressOf = ({ mountUrl }: ServerProcess, objectName: string, query: string): string =>
  `${mountUrl}/i/images/${objectName}?${query}`;

const bytesOf = async (url: string): Promise<Buffer> => {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
};

/** The variants that the embedded store holds. */
const kept = async (): Promise<readonly string[]> =>
  (await readdir(join(folder, 'objects'), { recursive: true })).filter((name) =>
    /variants.*\.(webp|jpeg|png)/.test(name),
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imagepic-variants-'));
  photo = await sharp({
    create: {
      width: WIDTH,
      height: 1200,
      channels: 3,
      background: '#808080',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .jpeg()
    .toBuffer();
  const server = await start();
  await server.post('auth/register', { ...PERSON, name: 'V', tfs: '', email: 'v@example.com' });
  token = (await server.post('auth/login', PERSON)).data['token'] ?? '';
  await server.kill();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('variants of two processes on one folder', () => {
  it('are one, whoever of a hundred made it', async () => {
    const servers = await Promise.all([start(), start()]);
    const [first] = servers;
    await put(first, 'two.jpg');
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        bytesOf(addressOf(servers[index % 2] ?? first, 'two.jpg', 'w=960&f=webp')),
      ),
    );
    expect(new Set(all.map((bytes) => bytes.toString('base64'))).size).toBe(1);
    expect(await kept()).toHaveLength(1);
    await first.post('object/removeObject', { bucketName: 'images', objectName: 'two.jpg' }, token);
    expect(await kept()).toEqual([]);
    await Promise.all(servers.map((server) => server.kill()));
  });
});

describe('variants that are being made when the process dies', () => {
  it(`are whole or not there, over ${ROUNDS} kills, and go with their image`, async () => {
    const wanted = OPEN_WIDTHS.flatMap((width) => FORMATS.map((format) => ({ width, format })));
    const toQuery = ({ width, format }: (typeof wanted)[number]): string => `w=${width}&f=${format}`;
    let server = await start();
    for (let round = 0; round < ROUNDS; round += 1) {
      const objectName = `killed-${round}.jpg`;
      await put(server, objectName);
      const asked = wanted.map((each) => fetch(addressOf(server, objectName, toQuery(each))).catch(() => undefined));
      // Some are made, some are being made, and most wait.
      await Promise.race(asked.slice(0, 1 + round));
      await server.kill();
      await Promise.all(asked);
      server = await start();
      for (const each of wanted) {
        const { format, width } = await sharp(await bytesOf(addressOf(server, objectName, toQuery(each)))).metadata();
        expect([format, width]).toEqual([each.format, Math.min(each.width, WIDTH)]);
      }
      expect(await server.post('object/removeObject', { bucketName: 'images', objectName }, token)).toMatchObject({
        success: true,
      });
      expect(await kept()).toEqual([]);
    }
    await server.kill();
  });
});
