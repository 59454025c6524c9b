import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { cpuMsOf, readAddress, startServerProcess } from '../support/server-process.ts';

const ROUNDS = 15;
const WARM = 400;
const AT_ONCE = 100;
const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** A photo of 12 million pixels, with the detail that one has. */
async function takePhoto(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 50 } as const;
  const small = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#808080', noise } })
    .png()
    .toBuffer();
  return sharp(small).resize(4000, 3000, { kernel: 'cubic' }).jpeg({ quality: 88 }).toBuffer();
}

/** What no route can be quicker than. */
const makeAlone = (photo: Buffer, quality: number): Promise<Buffer> =>
  sharp(photo, { sequentialRead: true }).autoOrient().resize({ width: 400 }).webp({ quality }).toBuffer();

/** A server of IPX, which is started as its documentation says, with one picture. */
interface Peer {
  readonly url: string;
  readonly child: ChildProcess;
  close(): Promise<void>;
}

async function startPeer(photo: Buffer): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-bench-'));
  await writeFile(join(folder, 'photo.jpg'), photo);
  const child = spawn('node', ['.build/bench/ipx-server.js', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const close = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { url: await readAddress(child), child, close };
}

/** Prints what a variant costs, the first time and again, beside sharp alone and a file of the same size. */
export async function run(): Promise<void> {
  sharp.concurrency(1);
  sharp.cache(false);
  const photo = await takePhoto();
  const [server, peer] = [await startServerProcess(), await startPeer(photo)];
  try {
    await server.post('auth/register', { ...PERSON, name: 'Bench', tfs: '', email: 'b@example.com' });
    const token = (await server.post('auth/login', PERSON)).data['token'] ?? '';
    const put = async (objectName: string, bytes: Buffer): Promise<string> => {
      const base64 = bytes.toString('base64');
      await server.post('object/putObject', { bucketName: 'images', objectName, base64 }, token);
      return `${server.mountUrl}/i/images/${objectName}`;
    };
    const get = async (url: string): Promise<Buffer> => {
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      if (response.status !== 200 || response.headers.has('x-imagepic-variant')) throw new Error(`${url} was not made`);
      return Buffer.from(await response.arrayBuffer());
    };
    const url = await put('photo.jpg', photo);
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const before = await server.cpuMs();
      await work();
      return (await server.cpuMs()) - before;
    };

    const [cold, alone, others]: [number[], number[], number[]] = [[], [], []];
    for (let round = -1; round < ROUNDS; round += 1) {
      const route = await timed(() => get(`${url}?w=400&f=webp&q=${round + 61}`));
      const before = process.cpuUsage();
      await makeAlone(photo, round + 61);
      const { user, system } = process.cpuUsage(before);
      const begun = await cpuMsOf(peer.child);
      await get(`${peer.url}/w_400,f_webp,q_${round + 61}/photo.jpg`);
      const other = (await cpuMsOf(peer.child)) - begun;
      if (round < 0) continue;
      others.push(other);
      cold.push(route);
      alone.push((user + system) / 1000);
    }
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / ROUNDS;
    console.log(
      `\n400 pixels of WebP of a JPEG of 12 million (${photo.length} bytes), processor time, mean of ${ROUNDS}`,
    );
    console.log(`  the whole route, made for the first time   ${sum(cold).toFixed(1)} ms`);
    console.log(
      `  sharp alone                                ${sum(alone).toFixed(1)} ms   ×${(sum(cold) / sum(alone)).toFixed(2)}`,
    );

    console.log(
      `  IPX from npm, over HTTP too                ${sum(others).toFixed(1)} ms   ×${(sum(others) / sum(alone)).toFixed(2)}`,
    );

    const variant = `${url}?w=400&f=webp&q=61`;
    const file = await put('small.webp', await get(variant));
    const rates = await Promise.all([[], []] as [number[], number[]]);
    for (let round = -1; round < 5; round += 1) {
      for (const [index, address] of [variant, file].entries()) {
        const spent = await timed(async () => {
          for (let number = 0; number < WARM; number += 1) await get(address);
        });
        if (round >= 0) rates[index]?.push(spent / WARM);
      }
    }
    const [again, same] = [median(rates[0]), median(rates[1])];
    console.log(`\nthe same again, processor time each, median of 5 interleaved rounds of ${WARM}`);
    console.log(`  the variant                                ${again.toFixed(2)} ms`);
    console.log(`  a file of its size                         ${same.toFixed(2)} ms   ×${(again / same).toFixed(2)}`);

    const once = sum(cold);
    const many = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, () => get(`${url}?w=400&f=webp&q=90`))));
    console.log(`\n${AT_ONCE} requests at once for a variant that is not there yet`);
    console.log(`  all together                               ${many.toFixed(0)} ms of processor time`);
    console.log(`  made ${AT_ONCE} times that would be             ${(once * AT_ONCE).toFixed(0)} ms`);
  } finally {
    await Promise.all([server.close(), peer.close()]);
  }
}
