import { describe, expect, it } from 'vitest';
import type { PresignedRequest } from '../../../../../src/ports/object-store.ts';
import { createSignedUrls } from '../../../../../src/stores/objects/file-system/signed-urls.ts';

const KEY = Buffer.alloc(32, 7);
const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const TARGET = { bucket: 'images', key: 'a/猫 b.png' };
const PUT = { expiresInSeconds: 60, mountUrl: 'https://example.com/imagepic', contentType: 'image/png', size: 1000 };

describe('signed URLs', () => {
  let time = START;
  const urls = createSignedUrls({ key: KEY }, () => new Date(time));
  const at = <T>(milliseconds: number, work: () => T): T => {
    time = START + milliseconds;
    try {
      return work();
    } finally {
      time = START;
    }
  };
  const queryOf = ({ url }: PresignedRequest): URLSearchParams => new URL(url).searchParams;
  const verify = (query: URLSearchParams, method = 'PUT', bucket = TARGET.bucket, key = TARGET.key) =>
    urls.verify(method, bucket, key, query);
  const signed = (): URLSearchParams => queryOf(urls.sign('PUT', TARGET, PUT));

  it('name bucket and key in the path, by RFC 3986, below the mount', () => {
    const { url } = urls.sign(
      'GET',
      { bucket: 'images', key: `a b/猫!'()*~%2f.png` },
      { ...PUT, mountUrl: 'https://example.com/imagepic/' },
    );
    expect(new URL(url).pathname).toBe('/imagepic/s/images/a%20b/%E7%8C%AB%21%27%28%29%2A~%252f.png');
  });

  it('allow what was signed', () => {
    expect(verify(signed())).toEqual({ contentType: 'image/png', size: 1000 });
    const part = queryOf(
      urls.sign('PUT', TARGET, { ...PUT, contentType: '', size: 0, uploadId: 'u', partNumber: 10_000 }),
    );
    expect(verify(part)).toEqual({ contentType: '', size: 0, uploadId: 'u', partNumber: 10_000 });
  });

  it('hold until the very second at which they expire', () => {
    const { expiresAt } = urls.sign('PUT', TARGET, PUT);
    expect(expiresAt).toEqual(new Date('2026-01-02T03:05:05.000Z'));
    expect(at(59_321, () => verify(signed()))).toBeDefined();
    const query = signed();
    expect(at(59_321, () => verify(query))).toBeDefined();
    expect(at(59_322, () => verify(query))).toBeUndefined();
    expect(at(10 * 86_400_000, () => verify(query))).toBeUndefined();
  });

  it.each([0, -1, 1.5, 604_801, Number.NaN])('do not hold for %d seconds', (expiresInSeconds) => {
    expect(() => urls.sign('GET', TARGET, { ...PUT, expiresInSeconds })).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });

  it.each(['', '/a', 'a/../b', '..', 'a//b', 'a\0'])('are not made for the key %j', (key) => {
    expect(() => urls.sign('GET', { bucket: 'images', key }, PUT)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });

  it.each<[string, (query: URLSearchParams) => void]>([
    ['another method', (query) => query.set('X-Imagepic-Method', 'GET')],
    ['a later expiry', (query) => query.set('X-Imagepic-Expires', '9999999999')],
    ['no expiry', (query) => query.delete('X-Imagepic-Expires')],
    ['an expiry that is no number', (query) => query.set('X-Imagepic-Expires', 'never')],
    ['another type', (query) => query.set('X-Imagepic-Content-Type', 'text/html')],
    ['no type', (query) => query.delete('X-Imagepic-Content-Type')],
    ['another size', (query) => query.set('X-Imagepic-Size', '1001')],
    ['the same size written otherwise', (query) => query.set('X-Imagepic-Size', '01000')],
    ['no size', (query) => query.delete('X-Imagepic-Size')],
    ['an upload', (query) => query.set('X-Imagepic-Upload-Id', 'u')],
    ['a part', (query) => query.set('X-Imagepic-Part-Number', '1')],
    ['no signature', (query) => query.delete('X-Imagepic-Signature')],
    ['an empty signature', (query) => query.set('X-Imagepic-Signature', '')],
    [
      'a shorter signature',
      (query) => query.set('X-Imagepic-Signature', query.get('X-Imagepic-Signature')!.slice(0, -1)),
    ],
    ['a padded signature', (query) => query.set('X-Imagepic-Signature', `${query.get('X-Imagepic-Signature')}=`)],
    ['a long signature', (query) => query.set('X-Imagepic-Signature', 'A'.repeat(100_000))],
    ['a second size', (query) => query.append('X-Imagepic-Size', '1000')],
    ['a second method', (query) => query.append('X-Imagepic-Method', 'PUT')],
    ['a second signature', (query) => query.append('X-Imagepic-Signature', query.get('X-Imagepic-Signature')!)],
    ['something unknown', (query) => query.set('versionId', '1')],
    ['a name in other case', (query) => query.set('x-imagepic-size', '1')],
  ])('are refused with %s', (_, change) => {
    const query = signed();
    change(query);
    expect(verify(query)).toBeUndefined();
  });

  it('are refused for any other spelling of the signature', () => {
    const query = signed();
    const signature = query.get('X-Imagepic-Signature')!;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const last of alphabet) {
      query.set('X-Imagepic-Signature', signature.slice(0, -1) + last);
      expect(verify(query) !== undefined).toBe(signature.endsWith(last));
    }
  });

  it.each([
    ['GET', 'images', TARGET.key],
    ['put', 'images', TARGET.key],
    ['PUT', 'other', TARGET.key],
    ['PUT', 'images/a', '猫 b.png'],
    ['PUT', 'images', 'a'],
    ['PUT', 'images', ''],
  ])('are refused for %s %s %s', (method, bucket, key) => {
    expect(verify(signed(), method, bucket, key)).toBeUndefined();
  });

  it('are refused when another key signed them', () => {
    const others = createSignedUrls({ key: Buffer.alloc(32, 8) }, () => new Date(START));
    expect(verify(queryOf(others.sign('PUT', TARGET, PUT)))).toBeUndefined();
  });

  it('are not made with a short key', () => {
    expect(() => createSignedUrls({ key: Buffer.alloc(31) }, () => new Date())).toThrow(TypeError);
  });
});
