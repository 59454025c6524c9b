import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Answer, PNG, type Seen, useScriptedStore, xml } from '../../../../support/scripted-store.ts';

describe('what goes over the wire', () => {
  const wire = useScriptedStore();
  afterEach(() => void vi.useRealTimers());

  const names = ({ headers }: Seen): readonly string[] => Object.keys(headers);

  it('has no checksum beside the signature, and a type, a length and metadata', async () => {
    await wire.open().put('images', 'a b/图.png', Buffer.from('bytes'), { ...PNG, metadata: { Owner: '用户' } });
    const [put] = wire.seen;
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

  it.each([100, 300_000])('takes the hash of %i bytes from whoever has it', async (size) => {
    const bytes = Buffer.alloc(size, 'x');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const body = {
      size,
      async *open() {
        yield bytes;
      },
    };
    await wire.open().put('images', 'a.png', body, { ...PNG, sha256 });
    expect(wire.seen[0]?.headers['x-amz-content-sha256']).toBe(sha256);
    expect(wire.seen[0]?.body).toHaveLength(size);
  });

  it('streams a larger body with its length and without a hash, not in chunks of its own', async () => {
    const body = {
      size: 300_000,
      async *open() {
        yield Buffer.alloc(300_000, 'x');
      },
    };
    await wire.open().put('images', 'a.png', body, PNG);
    expect(wire.seen[0]?.headers).toMatchObject({
      'content-length': '300000',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    });
    expect(wire.seen[0]?.headers['transfer-encoding']).toBeUndefined();
    expect(wire.seen[0]?.body).toHaveLength(300_000);
  });

  it.each(['s3', 'cos'] as const)('removes many with a Content-MD5 and no other checksum for %s', async (flavour) => {
    wire.reply = () => xml('<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>');
    await wire.open({ flavour }).removeMany('images', ['a', 'b & c']);
    const { headers = {}, body = '' }: Partial<Seen> = wire.seen[0] ?? {};
    expect(headers['content-md5']).toBe(createHash('md5').update(body).digest('base64'));
    expect(Object.keys(headers).filter((name) => /checksum/.test(name))).toEqual([]);
    expect(body).toContain('<Key>b &amp; c</Key>');
  });

  it('removes one by one where a store cannot remove many', async () => {
    wire.reply = ({ method }) =>
      method === 'POST' ? { ...xml('<Error><Code>NotImplemented</Code></Error>'), status: 501 } : { status: 204 };
    expect(await wire.open().removeMany('images', ['a', 'b'])).toEqual([]);
    expect(wire.seen.map(({ method }) => method)).toEqual(['POST', 'DELETE', 'DELETE']);
  });

  it('says which keys a store would not remove, and why', async () => {
    const error = '<Error><Key>b</Key><Code>AccessDenied</Code><Message>No</Message></Error>';
    wire.reply = () => xml(`<DeleteResult><Deleted><Key>a</Key></Deleted>${error}</DeleteResult>`);
    expect(await wire.open().removeMany('images', ['a', 'b'])).toMatchObject([
      { key: 'b', cause: { code: 'ServiceUnavailable', message: expect.stringContaining('permission') } },
    ]);
  });

  it('asks s3 itself not to overwrite', async () => {
    await wire.open().put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    expect(wire.seen.map(({ method }) => method)).toEqual(['PUT']);
    expect(wire.seen[0]?.headers).toMatchObject({ 'if-none-match': '*' });
    wire.reply = () => ({ ...xml('<Error><Code>PreconditionFailed</Code></Error>'), status: 412 });
    expect(await wire.open().put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' })).toBeUndefined();
  });

  it('looks first on cos, and uses the header that cos knows', async () => {
    const cos = wire.open({ flavour: 'cos' });
    await cos.put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    expect(wire.seen.map(({ method }) => method)).toEqual(['HEAD', 'PUT']);
    expect(wire.seen[1]?.headers).toMatchObject({ 'x-cos-forbid-overwrite': 'true' });
    expect(wire.seen[1]?.headers['if-none-match']).toBeUndefined();
    wire.reply = ({ method }) =>
      method === 'HEAD' ? { status: 404 } : { ...xml('<Error><Code>FileAlreadyExists</Code></Error>'), status: 409 };
    expect(await cos.put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' })).toBeUndefined();
  });

  it('keeps metadata on cos whichever of two prefixes it knows', async () => {
    const cos = wire.open({ flavour: 'cos' });
    await cos.put('images', 'a', Buffer.from('a'), { ...PNG, metadata: { owner: 'u_1' } });
    expect(wire.seen[0]?.headers).toMatchObject({ 'x-amz-meta-owner': 'u_1', 'x-cos-meta-owner': 'u_1' });
    expect(String(wire.seen[0]?.headers.authorization)).toContain('x-cos-meta-owner');
    const described = { etag: '"e"', 'content-length': '1', 'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT' };
    for (const prefix of ['x-amz-meta-', 'x-cos-meta-']) {
      wire.reply = () => ({ headers: { ...described, [`${prefix}owner`]: 'u_1' } });
      expect((await cos.head('images', 'a'))?.metadata).toEqual({ owner: 'u_1' });
    }
  });

  it('names its region to a new bucket on AWS only', async () => {
    wire.reply = ({ method }) => ({ status: method === 'HEAD' ? 404 : 200 });
    expect(await wire.open().makeBucket('images')).toBe(true);
    expect(wire.seen[1]).toMatchObject({ method: 'PUT', body: '' });
  });

  it('copies from a key with reserved characters, and sends a session token', async () => {
    const head = {
      etag: '"e"',
      'content-length': '3',
      'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT',
      'x-amz-meta-a': '1',
    };
    wire.reply = ({ method }) =>
      method === 'HEAD' ? { headers: head } : xml('<CopyObjectResult><ETag>"f"</ETag></CopyObjectResult>');
    const store = wire.open({
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' },
    });
    const source = { bucket: 'images', key: '图/a+b %?#.png' };
    expect(await store.copy(source, { bucket: 'images', key: 'b' }, { contentType: 'image/gif' })).toEqual({
      etag: 'f',
    });
    expect(wire.seen[1]?.headers).toMatchObject({
      'x-amz-copy-source': 'images/%E5%9B%BE/a%2Bb%20%25%3F%23.png',
      'x-amz-metadata-directive': 'REPLACE',
      'content-type': 'image/gif',
      'x-amz-meta-a': '1',
      'x-amz-security-token': 'token',
    });
  });

  it('tries three times what a busy store refuses, and then works', async () => {
    wire.reply = () =>
      wire.seen.length < 3
        ? { ...xml('<Error><Code>SlowDown</Code></Error>'), status: 503 }
        : { headers: { etag: '"e"' } };
    const put = await wire.open().put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    expect(put).toEqual({ etag: 'e' });
    expect(wire.seen).toHaveLength(3);
  });

  it('does not repeat a conditional put whose fate is unknown', async () => {
    wire.reply = () => ({ status: 500 });
    const put = wire.open().put('images', 'a', Buffer.from('a'), { ...PNG, ifNoneMatch: '*' });
    await expect(put).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(wire.seen).toHaveLength(1);
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
    wire.reply = () => (wire.seen.length < 2 ? { status: 500 } : { headers: { etag: '"e"' } });
    expect(await wire.open().put('images', 'a', body, PNG)).toEqual({ etag: 'e' });
    expect(opened).toBe(2);
    expect(wire.seen[1]?.body).toHaveLength(300_000);
  });

  it.each<[string, Answer]>([
    ['nothing', {}],
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{"objects":[]}' }],
    ['another XML', xml('<Greeting>Hello</Greeting>')],
    ['a web page that calls itself XML', xml('<html><body/></html>')],
  ])('does not take %s for an empty bucket, no buckets or a removal', async (_, answer) => {
    wire.reply = () => answer;
    const store = wire.open();
    const refusal = { code: 'ServiceUnavailable' };
    await expect(store.list('images', { limit: 10 })).rejects.toMatchObject(refusal);
    await expect(wire.open().listBuckets()).rejects.toMatchObject(refusal);
    await expect(wire.open().listMultipartUploads('images')).rejects.toMatchObject(refusal);
    await expect(wire.open().removeMany('images', ['a'])).rejects.toMatchObject(refusal);
    await expect(wire.open().put('images', 'a', Buffer.from('a'), PNG)).rejects.toMatchObject(refusal);
  });

  it('ends a listing that leads to itself', async () => {
    const marker = '<NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>b</NextUploadIdMarker>';
    wire.reply = () =>
      xml(
        `<ListMultipartUploadsResult><Bucket>images</Bucket>${marker}<IsTruncated>true</IsTruncated></ListMultipartUploadsResult>`,
      );
    await expect(wire.open().listMultipartUploads('images')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(wire.seen).toHaveLength(2);
  });

  it('takes a range that a store ignores for what it is', async () => {
    wire.reply = () => ({
      headers: { etag: '"e"', 'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT', 'content-length': '10' },
      body: '0123456789',
    });
    const opened = await wire.open().get('images', 'a', { range: { start: 2, end: 3 } });
    expect(opened?.object.size).toBe(10);
    expect(opened?.range).toBeUndefined();
  });

  it('opens new connections after a pause in which the store may have closed the old ones', async () => {
    let now = new Date();
    const ports = new Set<number | undefined>();
    wire.server.on('request', ({ socket }) => ports.add(socket.remotePort));
    const store = wire.open({ now: () => now });
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
    await wire.open().head('images', 'a');
    expect(warn).not.toHaveBeenCalled();
    expect({ ...process.env }).toEqual(before);
    warn.mockRestore();
  });
});
