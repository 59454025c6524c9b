import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { createS3ObjectStore } from '../../src/stores/objects/s3/object-store.ts';
import { readAll, streamOf } from '../suites/object-store-objects.suite.ts';
import { toS3Options } from '../support/ceph.ts';
import { type ChaosProxy, type Fault, startChaosProxy } from '../support/chaos-proxy.ts';

const PNG = { contentType: 'image/png' };
const SMALL = randomBytes(100_000);
const LARGE = randomBytes(1_500_000);
const BUCKET = `faults-${randomBytes(4).toString('hex')}`;

let proxy: ChaosProxy;
let direct: ObjectStore;

beforeAll(async () => {
  const ceph = inject('ceph');
  proxy = await startChaosProxy(ceph.endpoint);
  direct = createS3ObjectStore(toS3Options(ceph));
  await direct.makeBucket(BUCKET);
  await direct.put(BUCKET, 'large', LARGE, PNG);
  await direct.put(BUCKET, 'small', SMALL, PNG);
});
afterAll(() => proxy.close());

/** A store behind the proxy whose circuit is closed. */
const openStore = (): ObjectStore => createS3ObjectStore(toS3Options({ ...inject('ceph'), endpoint: proxy.endpoint }));

const answer = (status: string, body: string, type = 'application/xml'): Fault => ({
  kind: 'answer',
  answer: `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
});

const errorBody = (code: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>It says so</Message></Error>`;

const LISTING = '<?xml version="1.0"?><ListBucketResult><Name>x</Name><IsTruncated>false</IsTruncated>';
const LOL = `<!DOCTYPE x [<!ENTITY a "lol">${'bcdefghi'
  .split('')
  .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefgh'[index]};`.repeat(10)}">`)
  .join('')}]>`;

/** Where some calls see no more than that the line broke. */
const GARBLED = /does not (answer in time|speak S3)/;

/** What each fault is and a word of the advice that it leads to. */
const FAULTS: Readonly<Record<string, readonly [Fault, RegExp]>> = {
  'connections refused': [{ kind: 'refuse' }, /IMAGEPIC_S3_ENDPOINT/],
  'a black hole': [{ kind: 'black-hole' }, /does not answer in time/],
  'a reset amid the answer': [{ kind: 'reset', afterBytes: 40 }, /does not answer in time/],
  'an answer cut short': [
    { kind: 'answer', answer: 'HTTP/1.1 200 OK\r\ncontent-length: 5000\r\nconnection: close\r\n\r\n<?xml' },
    GARBLED,
  ],
  '500': [answer('500 Internal Server Error', errorBody('InternalError')), /busy/],
  '503 SlowDown': [answer('503 Slow Down', errorBody('SlowDown')), /busy/],
  '403 RequestTimeTooSkewed': [answer('403 Forbidden', errorBody('RequestTimeTooSkewed')), /clock/],
  'truncated XML': [answer('200 OK', LISTING), /does not speak S3/],
  'XML with entities that grow': [
    answer('200 OK', `${LOL}<ListBucketResult><Name>&i;</Name></ListBucketResult>`),
    /S3/,
  ],
  'XML without end': [answer('200 OK', `${LISTING}${'<Contents>'.repeat(2_000_000)}`), GARBLED],
  'XML nested too deeply': [
    answer('200 OK', `${LISTING}${'<a>'.repeat(200_000)}${'</a>'.repeat(200_000)}</ListBucketResult>`),
    /S3/,
  ],
  'a web page': [answer('200 OK', '<!doctype html><title>Sign in</title>', 'text/html'), /does not speak S3/],
  'a page that is not found': [answer('404 Not Found', '<html>404</html>', 'text/html'), /does not speak S3/],
  'the page of a gateway': [answer('502 Bad Gateway', '<html>502<hr></html>', 'text/html'), /busy/],
  'something else than HTTP': [{ kind: 'answer', answer: 'SSH-2.0-OpenSSH_9.2\r\n' }, /does not speak S3/],
};

/** Calls that meet the fault; each takes a store and does its whole work. */
const CALLS: Readonly<Record<string, (store: ObjectStore) => Promise<unknown>>> = {
  head: (store) => store.head(BUCKET, 'small'),
  get: async (store) => readAll(await store.get(BUCKET, 'large')),
  'put of little': (store) => store.put(BUCKET, 'put', SMALL, PNG),
  'put of a stream': (store) => store.put(BUCKET, 'put', streamOf(LARGE), PNG),
  'conditional put': (store) => store.put(BUCKET, `new-${Math.random()}`, SMALL, { ...PNG, ifNoneMatch: '*' }),
  list: (store) => store.list(BUCKET, { limit: 100 }),
  remove: (store) => store.remove(BUCKET, 'nothing'),
  removeMany: (store) => store.removeMany(BUCKET, ['nothing', 'at all']),
  copy: (store) => store.copy({ bucket: BUCKET, key: 'small' }, { bucket: BUCKET, key: 'copy' }),
  createMultipartUpload: (store) => store.createMultipartUpload(BUCKET, 'upload', PNG),
  listBuckets: (store) => store.listBuckets(),
  ping: (store) => store.ping(),
};

interface Outcome {
  readonly call: string;
  readonly error: unknown;
  readonly ms: number;
}

async function time(call: string, work: Promise<unknown>): Promise<Outcome> {
  const start = performance.now();
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { call, error, ms: performance.now() - start };
}

/** Waits until a store works again, and says how long that took. */
async function recover(store: ObjectStore): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < 15_000) {
    if ((await store.head(BUCKET, 'small').catch(() => undefined)) !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return performance.now() - start;
}

describe('a store that fails', () => {
  it.each(Object.entries(FAULTS))(
    'with %s is reported as such within 5 s by every call',
    async (_, [fault, advice]) => {
      await proxy.inflict(fault);
      const stores = Object.entries(CALLS).map(([call, run]) => ({ call, run, store: openStore() }));
      const outcomes = await Promise.all(stores.map(({ call, run, store }) => time(call, run(store))));
      await proxy.inflict({ kind: 'healthy' });
      const recoveries = await Promise.all(stores.map(({ store }) => recover(store)));
      for (const { call, error, ms } of outcomes) {
        expect(error, call).toMatchObject({ code: 'ServiceUnavailable', message: expect.stringMatching(advice) });
        expect(error, call).toHaveProperty('cause');
        expect(ms, call).toBeLessThan(5000);
      }
      for (const ms of recoveries) expect(ms).toBeLessThan(1000);
      expect((await direct.head(BUCKET, 'small'))?.size).toBe(SMALL.byteLength);
    },
  );

  it.each(['connections refused', 'a black hole', '503 SlowDown'])(
    'with %s for long is in use again within 10 s of its recovery',
    async (name) => {
      await proxy.inflict(FAULTS[name]?.[0] ?? { kind: 'healthy' });
      const store = openStore();
      for (let failures = 0; failures < 5; failures += 1) await expect(store.ping()).rejects.toThrow();
      await proxy.inflict({ kind: 'healthy' });
      expect(await recover(store)).toBeLessThan(10_000);
    },
  );

  it('at 1 kB/s fails whatever moves more than a little within 5 s', async () => {
    await proxy.inflict({ kind: 'slow', bytesPerSecond: 1000 });
    const { get, 'put of little': putLittle, 'put of a stream': putStream } = CALLS;
    const outcomes = await Promise.all(
      Object.entries({ get, putLittle, putStream }).map(([call, run]) =>
        time(call, run?.(openStore()) ?? Promise.reject()),
      ),
    );
    await proxy.inflict({ kind: 'healthy' });
    for (const { call, error, ms } of outcomes) {
      expect(error, call).toMatchObject({ code: 'ServiceUnavailable' });
      expect(ms, call).toBeLessThan(5000);
    }
  });

  it('that goes silent amid a large upload fails it within 5 s and makes no object', async () => {
    const chunk = randomBytes(1024 * 1024);
    let silentSince = 0;
    const body = {
      size: 64 * chunk.byteLength,
      async *open() {
        for (let sent = 0; sent < 64; sent += 1) {
          if (sent === 40) {
            await proxy.inflict({ kind: 'black-hole' });
            silentSince = performance.now();
          }
          yield chunk;
        }
      },
    };
    const { error } = await time('put', openStore().put(BUCKET, 'silent', body, PNG));
    expect(performance.now() - silentSince).toBeLessThan(5000);
    expect(error).toMatchObject({ code: 'ServiceUnavailable' });
    await proxy.inflict({ kind: 'healthy' });
    expect(await direct.head(BUCKET, 'silent')).toBeUndefined();
    // What the silence kept from being removed is there for the sweep to find.
    for (const { key, uploadId } of await direct.listMultipartUploads(BUCKET)) {
      await direct.abortMultipartUpload(BUCKET, key, uploadId);
    }
  });

  it('is not asked again for a while after five failures, and not at all about presigned URLs', async () => {
    await proxy.inflict({ kind: 'refuse' });
    const store = openStore();
    for (let failures = 0; failures < 2; failures += 1) await expect(store.ping()).rejects.toBeInstanceOf(AppError);
    const { error, ms } = await time('ping', store.ping());
    expect(error).toMatchObject({ code: 'ServiceUnavailable', message: expect.stringMatching(/IMAGEPIC_S3_ENDPOINT/) });
    expect(ms).toBeLessThan(20);
    const options = { expiresInSeconds: 60, mountUrl: 'http://127.0.0.1:3000/imagepic' };
    expect((await store.presignGet(BUCKET, 'small', options)).url).toContain(proxy.endpoint);
    await proxy.inflict({ kind: 'healthy' });
  });
});
