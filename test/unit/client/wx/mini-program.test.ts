import { buffer } from 'node:stream/consumers';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WxBed } from '../../../../src/client/wx/index.ts';
import { createWx, type WxOptions } from '../../../../src/wx-emulator/index.ts';
import { streamLargePng } from '../../../support/large-png.ts';
import { makePng } from '../../../support/png.ts';
import { type RunningServer, startServer } from '../../../support/running-server.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const BED = 'https://img.example.com';

/** What the example's page exports. */
interface Page {
  openBed(): WxBed;
  createActions(bed: WxBed): {
    upload(): Promise<readonly string[]>;
    stop(): void;
    list(): Promise<readonly string[]>;
    remove(objectName: string): Promise<unknown>;
  };
}

let server: RunningServer;
let program: string;

beforeAll(async () => {
  server = await startServer({ IMAGEPIC_PUBLIC_URL: `${BED}/imagepic` });
  const { outputFiles } = await build({
    entryPoints: ['test/wx/example/page.ts'],
    bundle: true,
    format: 'cjs',
    target: 'es2020',
    write: false,
  });
  program = outputFiles[0]?.text ?? '';
});
afterAll(() => server?.close());

/** Runs the example as a phone does: with `wx` and timers, and nothing of the web or Node. */
async function run(options: WxOptions = {}) {
  const origin = new URL(server.mountUrl).origin;
  const domains = { request: [BED], uploadFile: [BED], downloadFile: [BED] };
  const { wx, phone } = createWx({ domains, hosts: { [BED]: origin }, ...options });
  const module: { exports: Partial<Page> } = { exports: {} };
  const context = createContext({
    wx,
    module,
    exports: module.exports,
    setTimeout,
    clearTimeout,
    ArrayBuffer,
    Uint8Array,
  });
  runInContext(program, context);
  const { openBed, createActions } = module.exports as Page;
  const bed = openBed();
  await bed.auth.register({ name: 'Ada', email: 'ada@example.com', ...PERSON }).catch(() => undefined);
  await bed.signIn(PERSON);
  return { bed, wx, phone, actions: createActions(bed) };
}
const pick =
  (...images: Uint8Array[]): NonNullable<WxOptions['pick']> =>
  () =>
    images.map((bytes) => ({ bytes, extension: 'png' }));
const noise = (): Buffer => makePng(30, 20, { noise: true });
const large = (bytes: number): Promise<Buffer> => buffer(streamLargePng(bytes));

describe('the example mini-program', () => {
  it('uploads what was picked, copies the links, lists and removes', async () => {
    const { actions, wx } = await run({ pick: pick(noise(), noise()) });
    const names = await actions.upload();
    expect(names).toHaveLength(2);
    expect((await wx.getClipboardData()).data).toMatch(
      /^https:\/\/img\.example\.com\/imagepic\/i\/images\/mini\/.*\n.*\.png$/,
    );
    expect(await actions.list()).toEqual(expect.arrayContaining([...names]));
    for (const name of names) await actions.remove(name);
    expect(await actions.list()).not.toEqual(expect.arrayContaining([...names]));
  });

  it('stores once what the platform sends twice, and nothing where it is there already', async () => {
    const image = noise();
    const network: NonNullable<WxOptions['network']> = ({ retry }) => (retry === 0 ? 'lost' : undefined);
    const { bed, actions, phone } = await run({ network, networkRetries: 1, pick: pick(image) });
    const before = (await actions.list()).length;
    const path = phone.addTemporaryFile(image, 'png');
    expect(await bed.upload(path, { folder: 'mini' })).toMatchObject({ existed: false });
    expect(await bed.upload(path, { folder: 'mini' })).toMatchObject({ existed: true });
    expect((await actions.list()).length).toBe(before + 1);
  });

  it('says which domain is missing from which list', async () => {
    const { bed, phone } = await run({ domains: { request: [BED] } });
    const refused = bed.upload(phone.addTemporaryFile(noise(), 'png'));
    await expect(refused).rejects.toMatchObject({
      code: 'DomainNotListed',
      message: expect.stringContaining(`把 ${BED} 加入 uploadFile 合法域名`),
      details: { domain: BED, list: 'uploadFile' },
    });
  });

  it.each([5, 17])('uploads %i MB past the form, in slices of the file, and tells how far it is', async (megabytes) => {
    const { bed, phone } = await run();
    const image = await large(megabytes * 1024 ** 2);
    const phases: string[] = [];
    const onProgress = ({ phase }: { phase: string }) => phases.push(phase);
    const stored = await bed.upload(phone.addTemporaryFile(image, 'png'), { folder: 'large', onProgress });
    expect(stored.size).toBe(image.length);
    expect([phases[0], phases.at(-1)]).toEqual(['sending', 'finishing']);
  });

  it('stops when it is told to', async () => {
    const { actions } = await run({ pick: pick(noise()), network: () => ({ delayMs: 300 }) });
    const work = actions.upload();
    setTimeout(() => actions.stop(), 50);
    await expect(work).rejects.toThrow('AbortError');
  });

  it('says what file cannot be read', async () => {
    const { bed } = await run();
    await expect(bed.upload('wxfile://tmp_none.png')).rejects.toMatchObject({ code: 'FileUnreadable' });
  });
});
