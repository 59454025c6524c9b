import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientBed, HTML, MAX_BYTES, openClientBed, tooLarge } from '../dialects/client-bed.ts';
import { type InstalledPicGo, installPicGo } from '../support/picgo.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';
import { openTlsFront, type TlsFront } from '../support/tls-front.ts';

const CLIENTS = ['picgo-smms', 'picgo-web-uploader', 'picgo-lankong-v2', 'picgo-lankong-v1'] as const;
type Client = (typeof CLIENTS)[number];

let front: TlsFront;
let bed: ClientBed;
let files: TempFolder;
let env: Readonly<Record<string, string>>;
let picture: Buffer;
const file = (name: string): string => join(files.path, name);

beforeAll(async () => {
  front = await openTlsFront();
  bed = await openClientBed({ IMAGEPIC_PUBLIC_URL: `${front.origin}/imagepic` });
  front.forwardTo(new URL(bed.mountUrl).origin);
  files = await makeTempFolder();
  picture = await readFile(new URL('../support/图片 示例.png', import.meta.url));
  await writeFile(file('ca.pem'), front.cert);
  await writeFile(file('测试 图片.png'), picture);
  await writeFile(file('second.png'), picture);
  await writeFile(file('网页.png'), HTML);
  await writeFile(file('太大.png'), await tooLarge());
  env = { NODE_EXTRA_CA_CERTS: file('ca.pem') };
});
afterAll(async () => {
  await front.close();
  await bed.close();
  await files.remove();
});

/** Fetches what a link shows, trusting the certificate of the front. */
const fetchBytes = (url: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    get(url, { ca: front.cert }, (reply) => buffer(reply).then(resolve, reject)).on('error', reject);
  });

/** The settings that the service itself makes for the client, as a user pastes them. */
const settings = async (client: Client): Promise<Record<string, unknown>> =>
  (await bed.call('client/config', { client }, bed.session)).json.data.config;

const install = async (name: 'picgo' | 'picgo2', config: unknown, use: (picgo: InstalledPicGo) => Promise<void>) => {
  const picgo = await installPicGo(name, config, env);
  try {
    await use(picgo);
  } finally {
    await picgo.uninstall();
  }
};

describe.each(['picgo', 'picgo2'] as const)('%s', (name) => {
  describe.each(CLIENTS)('with the settings for %s', (client) => {
    it('uploads from its command line, and its links serve the same bytes', async () => {
      await install(name, await settings(client), async (picgo) => {
        const { output, links } = await picgo.upload([file('测试 图片.png')]);
        expect(output).toContain('[PicGo SUCCESS]');
        expect(links).toHaveLength(1);
        expect(await fetchBytes(links[0] ?? '')).toEqual(picture);
      });
    });

    it('uploads several at once as its window does, and shows no complaint', async () => {
      await install(name, await settings(client), async (picgo) => {
        const shown = await picgo.show({ upload: [file('测试 图片.png'), file('second.png')] });
        expect(shown).toMatchObject({ notifications: [], results: [{ fileName: expect.any(String) }, {}] });
        for (const { imgUrl } of shown.results) expect(await fetchBytes(imgUrl)).toEqual(picture);
      });
    });

    it.each([
      ['a wrong token', '测试 图片.png', 'token 不正确'],
      ['a file that is too large', '太大.png', `${MAX_BYTES} 字节`],
      ['a file that is no picture', '网页.png', '只接受 PNG、JPEG、GIF、WebP 和 AVIF 图片'],
    ])('shows our sentence about %s', async (problem, fileName, sentence) => {
      const good = JSON.stringify(await settings(client));
      const config = problem === 'a wrong token' ? good.replace(/(ip_[\w-]{20})[\w-]{4}/g, '$1AAAA') : good;
      await install(name, JSON.parse(config), async (picgo) => {
        const before = await bed.keys();
        const { notifications, output } = await picgo.show({ upload: [file(fileName)] });
        expect(JSON.stringify(notifications)).toContain(sentence);
        // The command line shows no notifications; web-uploader says nothing else.
        if (client !== 'picgo-web-uploader') expect(output).toContain(sentence);
        expect(await bed.keys()).toEqual(before);
      });
    });
  });

  it('removes on the bed what lankong removes from its list, with a token that can only upload', async () => {
    await install(name, await settings('picgo-lankong-v2'), async (picgo) => {
      const { results } = await picgo.show({ upload: [file('测试 图片.png')] });
      expect(await fetchBytes(results[0].imgUrl)).toEqual(picture);
      await picgo.show({ remove: results.map((item) => ({ ...item, type: 'lankong' })) });
      expect((await fetchBytes(results[0].imgUrl)).toString()).toContain('NoSuchKey');
    });
  });
});
