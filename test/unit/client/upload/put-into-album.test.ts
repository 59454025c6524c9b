import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../../../src/client/create-client.ts';
import { type Bed, createFetchTransport, type Transport } from '../../../../src/client/index.ts';
import { streamLargePng } from '../../../support/large-png.ts';
import { makePng } from '../../../support/png.ts';
import { type RunningServer, startServer } from '../../../support/running-server.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
let server: RunningServer;
let bed: Bed;
let album: string;

/** Answers in place of the bed; `undefined` leaves it to the bed. */
let answer: (url: string, idempotencyKey: string) => ReturnType<Transport['call']> | undefined = () => undefined;
const watched = (transport: Transport): Transport => ({
  ...transport,
  call: (call) => answer(call.url, call.idempotencyKey) ?? transport.call(call),
});

const picture = (width: number): File => new File([new Uint8Array(makePng(width, 20))], 'p.png');

/** The names of what is in an album. */
const namesIn = async (albumId: string): Promise<readonly string[]> =>
  (await bed.image.search({ albumId })).images.map(({ objectName }) => objectName);

beforeAll(async () => {
  server = await startServer({ IMAGEPIC_RECORDS: 'sqlite' });
  bed = createClient({ transport: watched(createFetchTransport(server.mountUrl)), language: 'en' });
  await bed.auth.register({ name: 'Ada', email: 'ada@example.com', ...PERSON });
  await bed.signIn(PERSON);
  album = (await bed.album.createAlbum({ name: 'Summer' })).albumId;
});
afterAll(() => server?.close());

describe('an upload into an album', () => {
  it('is in it, and once, though the same comes again', async () => {
    const first = await bed.upload(picture(40), { folder: 'a', album });
    expect(await bed.upload(picture(40), { folder: 'a', album })).toMatchObject({ existed: true });
    expect(await namesIn(album)).toEqual([first.objectName]);
  });

  it('puts what was there before into it', async () => {
    const { objectName } = await bed.upload(picture(41));
    await bed.upload(picture(41), { album });
    expect(await namesIn(album)).toContain(objectName);
  });

  it('comes straight to the store just as well, and by a queue', async () => {
    const large = new File([new Uint8Array(await buffer(streamLargePng(5 * 1024 ** 2)))], 'large.png');
    const { objectName } = await bed.upload(large, { album });
    const queue = bed.uploads({ album });
    const done = new Promise<void>((resolve) =>
      queue.subscribe(() => queue.items.every(({ state }) => state === 'done') && resolve()),
    );
    queue.add(picture(43));
    await done;
    const names = queue.items.map(({ result }) => result?.objectName);
    expect(await namesIn(album)).toEqual(expect.arrayContaining([objectName, ...names]));
  });

  it('says why the album refuses it; the image stays', async () => {
    const refused = bed.upload(picture(44), {
      folder: 'kept',
      album: `${album.slice(0, -1)}${album.endsWith('0') ? 1 : 0}`,
    });
    const objectName = expect.stringMatching(/^kept\//);
    await expect(refused).rejects.toMatchObject({
      ...{ code: 'NoSuchKey', status: 404, message: expect.stringContaining('album') },
      details: { uploaded: { objectName, url: expect.any(String) } },
    });
    expect((await bed.object.listObjects({ prefix: 'kept/' })).lists).toHaveLength(1);
  });

  it('is in it although a server died of that very call, which it goes on holding', async () => {
    let held: string | undefined;
    answer = (url, idempotencyKey) => {
      if (url !== 'album/addImages') return undefined;
      held ??= idempotencyKey;
      if (idempotencyKey !== held) return undefined;
      const data = { err: 'still running' };
      return Promise.resolve({ status: 409, body: { success: false, error: 'IdempotencyInFlight', data } });
    };
    const { objectName } = await bed.upload(picture(45), { album }).finally(() => {
      answer = () => undefined;
    });
    expect(await namesIn(album)).toContain(objectName);
  }, 30_000);

  it('is told to stop during the call, and goes on where it stopped', async () => {
    const stop = new AbortController();
    answer = (url) => {
      if (url === 'album/addImages') stop.abort(new Error('the page was closed'));
      return undefined;
    };
    const stopped = bed.upload(picture(46), { folder: 'stopped', album, signal: stop.signal }).finally(() => {
      answer = () => undefined;
    });
    await expect(stopped).rejects.toThrow('the page was closed');
    const { existed, objectName } = await bed.upload(picture(46), { folder: 'stopped', album });
    expect(existed).toBe(true);
    expect((await namesIn(album)).filter((name) => name === objectName)).toHaveLength(1);
  });

  it('stays in it, with its tags, when a token that may only upload sends the same again', async () => {
    const { objectName } = await bed.upload(picture(48), { folder: 'ci', album });
    await bed.image.updateImage({ objectName, tags: ['spring'] });
    const { token } = await bed.auth.createToken({ name: 'ci', scopes: ['upload'] });
    const blind = createClient({ url: server.mountUrl, token });
    expect(await blind.upload(picture(48), { folder: 'ci' })).toMatchObject({ objectName, existed: false });
    expect(await namesIn(album)).toContain(objectName);
    expect(await bed.image.getImage({ objectName })).toMatchObject({ tags: ['spring'] });
  });

  it('is in none where the album is empty', async () => {
    expect(await bed.upload(picture(47), { album: '' })).toMatchObject({ existed: false });
  });
});
