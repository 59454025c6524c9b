import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Answer, PNG, type Seen, useScriptedStore, xml } from '../../../../support/scripted-store.ts';

describe('a large object', () => {
  const wire = useScriptedStore();

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
    wire.reply = answer;
    const put = await wire.open().put('images', 'a', large(17 * MIB), { ...PNG, metadata: { owner: 'u_1' } });
    expect(put).toEqual({ etag: 'e-3' });
    expect(wire.seen[0]?.headers).toMatchObject({ 'content-type': 'image/png', 'x-amz-meta-owner': 'u_1' });
    const parts = wire.seen
      .filter(({ method }) => method === 'PUT')
      .map(({ url, headers }) => [partOf(url), headers['content-length']]);
    expect(parts.sort()).toEqual([
      ['1', String(8 * MIB)],
      ['2', String(8 * MIB)],
      ['3', String(MIB)],
    ]);
    expect(wire.seen.at(-1)?.body.match(/<PartNumber>\d/g)).toEqual([1, 2, 3].map((number) => `<PartNumber>${number}`));
    expect(wire.seen.at(-1)?.headers['if-none-match']).toBeUndefined();
  });

  it('has the etag of its parts where the store leaves that out, and is not put over another if asked', async () => {
    const silent = xml('<CompleteMultipartUploadResult><Key>a</Key><ETag></ETag></CompleteMultipartUploadResult>');
    wire.reply = (request) =>
      request.method === 'POST' && !request.url.includes('uploads') ? silent : answer(request);
    const put = await wire.open().put('images', 'a', large(17 * MIB), { ...PNG, ifNoneMatch: '*' });
    expect(put?.etag).toMatch(/^[0-9a-f]{32}-3$/);
    expect(wire.seen[0]?.method).toBe('HEAD');
    expect(wire.seen.at(-1)?.headers).toMatchObject({ 'if-none-match': '*' });
  });

  it('leaves no parts when its source fails, and fails as the source did', async () => {
    wire.reply = answer;
    const broken = large(17 * MIB, () => {
      throw new Error('The line went dead');
    });
    await expect(wire.open().put('images', 'a', broken, PNG)).rejects.toThrow('The line went dead');
    expect(wire.seen.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('uploadId=u1') });
  });

  it('sends no part more when one was refused', async () => {
    wire.reply = (request) =>
      partOf(request.url) === '1'
        ? { ...xml('<Error><Code>AccessDenied</Code></Error>'), status: 403 }
        : answer(request);
    await expect(wire.open().put('images', 'a', large(80 * MIB), PNG)).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    expect(wire.seen.filter(({ method }) => method === 'PUT').length).toBeLessThan(5);
    expect(wire.seen.at(-1)).toMatchObject({ method: 'DELETE' });
  });
});
