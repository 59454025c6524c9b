import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient as createBrowserClient } from '../../../../src/client/create-client.ts';
import type { Bed } from '../../../../src/client/index.ts';
import { createFetchTransport, type Transport } from '../../../../src/client/index.ts';
import { streamLargePng } from '../../../support/large-png.ts';
import { makePng } from '../../../support/png.ts';
import { type RunningServer, startServer } from '../../../support/running-server.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
let server: RunningServer;
/** Every call and every send, in order. */
let sent: string[];
let refuse: (url: string) => boolean = () => false;
let bed: Bed;

function watch(transport: Transport): Transport {
  return {
    call: (call) => {
      sent.push(call.url);
      return transport.call(call);
    },
    send: async (send) => {
      sent.push(`${send.method} ${send.body.size}`);
      if (refuse(send.url)) return { status: 403, body: undefined };
      return transport.send(send);
    },
  };
}

const toFile = (bytes: Uint8Array, name = 'picture.png'): File => new File([new Uint8Array(bytes)], name);
const large = async (bytes: number, grey = 1): Promise<File> =>
  toFile(Buffer.concat([await buffer(streamLargePng(bytes)), Buffer.from([grey])]));
const sha256Of = async (url: string): Promise<string> => {
  const { token } = await bed.signIn(PERSON);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex');
};

const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

beforeAll(async () => {
  server = await startServer();
  bed = createBrowserClient({ transport: watch(createFetchTransport(server.mountUrl)), language: 'en' });
  sent = [];
  await bed.auth.register({ name: 'Ada', email: 'ada@example.com', ...PERSON });
  await bed.signIn(PERSON);
});
afterAll(() => server?.close());

describe('an upload', () => {
  it('is a form where it is small, and nothing at all where it is there already', async () => {
    const picture = toFile(makePng(30, 20, { noise: true }));
    sent = [];
    const first = await bed.upload(picture, { folder: 'one' });
    expect(first).toMatchObject({ bucketName: 'images', existed: false });
    expect(first.objectName).toMatch(/^one\/[0-9a-f]{32}\.png$/);
    expect(sent).toEqual(['object/statObject', 'object/putObject']);
    expect(await sha256Of(first.url)).toBe(
      createHash('sha256')
        .update(Buffer.from(await picture.arrayBuffer()))
        .digest('hex'),
    );
    sent = [];
    expect(await bed.upload(picture, { folder: 'one' })).toMatchObject({ url: first.url, existed: true });
    expect(sent).toEqual(['object/statObject']);
  });

  it('is put straight to the store where it is larger than a form', async () => {
    const picture = await large(5 * 1024 ** 2);
    sent = [];
    const stored = await bed.upload(picture);
    expect(sent).toEqual([
      ...['object/statObject', 'object/presignedPutObject', `PUT ${picture.size}`, 'object/commitObject'],
    ]);
    expect(stored.size).toBe(picture.size - 1);
    expect(stored.removed).toEqual(['trailing']);
  });

  it('goes in parts where it is larger still, and tells how far it has come', async () => {
    const picture = await large(20 * 1024 ** 2, 2);
    sent = [];
    const told: string[] = [];
    const stored = await bed.upload(picture, {
      onProgress: ({ phase, bytes, totalBytes }) => {
        expect(bytes).toBeLessThanOrEqual(totalBytes);
        told.push(phase);
      },
    });
    expect(sent.filter((call) => call.startsWith('PUT'))).toHaveLength(3);
    expect(stored.size).toBe(picture.size - 1);
    expect([...new Set(told)]).toEqual(['hashing', 'sending', 'finishing']);
  });

  it('goes where its token may put it, unless told where', async () => {
    const { token } = await bed.auth.createToken({ name: 'blog', scopes: ['upload', 'read'], prefix: 'blog/' });
    const narrow = createBrowserClient({ url: server.mountUrl, token, language: 'en' });
    const picture = toFile(makePng(31, 20, { noise: true }));
    expect((await narrow.upload(picture)).objectName).toMatch(/^blog\/[0-9a-f]{32}\.png$/);
    expect((await narrow.upload(picture, { folder: 'blog/x' })).objectName).toMatch(/^blog\/x\/[0-9a-f]{32}\.png$/);
    await expect(narrow.upload(picture, { folder: '' })).rejects.toMatchObject({ code: 'AccessDenied' });
  });

  it('asks once where its token may put it, however many ask, and stops asking when it is told to', async () => {
    const { token } = await bed.auth.createToken({ name: 'many', scopes: ['upload'], prefix: 'many/' });
    const narrow = createBrowserClient({ transport: watch(createFetchTransport(server.mountUrl)), token });
    sent = [];
    const pictures = [41, 42, 43].map((width) => toFile(makePng(width, 20)));
    const stored = await Promise.all(pictures.map((one) => narrow.upload(one)));
    expect(stored.map(({ objectName }) => objectName.slice(0, 5))).toEqual(['many/', 'many/', 'many/']);
    expect(sent.filter((url) => url === 'auth/whoami')).toHaveLength(1);

    const stop = new AbortController();
    const unheard = createFetchTransport(server.mountUrl);
    const waiting = createBrowserClient({
      transport: {
        ...unheard,
        call: () => {
          stop.abort(new Error('never mind'));
          return new Promise(() => undefined);
        },
      },
      token,
    });
    const [first = toFile(makePng(40, 20))] = pictures;
    await expect(waiting.upload(first, { signal: stop.signal })).rejects.toThrow('never mind');
  });

  it('goes on from the parts that have arrived, and asks for another address where one is refused', async () => {
    const picture = await large(30 * 1024 ** 2, 3);
    const stop = new AbortController();
    let parts = 0;
    const cut = bed.upload(picture, {
      concurrency: 1,
      signal: stop.signal,
      onProgress: ({ phase, bytes }) => {
        if (phase !== 'sending' || bytes < 16 * 1024 ** 2) return;
        parts += 1;
        stop.abort(new Error('the page was closed'));
      },
    });
    await expect(cut).rejects.toThrow('the page was closed');
    expect(parts).toBeGreaterThan(0);
    let refused = 0;
    refuse = () => {
      refused += 1;
      return refused === 1;
    };
    sent = [];
    const stored = await bed.upload(picture).finally(() => {
      refuse = () => false;
    });
    expect(stored.existed).toBe(false);
    // Two of four had arrived; of the two that had not, one was sent twice.
    expect(sent.filter((call) => call.startsWith('PUT'))).toHaveLength(3);
    expect(sent).not.toContain('object/createMultipartUpload');
  });

  it('is sent once where the same is on its way already', async () => {
    const picture = toFile(makePng(30, 21, { noise: true }));
    sent = [];
    const both = await Promise.all([bed.upload(picture), bed.upload(toFile(await bytesOf(picture), 'copy.png'))]);
    expect(sent.filter((call) => call === 'object/putObject')).toHaveLength(1);
    expect(both.map(({ existed }) => existed).sort()).toEqual([false, true]);
    expect(both[0].url).toBe(both[1].url);
    await Promise.all([bed.upload(picture, { folder: 'a' }), bed.upload(picture, { folder: 'b' })]);
    expect(sent.filter((call) => call === 'object/putObject')).toHaveLength(3);
  });

  it('is left to the next where the first is told to stop', async () => {
    const picture = await large(20 * 1024 ** 2, 4);
    const stop = new AbortController();
    const first = bed.upload(picture, {
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'sending' && stop.abort(new Error('the page was closed')),
    });
    const second = bed.upload(picture);
    await expect(first).rejects.toThrow('the page was closed');
    expect(await second).toMatchObject({ existed: false, size: picture.size - 1 });
  });

  it('stops at once also where it waits for the same', async () => {
    const picture = await large(20 * 1024 ** 2, 5);
    const stop = new AbortController();
    const first = bed.upload(picture, {
      onProgress: ({ phase }) => phase === 'sending' && stop.abort(new Error('the page was closed')),
    });
    await expect(bed.upload(picture, { signal: stop.signal })).rejects.toThrow('the page was closed');
    expect(await first).toMatchObject({ existed: false });
  });

  it('fails with the words of the bed where it is no image', async () => {
    const page = toFile(Buffer.from('<!doctype html><title>x</title>'), 'page.html');
    await expect(bed.upload(page)).rejects.toMatchObject({ code: 'UnsupportedMediaType', message: /HTML/ });
  });

  it('fails when a store goes on to refuse', async () => {
    refuse = () => true;
    const failed = bed.upload(await large(5 * 1024 ** 2, 9)).finally(() => {
      refuse = () => false;
    });
    await expect(failed).rejects.toMatchObject({ code: 'StoreRefused', status: 403 });
  });
});
