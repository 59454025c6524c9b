import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BedClient,
  BedError,
  createClient,
  createFetchTransport,
  type TokenPair,
  type Transport,
  type TransportAnswer,
  type TransportCall,
} from '../../../src/client/index.ts';
import { contract } from '../../../src/contract/contract.ts';
import { makePng } from '../../support/png.ts';
import { type RunningServer, startServer } from '../../support/running-server.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const clock = { now: Date.now() };
let server: RunningServer;
let bed: BedClient;

beforeAll(async () => {
  server = await startServer({}, () => new Date(clock.now));
  bed = createClient({ url: server.mountUrl, language: 'en' });
  await bed.auth.register({ name: 'Ada', email: 'ada@example.com', ...PERSON });
  await bed.signIn(PERSON);
});
afterAll(() => server?.close());

/** A transport that counts what it carries. */
function watch(transport: Transport): Transport & { readonly calls: TransportCall[] } {
  const calls: TransportCall[] = [];
  return {
    ...transport,
    calls,
    call: (call) => {
      calls.push(call);
      return transport.call(call);
    },
  };
}

describe('a typed client', () => {
  it('calls routes by their names', async () => {
    expect(await bed.health()).toMatchObject({ state: 'up' });
    expect(await bed.auth.me()).toMatchObject({ name: 'Ada', role: 'admin' });
    expect(await bed.call('bucket/listBuckets', {})).toMatchObject([{ name: 'images' }]);
  });

  it('has every route of the contract', async () => {
    const sent: string[] = [];
    const transport: Transport = {
      call: async ({ url }) => {
        sent.push(url);
        return { status: 200, body: { success: true, data: {} } };
      },
      send: async () => ({ body: undefined }),
    };
    const reached = createClient({ transport });
    for (const url of Object.keys(contract)) {
      const [prefix = '', name] = url.split('/');
      const under = Reflect.get(reached, prefix);
      await (name === undefined ? under() : under[name]());
    }
    expect(sent).toEqual(Object.keys(contract));
  });

  it('sends an image as a form', async () => {
    const stored = await bed.object.putObject(
      { bucketName: 'images', folder: 'forms' },
      { file: { name: 'dot.png', blob: new Blob([new Uint8Array(makePng(3, 2))]) } },
    );
    expect(stored).toMatchObject({ bucketName: 'images', objectName: 'forms/dot.png', contentType: 'image/png' });
    const { bucketName, objectName } = stored;
    expect(await bed.object.statObject({ bucketName, objectName })).toMatchObject({ size: stored.size });
  });

  it('can be handed about by promises, and has no name that the contract has not', async () => {
    expect(await Promise.resolve(bed)).toBe(bed);
    expect(Object.keys(bed)).not.toContain('object');
  });
});

describe('what fails', () => {
  it('is thrown with code, text for people, details and the id of the request', async () => {
    const failure = await bed.object
      .statObject({ bucketName: 'images', objectName: 'nobody.png' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BedError);
    expect(failure).toMatchObject({ code: 'NoSuchKey', status: 404, isPassing: false });
    expect(failure).toHaveProperty('requestId', expect.stringMatching(/./));
    expect(failure).toHaveProperty('message', expect.stringMatching(/nobody\.png|no such/i));
    // @ts-expect-error an input that the contract refuses does not compile
    const wrong = await bed.object.statObject.safe({ bucketName: 'images', objectName: 7 });
    expect(wrong).toMatchObject({ ok: false, error: { code: 'InvalidArgument', details: { fields: ['objectName'] } } });
  });

  it('is a value where it is asked for one', async () => {
    expect(await bed.auth.me.safe()).toMatchObject({ ok: true, data: { name: 'Ada' } });
    const outcome = await bed.auth.revokeToken.safe({ tokenId: 'none' });
    expect(outcome).toMatchObject({ ok: false, error: { name: 'BedError' } });
  });

  it('tells an address where nobody answers from one where somebody else does', async () => {
    const other = createServer((_request, reply) => void reply.end('<html>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/imagepic`;
    expect(await createClient({ url }).health.safe()).toMatchObject({ ok: false, error: { code: 'NotABed' } });
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
    const message = expect.stringContaining(`http://127.0.0.1:${port}: `);
    expect(await createClient({ url }).health.safe()).toMatchObject({
      ok: false,
      error: { code: 'Unreachable', message },
    });
  });

  it('ends at once with the reason of a signal', async () => {
    const stop = new AbortController();
    const transport: Transport = {
      call: ({ signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      send: async () => ({ body: undefined }),
    };
    const waiting = createClient({ transport }).health({}, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(bed.health.safe({}, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });
});

describe('attempts', () => {
  const answers = (...list: readonly (TransportAnswer | Error)[]) => {
    const left = [...list];
    const keys: string[] = [];
    const transport: Transport = {
      call: async ({ idempotencyKey }) => {
        keys.push(idempotencyKey);
        const next = left.shift() ?? { status: 200, body: { success: true, data: { done: true } } };
        if (next instanceof Error) throw next;
        return next;
      },
      send: async () => ({ body: undefined }),
    };
    return { keys, client: createClient({ transport }) };
  };
  const busy = {
    status: 429,
    retryAfter: '0',
    body: { success: false, error: 'TooManyRequests', data: { err: 'busy' } },
  };

  it('are made again under the same key where nothing was heard or the bed was busy', async () => {
    const { keys, client } = answers(new TypeError('lost'), busy, { status: 502, body: undefined });
    expect(await client.auth.logoutAll()).toEqual({ done: true });
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
  });

  it('are five at most', async () => {
    const { keys, client } = answers(...Array.from({ length: 9 }, () => busy));
    expect(await client.auth.logoutAll.safe()).toMatchObject({ ok: false, error: { code: 'TooManyRequests' } });
    expect(keys).toHaveLength(5);
  }, 20_000);

  it('is one where the answer is definite, or the wait would be too long', async () => {
    const refused = { status: 403, body: { success: false, error: 'AccessDenied', data: { err: 'no' } } };
    const denied = answers(refused);
    expect(await denied.client.auth.logoutAll.safe()).toMatchObject({ ok: false, error: { code: 'AccessDenied' } });
    expect(denied.keys).toHaveLength(1);
    const late = answers({ ...busy, retryAfter: '3600' });
    expect(await late.client.auth.logoutAll.safe()).toMatchObject({ error: { retryAfterSeconds: 3600 } });
    expect(late.keys).toHaveLength(1);
  });
});

describe('a session', () => {
  it('is renewed once, however many calls find its token ended', async () => {
    const transport = watch(createFetchTransport(server.mountUrl));
    const kept: (TokenPair | undefined)[] = [];
    const client = createClient({ transport, onSession: (pair) => void kept.push(pair) });
    await client.signIn(PERSON);
    clock.now += 16 * 60 * 1000;
    const names = await Promise.all(Array.from({ length: 8 }, () => client.auth.me()));
    expect(names.map(({ name }) => name)).toEqual(Array(8).fill('Ada'));
    expect(transport.calls.filter(({ url }) => url === 'auth/refresh')).toHaveLength(1);
    expect(kept).toHaveLength(2);
    // Who comes back with what was kept goes on.
    const again = createClient({ url: server.mountUrl, session: kept.at(-1) });
    expect(await again.auth.me()).toMatchObject({ name: 'Ada' });
    await client.signOut();
    expect(kept.at(-1)).toBeUndefined();
    expect(await again.auth.me.safe()).toMatchObject({ ok: false, error: { code: 'InvalidToken' } });
  });

  it('ends when its refresh token is of no use any more', async () => {
    const kept: (TokenPair | undefined)[] = [];
    const session = { token: 'spent', refreshToken: 'spent', expiresIn: 0 };
    const client = createClient({ url: server.mountUrl, session, onSession: (pair) => void kept.push(pair) });
    expect(await client.auth.me.safe()).toMatchObject({ ok: false, error: { code: 'InvalidToken' } });
    expect(kept).toEqual([undefined]);
  });

  it('is not asked for where there is an API token', async () => {
    const { token } = await bed.auth.createToken({ name: 'ci', scopes: ['list'] });
    const transport = watch(createFetchTransport(server.mountUrl));
    const narrow = createClient({ transport, token });
    expect(await narrow.bucket.listBuckets()).toMatchObject([{ name: 'images' }]);
    expect(await narrow.auth.me.safe()).toMatchObject({ ok: false, error: { code: 'AccessDenied' } });
    expect(transport.calls).toHaveLength(2);
  });
});
