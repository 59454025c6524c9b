import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RedirectSource, Transformation } from '../../../../src/ports/image-transformer.ts';
import { signCosRequest } from '../../../../src/transformers/cos/signature.ts';
import { createCosRedirects, toOperations } from '../../../../src/transformers/cos/variant-redirects.ts';

const SOURCE: RedirectSource = {
  bucketName: 'img-1250000000',
  objectName: '图片/a b+c.png',
  contentType: 'image/jpeg',
  size: 1_000_000,
  width: 1600,
  height: 1200,
};
const PLAIN: Transformation = {
  fit: 'inside',
  gravity: 'center',
  rotate: 0,
  format: 'webp',
  quality: 80,
  isAnimated: true,
};
const KEYS = { accessKeyId: 'AKIDexample', secretAccessKey: 'secretexample' };
const TIMES = { method: 'get', from: 1557989753, until: 1557996953 } as const;
const UPRIGHT = 'imageMogr2/auto-orient';
const END = '/format/webp/quality/80/ignore-error/1';

describe('the signature of COS itself', () => {
  // What getAuthorization of cos-nodejs-sdk-v5 2.14.6 gave for the same request.
  it('is what the SDK of COS makes of a picture and its operations', () => {
    const signed = signCosRequest(KEYS, {
      ...TIMES,
      path: '/图片/a b+c.png',
      parameters: { 'imageMogr2/auto-orient/thumbnail/320x>|imageMogr2/format/webp/quality/80': '' },
      headers: { Host: 'img-1250000000.cos.ap-shanghai.myqcloud.com' },
    });
    expect(signed).toMatchObject({
      'q-ak': 'AKIDexample',
      'q-sign-time': '1557989753;1557996953',
      'q-header-list': 'host',
      'q-url-param-list': 'imagemogr2%2fauto-orient%2fthumbnail%2f320x%3e%7cimagemogr2%2fformat%2fwebp%2fquality%2f80',
      'q-signature': '4382c1042619b01797ec247d11952a7470a2d89f',
    });
  });

  // https://cloud.tencent.com/document/product/436/7778 prints this digest of a download; its secret is masked.
  it('signs the request that the documentation prints', () => {
    const signed = signCosRequest(KEYS, {
      ...TIMES,
      path: '/exampleobject(腾讯云)',
      parameters: { 'response-content-type': 'application/octet-stream', 'response-cache-control': 'max-age=600' },
      headers: {
        Date: 'Thu, 16 May 2019 06:55:53 GMT',
        Host: 'examplebucket-1250000000.cos.ap-beijing.myqcloud.com',
      },
    });
    const hmac = (key: string, text: string) => createHmac('sha1', key).update(text).digest('hex');
    const time = '1557989753;1557996953';
    const documented = `sha1\n${time}\n54ecfe22f59d3514fdc764b87a32d8133ea611e6\n`;
    expect(signed['q-signature']).toBe(hmac(hmac(KEYS.secretAccessKey, time), documented));
    expect(signed['q-header-list']).toBe('date;host');
  });
});

describe('the words of COS for', () => {
  it.each<[string, Partial<Transformation>, string]>([
    ['a format alone', {}, `|imageMogr2${END}`],
    ['a width', { width: 320 }, `|imageMogr2/thumbnail/320x|imageMogr2${END}`],
    ['a width beyond its own', { width: 4000 }, `|imageMogr2/thumbnail/1600x|imageMogr2${END}`],
    ['a height', { height: 300 }, `|imageMogr2/thumbnail/x300|imageMogr2${END}`],
    ['a box that it fits in', { width: 320, height: 200 }, `|imageMogr2/thumbnail/320x200>|imageMogr2${END}`],
    [
      'a box that it fills',
      { width: 320, height: 320, fit: 'cover' },
      `|imageMogr2/thumbnail/!320x320r/gravity/center/crop/320x320|imageMogr2${END}`,
    ],
    [
      'a box larger than it is',
      { width: 3200, height: 3200, fit: 'cover' },
      `|imageMogr2/thumbnail/!1200x1200r/gravity/center/crop/1200x1200|imageMogr2${END}`,
    ],
    [
      'what draws the eye',
      { width: 320, height: 320, fit: 'cover', gravity: 'smart' },
      `|imageMogr2/scrop/320x320|imageMogr2${END}`,
    ],
    [
      'a point',
      { width: 300, height: 300, fit: 'cover', gravity: { x: 1, y: 0 } },
      `|imageMogr2/thumbnail/400x300!|imageMogr2/cut/300x300x100x0${END}`,
    ],
    [
      'a ground about it',
      { width: 300, height: 300, fit: 'contain', background: '3d3d3d' },
      `|imageMogr2/thumbnail/300x300/pad/1/color/IzNkM2QzZA|imageMogr2${END}`,
    ],
    [
      'a turn, after which its sides change places',
      { width: 4000, rotate: 90 },
      `/rotate/90|imageMogr2/thumbnail/1200x|imageMogr2${END}`,
    ],
    ['a blur', { blur: 2.5 }, `|imageMogr2/blur/8x2.5${END}`],
    ['a strong blur', { blur: 90 }, `|imageMogr2/blur/50x90${END}`],
    ['a JPEG', { format: 'jpeg', quality: 60 }, '|imageMogr2/format/jpg/quality/60/ignore-error/1'],
    ['a PNG', { format: 'png' }, '|imageMogr2/format/png/ignore-error/1'],
    ['an AVIF', { format: 'avif', quality: 55 }, '|imageMogr2/format/avif/quality/55/ignore-error/1'],
  ])('%s', (_, to, expected) => {
    expect(toOperations(SOURCE, { ...PLAIN, ...to })).toBe(`${UPRIGHT}${expected}`);
  });

  it.each<[string, Partial<RedirectSource>, Partial<Transformation>, string | undefined]>([
    ['a GIF', { contentType: 'image/gif' }, {}, `${UPRIGHT}|imageMogr2/cgif/1${END}`],
    ['a JPEG', {}, {}, `${UPRIGHT}|imageMogr2${END}`],
    ['a WebP that stays one', { contentType: 'image/webp' }, {}, undefined],
    [
      'a WebP that becomes a JPEG',
      { contentType: 'image/webp' },
      { format: 'jpeg' },
      `${UPRIGHT}|imageMogr2/format/jpg/quality/80/ignore-error/1`,
    ],
  ])('the first frame of %s', (_, source, to, expected) => {
    expect(toOperations({ ...SOURCE, ...source }, { ...PLAIN, ...to, isAnimated: false })).toBe(expected);
  });

  it.each<[string, Partial<RedirectSource>, Partial<Transformation>]>([
    ['of which nobody noted the size', { width: undefined }, {}],
    ['of more than 32 MiB', { size: 32 * 1024 * 1024 + 1 }, {}],
    ['of more than 250 million pixels', { width: 25_001, height: 10_000 }, {}],
    ['that would be too long', { width: 12_000, height: 100 }, { width: 10_000 }],
    ['that has a ground of a colour behind it', {}, { background: '336699' }],
  ])('a picture %s are none', (_, source, to) => {
    expect(toOperations({ ...SOURCE, ...source }, { ...PLAIN, ...to })).toBeUndefined();
  });
});

describe('an address of a variant in COS', () => {
  const clock = { now: Date.parse('2026-05-16T06:05:53Z') };
  const redirects = createCosRedirects({
    ...KEYS,
    region: 'ap-shanghai',
    sessionToken: 'token+/=',
    now: () => new Date(clock.now),
  });

  it('leads to the bucket of the picture, with all operations under its signature', () => {
    const url = redirects.toUrl(SOURCE, { ...PLAIN, width: 320 }) ?? '';
    expect(url).toMatch(
      /^https:\/\/img-1250000000\.cos\.ap-shanghai\.myqcloud\.com\/%E5%9B%BE%E7%89%87\/a%20b%2Bc\.png\?q-sign-algorithm=sha1&/,
    );
    const query = new URL(url).searchParams;
    const [operations = ''] = [...query.keys()].slice(-1);
    expect(operations).toBe(toOperations(SOURCE, { ...PLAIN, width: 320 }));
    expect(decodeURIComponent(query.get('q-url-param-list') ?? '')).toBe(operations.toLowerCase());
    expect(query.get('x-cos-security-token')).toBe('token+/=');
    const [from = 0, until = 0] = (query.get('q-sign-time') ?? '').split(';').map(Number);
    const again = signCosRequest(KEYS, {
      method: 'get',
      path: '/图片/a b+c.png',
      parameters: { [operations]: '' },
      headers: { host: 'img-1250000000.cos.ap-shanghai.myqcloud.com' },
      from,
      until,
    });
    expect(query.get('q-signature')).toBe(again['q-signature']);
    expect(until - clock.now / 1000).toBeGreaterThanOrEqual(redirects.holdsSeconds);
  });

  it('stays the same for an hour, so that a browser has it already', () => {
    const first = redirects.toUrl(SOURCE, PLAIN);
    clock.now += 50 * 60_000;
    expect(redirects.toUrl(SOURCE, PLAIN)).toBe(first);
    clock.now += 10 * 60_000;
    expect(redirects.toUrl(SOURCE, PLAIN)).not.toBe(first);
  });

  it('is none of what COS cannot make', () => {
    expect(redirects.toUrl({ ...SOURCE, height: undefined }, PLAIN)).toBeUndefined();
  });

  it('leads below the endpoint that is set', () => {
    const own = createCosRedirects({ ...KEYS, region: 'x', endpoint: 'http://localhost:8080', now: () => new Date(0) });
    expect(own.toUrl(SOURCE, PLAIN)).toMatch(/^http:\/\/img-1250000000\.localhost:8080\//);
  });
});
