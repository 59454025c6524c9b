import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../../../src/errors.ts';
import { createS3ObjectStore, type S3Options } from '../../../../../src/stores/objects/s3/object-store.ts';
import { portOf } from '../../../../support/chaos-proxy.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const refusedWith = (error: unknown): unknown => (error instanceof AppError ? error.code : error);

/** A store that says what it is told to say. */
describe('what goes over the wire', () => {
  let server: Server;
  let seen: Seen[];
  let reply: (request: Seen) => Answer;

  beforeEach(async () => {
    seen = [];
    reply = ({ method }) => (method === 'HEAD' ? { status: 404 } : { headers: { etag: '"e"' } });
    server = createServer(async (request, response) => {
      // A request that is ended early was not made.
      const received = await buffer(request).catch(() => undefined);
      if (received === undefined) return;
      const { method = '', url = '', headers } = request;
      const entry = { method, url, headers, body: received.toString() };
      seen.push(entry);
      const { status = 200, headers: answered = {}, body = '' } = reply(entry);
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...answered }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    vi.useRealTimers();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = (changes: Partial<S3Options> = {}) =>
    createS3ObjectStore({
      endpoint: `http://127.0.0.1:${portOf(server)}`,
      region: 'ap-shanghai',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
      forcePathStyle: true,
      flavour: 's3',
      now: () => new Date(),
      random: () => 0,
      ...changes,
    });
  const PNG = { contentType: 'image/png' };
  const xml = (body: string): Answer => ({
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0"?>${body}`,
  });
  const names = ({ headers }: Seen): readonly string[] => Object.keys(headers);

  it('has no checksum beside the signature, and a type, a length and metadata', async () => {
    await open().put('images', 'a b/图.png', Buffer.from('bytes'), { ...PNG, metadata: { Owner: '用户' } });
    const [put] = seen;
    expect(put).toMatchObject({ method: 'PUT', body: 'bytes' });
    expect(put?.url).toMatch(/^\/images\/a%20b\/%E5%9B%BE\.png\?/);
    expect(put?.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': '5',
      'x-amz-content-sha256': createHash('sha256').update('bytes').digest('hex'),
      'x-amz-meta-owner': '=?UTF-8?B?55So5oi3?=',
    });
    expect(put && names(put).filter((name) => /checksum|trailer|encoding|expect/.test(name))).toEqual([]);
  });

  it('streams a larger body with its length and without a hash, not in chunks of its own', async () => {
    const body = {
      size: 300_000,
      async *open() {
        yield Buffer.alloc(300_000, 'x');
      },
    };
    await open().put('images', 'a.png', body, PNG);
    expect(seen[0]?.headers).toMatchObject({ 'content-length': '300000', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' });
    expect(seen[0]?.headers['transfer-encoding']).toBeUndefined();
    expect(seen[0]?.body).toHaveLength(300_000);
  });

  it.each(['s3', 'cos'] as const)('removes many with a Content-MD5 and no other checksum for %s', async (flavour) => {
    reply = () => xml('<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>');
    await open({ flavour }).removeMany('images', ['a', 'b & c']);
    const { headers = {}, body = '' }: Partial<Seen> = seen[0] ?? {};
    expect(headers['content-md5']).toBe(createHash('md5').update(body).digest('base64'));
    expect(Object.keys(headers).filter((name) => /checksum/.test(name))).toEqual([]);
    expect(body).toContain('<Key>b &amp; c</Key>');
  });

  it('removes one by one where a store cannot remove many', async () => {
    reply = ({ method }) =>
      method === 'POST' ? { ...xml('<Error><Code>NotImplemented</Code></Error>'), status: 501 } : { status: 204 };
    expect(await open().removeMany('images', ['a', 'b'])).toEqual([]);
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'DELETE', 'DELETE']);
  });

  it('says which keys a store would not remove, and why', async () => {
    const error = '<Error><Key>b</Key><Code>AccessDenied</Code><Message>No</Message></Error>';
    reply = () => xml(`<DeleteResult><Deleted><Key>a</Key></Deleted>${error}</DeleteResult>`);
    expect(await open().removeMany('images', ['a', 'b'])).toMatchObject([
      { key: 'b', cause: { code: 'ServiceUnavailable', message: expect.stringContaining('permission') } },
    ]);
  });

  describe('a condition on what was seen', () => {
    const at = 'Fri, 20 Nov 2026 10:00:00 GMT';
    const found = { etag: '"e"', 'content-length': '1', 'last-modified': at, 'x-amz-meta-owner': 'u_1' };
    const seen1 = {
      ...{ key: 'a', size: 1, etag: 'e', contentType: 'application/octet-stream', lastModified: new Date(at) },
      metadata: { owner: 'u_1' },
    };
    const all = {
      conditionalWrite: true,
      conditionalReplace: true,
      conditionalCopy: true,
      conditionalSource: true,
      conditionalDelete: true,
    };
    const none = {
      conditionalWrite: false,
      conditionalReplace: false,
      conditionalCopy: false,
      conditionalSource: true,
      conditionalDelete: false,
    };
    const knowing = (capabilities: object) => open({ capabilities: async () => capabilities });
    const asked = () => seen.map(({ method, headers }) => [method, headers['if-match'] ?? headers['if-none-match']]);
    beforeEach(() => {
      reply = ({ method, headers }) => {
        if (method === 'HEAD') return { headers: found };
        if (headers['x-amz-copy-source']) return xml('<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>');
        return { headers: { etag: '"new"' } };
      };
    });

    it.each([
      ['capable', all, ['HEAD', undefined], ['PUT', '"e"']],
      ['incapable', none, ['HEAD', undefined], ['PUT', undefined]],
    ])('is looked at and sent to a %s store', async (_, capabilities, ...expected) => {
      expect(
        await knowing(capabilities).put('images', 'a', Buffer.from('b'), { ...PNG, ifMatch: seen1 }),
      ).toBeDefined();
      expect(asked()).toEqual(expected);
    });

    it.each([
      ['capable', all, '"e"'],
      ['incapable', none, undefined],
    ])('is looked at once by a caller who keeps others away from a %s store', async (_, capabilities, header) => {
      const condition = { ifMatch: seen1, hasLooked: true };
      const store = knowing(capabilities);
      await store.put('images', 'a', Buffer.from('b'), { ...PNG, ...condition });
      await store.copy({ bucket: 'images', key: 'b', ifMatch: seen1 }, { bucket: 'images', key: 'a' }, condition);
      reply = () => ({ status: 204 });
      expect(await store.remove('images', 'a', condition)).toBe('removed');
      expect(asked()).toEqual([
        ['PUT', header],
        ['PUT', header],
        ['DELETE', header],
      ]);
      expect(seen[1]?.headers['x-amz-copy-source-if-match']).toBe('"e"');
    });

    it.each([
      ['another owner', { ...found, 'x-amz-meta-owner': 'u_2' }, 'changed'],
      ['other bytes', { ...found, etag: '"f"' }, 'changed'],
      ['nothing', undefined, 'absent'],
    ])('keeps anything from being done to what has %s', async (_, headers, outcome) => {
      reply = () => (headers === undefined ? { status: 404 } : { headers });
      for (const capabilities of [all, none]) {
        const store = knowing(capabilities);
        expect(await store.put('images', 'a', Buffer.from('b'), { ...PNG, ifMatch: seen1 })).toBeUndefined();
        expect(await store.remove('images', 'a', { ifMatch: seen1 })).toBe(outcome);
      }
      expect(new Set(seen.map(({ method }) => method))).toEqual(new Set(['HEAD']));
    });

    it('B4 asks nothing of a store that answers conditions with 501', async () => {
      reply = ({ method }) => (method === 'HEAD' ? { status: 404 } : { headers: { etag: '"e"' } });
      await knowing(none).put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
      expect(asked()).toEqual([
        ['HEAD', undefined],
        ['PUT', undefined],
      ]);
    });

    it('copies through a put where only that is held, and not when the source is another', async () => {
      const copies = () =>
        open().copy(
          { bucket: 'images', key: 'a', ifMatch: seen1 },
          { bucket: 'images', key: 'b' },
          { ifNoneMatch: '*' },
        );
      reply = ({ method }) => (method === 'GET' ? { headers: found, body: 'x' } : { headers: { etag: '"e"' } });
      expect(await copies()).toEqual({ etag: 'e' });
      expect(asked()).toEqual([
        ['GET', undefined],
        ['PUT', '*'],
      ]);
      reply = () => ({ headers: { ...found, 'x-amz-meta-owner': 'u_2' }, body: 'x' });
      await expect(copies()).rejects.toMatchObject({ code: 'NoSuchKey' });
    });

    it.each([
      [
        'takes it',
        200,
        [
          ['HEAD', undefined],
          ['PUT', '*'],
        ],
      ],
      [
        'knows none',
        501,
        [
          ['HEAD', undefined],
          ['PUT', '*'],
          ['PUT', undefined],
        ],
      ],
    ])(
      'that is not proven is sent all the same after a look, for others may rely on it, to a store that %s',
      async (_, status, expected) => {
        reply = ({ method, headers }) => {
          if (method === 'HEAD') return { status: 404 };
          if (headers['if-none-match'] === undefined || status === 200) return { headers: { etag: '"new"' } };
          return { ...xml('<Error><Code>NotImplemented</Code></Error>'), status };
        };
        const store = knowing({ ...none, conditionalWrite: undefined });
        expect(await store.holds('images', 'put', 1)).toBe(false);
        expect(await store.put('images', 'a', Buffer.from('b'), { ...PNG, ifNoneMatch: '*' })).toEqual({ etag: 'new' });
        expect(asked()).toEqual(expected);
      },
    );

    it.each([
      ['as it was seen', 'e', 'taken'],
      ['another by now', 'f', 'NoSuchKey'],
    ])('is read and put through us, where the store copies whatever is there: %s', async (_, etag, outcome) => {
      reply = ({ method }) =>
        method === 'GET' ? { headers: { ...found, etag: `"${etag}"` }, body: 'b' } : { headers: { etag: '"new"' } };
      const source = { bucket: 'images', key: 'a', ifMatch: seen1 };
      const store = knowing({ ...all, conditionalSource: false });
      const copying = store.copy(source, { bucket: 'images', key: 'b' }, { ifNoneMatch: '*' });
      expect(await copying.then(() => 'taken', refusedWith)).toBe(outcome);
      expect(seen.filter(({ headers }) => headers['x-amz-copy-source'])).toEqual([]);
    });

    it('tells which of two conditions a copy was refused for', async () => {
      const refused = { ...xml('<Error><Code>PreconditionFailed</Code></Error>'), status: 412 };
      const copying = () =>
        knowing(all).copy(
          { bucket: 'images', key: 'a', ifMatch: seen1 },
          { bucket: 'images', key: 'b' },
          { ifNoneMatch: '*' },
        );
      reply = ({ method }) => (method === 'PUT' ? refused : { headers: found });
      expect(await copying()).toBeUndefined();
      reply = ({ method }) => (method === 'PUT' ? refused : { status: 404 });
      await expect(copying()).rejects.toMatchObject({ code: 'NoSuchKey' });
    });

    it('is an etag with each of many keys, and each is answered for', async () => {
      const error = (key: string, code: string) => `<Error><Key>${key}</Key><Code>${code}</Code></Error>`;
      reply = () => xml(`<DeleteResult>${error('a', 'PreconditionFailed')}${error('b', 'NoSuchKey')}</DeleteResult>`);
      const ifMatch = new Map(['a', 'b', 'c'].map((key) => [key, { ...seen1, key }]));
      expect(await knowing(all).removeMany('images', ['a', 'b', 'c'], { ifMatch, hasLooked: true })).toEqual([
        { key: 'a', outcome: 'changed' },
        { key: 'b', outcome: 'absent' },
      ]);
      expect(seen[0]?.body).toMatch(/<ETag>(&quot;|")e(&quot;|")<\/ETag>/);
    });
  });

  it('asks s3 itself not to overwrite', async () => {
    await open().put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    expect(seen.map(({ method }) => method)).toEqual(['PUT']);
    expect(seen[0]?.headers).toMatchObject({ 'if-none-match': '*' });
    reply = () => ({ ...xml('<Error><Code>PreconditionFailed</Code></Error>'), status: 412 });
    expect(await open().put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' })).toBeUndefined();
  });

  it('looks first on cos, and uses the header that cos knows', async () => {
    const cos = open({ flavour: 'cos' });
    await cos.put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    expect(seen.map(({ method }) => method)).toEqual(['HEAD', 'PUT']);
    expect(seen[1]?.headers).toMatchObject({ 'x-cos-forbid-overwrite': 'true' });
    expect(seen[1]?.headers['if-none-match']).toBeUndefined();
    reply = ({ method }) =>
      method === 'HEAD' ? { status: 404 } : { ...xml('<Error><Code>FileAlreadyExists</Code></Error>'), status: 409 };
    expect(await cos.put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' })).toBeUndefined();
  });

  it('keeps metadata on cos whichever of two prefixes it knows', async () => {
    const cos = open({ flavour: 'cos' });
    await cos.put('images', 'a', Buffer.from('a'), { ...PNG, metadata: { owner: 'u_1' } });
    expect(seen[0]?.headers).toMatchObject({ 'x-amz-meta-owner': 'u_1', 'x-cos-meta-owner': 'u_1' });
    expect(String(seen[0]?.headers.authorization)).toContain('x-cos-meta-owner');
    const described = { etag: '"e"', 'content-length': '1', 'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT' };
    for (const prefix of ['x-amz-meta-', 'x-cos-meta-']) {
      reply = () => ({ headers: { ...described, [`${prefix}owner`]: 'u_1' } });
      expect((await cos.head('images', 'a'))?.metadata).toEqual({ owner: 'u_1' });
    }
  });

  it('names its region to a new bucket on AWS only', async () => {
    reply = ({ method }) => ({ status: method === 'HEAD' ? 404 : 200 });
    expect(await open().makeBucket('images')).toBe(true);
    expect(seen[1]).toMatchObject({ method: 'PUT', body: '' });
  });

  it('copies from a key with reserved characters, and sends a session token', async () => {
    const head = {
      etag: '"e"',
      'content-length': '3',
      'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT',
      'x-amz-meta-a': '1',
    };
    reply = ({ method }) =>
      method === 'HEAD' ? { headers: head } : xml('<CopyObjectResult><ETag>"f"</ETag></CopyObjectResult>');
    const store = open({
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' },
    });
    const source = { bucket: 'images', key: '图/a+b %?#.png' };
    expect(await store.copy(source, { bucket: 'images', key: 'b' }, { contentType: 'image/gif' })).toEqual({
      etag: 'f',
    });
    expect(seen[1]?.headers).toMatchObject({
      'x-amz-copy-source': 'images/%E5%9B%BE/a%2Bb%20%25%3F%23.png',
      'x-amz-metadata-directive': 'REPLACE',
      'content-type': 'image/gif',
      'x-amz-meta-a': '1',
      'x-amz-security-token': 'token',
    });
  });

  it('tries three times what a busy store refuses, and then works', async () => {
    reply = () =>
      seen.length < 3 ? { ...xml('<Error><Code>SlowDown</Code></Error>'), status: 503 } : { headers: { etag: '"e"' } };
    const put = await open().put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    expect(put).toEqual({ etag: 'e' });
    expect(seen).toHaveLength(3);
  });

  it('does not repeat a conditional put whose fate is unknown', async () => {
    reply = () => ({ status: 500 });
    const put = open().put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    await expect(put).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(seen).toHaveLength(1);
  });

  it('opens a source again when the store failed amid it', async () => {
    let opened = 0;
    const body = {
      size: 300_000,
      async *open() {
        opened += 1;
        yield Buffer.alloc(300_000, 'x');
      },
    };
    reply = () => (seen.length < 2 ? { status: 500 } : { headers: { etag: '"e"' } });
    expect(await open().put('images', 'a', body, PNG)).toEqual({ etag: 'e' });
    expect(opened).toBe(2);
    expect(seen[1]?.body).toHaveLength(300_000);
  });

  describe('a large object', () => {
    const MIB = 1024 * 1024;
    const large = (size: number, fail?: () => void) => ({
      size,
      async *open() {
        for (let left = size; left > 0; left -= MIB) {
          if (left <= 2 * MIB) fail?.();
          yield Buffer.alloc(Math.min(left, MIB), left % 251);
        }
      },
    });
    const begun = xml('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>');
    const done = xml('<CompleteMultipartUploadResult><Key>a</Key><ETag>"e-3"</ETag></CompleteMultipartUploadResult>');
    const partOf = (url: string): string | null => new URL(url, 'http://store').searchParams.get('partNumber');
    const answer = ({ method, url }: Seen): Answer => {
      if (method === 'PUT') return { headers: { etag: `"${createHash('md5').update(url).digest('hex')}"` } };
      if (method === 'HEAD') return { status: 404 };
      if (method === 'DELETE') return { status: 204 };
      return url.includes('uploads') ? begun : done;
    };

    it('goes in parts, which are named when it is completed', async () => {
      reply = answer;
      const put = await open().put('images', 'a', large(17 * MIB), { ...PNG, metadata: { owner: 'u_1' } });
      expect(put).toEqual({ etag: 'e-3' });
      expect(seen[0]?.headers).toMatchObject({ 'content-type': 'image/png', 'x-amz-meta-owner': 'u_1' });
      const parts = seen
        .filter(({ method }) => method === 'PUT')
        .map(({ url, headers }) => [partOf(url), headers['content-length']]);
      expect(parts.sort()).toEqual([
        ['1', String(8 * MIB)],
        ['2', String(8 * MIB)],
        ['3', String(MIB)],
      ]);
      expect(seen.at(-1)?.body.match(/<PartNumber>\d/g)).toEqual([1, 2, 3].map((number) => `<PartNumber>${number}`));
      expect(seen.at(-1)?.headers['if-none-match']).toBeUndefined();
    });

    it('has the etag of its parts where the store leaves that out, and is not put over another if asked', async () => {
      const silent = xml('<CompleteMultipartUploadResult><Key>a</Key><ETag></ETag></CompleteMultipartUploadResult>');
      reply = (request) => (request.method === 'POST' && !request.url.includes('uploads') ? silent : answer(request));
      const put = await open().put('images', 'a', large(17 * MIB), { ...PNG, ifNoneMatch: '*' });
      expect(put?.etag).toMatch(/^[0-9a-f]{32}-3$/);
      expect(seen[0]?.method).toBe('HEAD');
      expect(seen.at(-1)?.headers).toMatchObject({ 'if-none-match': '*' });
    });

    it('leaves no parts when its source fails, and fails as the source did', async () => {
      reply = answer;
      const broken = large(17 * MIB, () => {
        throw new Error('The line went dead');
      });
      await expect(open().put('images', 'a', broken, PNG)).rejects.toThrow('The line went dead');
      expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('uploadId=u1') });
    });

    it('sends no part more when one was refused', async () => {
      reply = (request) =>
        partOf(request.url) === '1'
          ? { ...xml('<Error><Code>AccessDenied</Code></Error>'), status: 403 }
          : answer(request);
      await expect(open().put('images', 'a', large(80 * MIB), PNG)).rejects.toMatchObject({
        code: 'ServiceUnavailable',
      });
      expect(seen.filter(({ method }) => method === 'PUT').length).toBeLessThan(5);
      expect(seen.at(-1)).toMatchObject({ method: 'DELETE' });
    });
  });

  it.each<[string, Answer]>([
    ['nothing', {}],
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{"objects":[]}' }],
    ['another XML', xml('<Greeting>Hello</Greeting>')],
    ['a web page that calls itself XML', xml('<html><body/></html>')],
  ])('does not take %s for an empty bucket, no buckets or a removal', async (_, answer) => {
    reply = () => answer;
    const store = open();
    const refusal = { code: 'ServiceUnavailable' };
    await expect(store.list('images', { limit: 10 })).rejects.toMatchObject(refusal);
    await expect(open().listBuckets()).rejects.toMatchObject(refusal);
    await expect(open().listMultipartUploads('images')).rejects.toMatchObject(refusal);
    await expect(open().removeMany('images', ['a'])).rejects.toMatchObject(refusal);
    await expect(open().put('images', 'a', Buffer.from('a'), PNG)).rejects.toMatchObject(refusal);
  });

  it('ends a listing that leads to itself', async () => {
    const marker = '<NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>b</NextUploadIdMarker>';
    reply = () =>
      xml(
        `<ListMultipartUploadsResult><Bucket>images</Bucket>${marker}<IsTruncated>true</IsTruncated></ListMultipartUploadsResult>`,
      );
    await expect(open().listMultipartUploads('images')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(seen).toHaveLength(2);
  });

  it('takes a range that a store ignores for what it is', async () => {
    reply = () => ({
      headers: { etag: '"e"', 'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT', 'content-length': '10' },
      body: '0123456789',
    });
    const opened = await open().get('images', 'a', { range: { start: 2, end: 3 } });
    expect(opened?.range).toEqual({ start: 0, end: 9 });
  });

  it('opens new connections after a pause in which the store may have closed the old ones', async () => {
    let now = new Date();
    const ports = new Set<number | undefined>();
    server.on('request', ({ socket }) => ports.add(socket.remotePort));
    const store = open({ now: () => now });
    const head = async (): Promise<void> => {
      await store.head('images', 'a');
      // A connection is free again a moment after its answer.
      await new Promise((resolve) => setImmediate(resolve));
    };
    await head();
    await head();
    expect(ports.size).toBe(1);
    now = new Date(now.getTime() + 11_000);
    await head();
    expect(ports.size).toBe(2);
  });

  it('brings no warning of the SDK and leaves the environment as it was', async () => {
    const before = { ...process.env };
    const warn = vi.spyOn(process, 'emitWarning');
    await open().head('images', 'a');
    expect(warn).not.toHaveBeenCalled();
    expect({ ...process.env }).toEqual(before);
    warn.mockRestore();
  });
});
