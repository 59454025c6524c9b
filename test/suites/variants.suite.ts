import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/bed.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';
const CLOCK = { now: Date.now() };
/** The default bucket, and one that is private. */
const BUCKET = 'variants';
const CLOSED = 'variants-closed';

let server: RunningServer;
let token: string;
let photo: Buffer;

const call = async (url: string, data: object, as: string | undefined = token): Promise<Answer> => {
  const response = await fetch(`${server.mountUrl}/${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(as !== undefined && { authorization: `Bearer ${as}` }) },
    body: JSON.stringify(data),
  });
  return (await response.json()) as Answer;
};

const put = async (objectName: string, bytes: Buffer, bucketName = BUCKET): Promise<string> => {
  const { data } = await call('object/putObject', { bucketName, objectName, base64: bytes.toString('base64') });
  return data.url;
};

const get = (url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Response> =>
  fetch(url, { method, headers: { accept: '*/*', ...headers } });

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
const factsOf = async (response: Response) => {
  const { format, width, height, pages } = await sharp(await bytesOf(response), { animated: true }).metadata();
  return { format, width, height, pages };
};
const errorOf = async (response: Response): Promise<unknown> => ((await response.json()) as Answer).error;

async function noise(width: number, height: number): Promise<Buffer> {
  const small = await sharp({
    create: {
      width: 40,
      height: 30,
      channels: 3,
      background: '#808080',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer();
  return sharp(small).resize(width, height, { kernel: 'cubic', fit: 'fill' }).jpeg({ quality: 92 }).toBuffer();
}

/** Where a bed keeps what. */
export interface VariantStores {
  readonly env: () => Readonly<Record<string, string>>;
  /** How many variants the store holds. */
  readonly count: (bucketName: string, folder: string) => Promise<number>;
}

/** States what is promised of images in other sizes, on whatever store they and their variants lie. */
export function describeVariants(name: string, { env, count }: VariantStores): void {
  const kept = (): Promise<number> => count(BUCKET, server.folder);

  beforeAll(async () => {
    server = await startServer({ ...env(), IMAGEPIC_DEFAULT_BUCKET: BUCKET }, () => new Date(CLOCK.now));
    const person = { phone: '13800138000', upwd: 'correct horse 7' };
    await call('auth/register', { ...person, name: 'A', tfs: '', email: 'a@example.com' }, undefined);
    token = (await call('auth/login', person, undefined)).data.token;
    await call('bucket/makeBucket', { bucketName: CLOSED });
    photo = await noise(1600, 1200);
  });
  afterAll(() => server.close());

  describe(`variants on ${name}`, () => {
    describe('what caches are told of a variant', () => {
      const FOREVER = 'public, max-age=31536000, immutable';
      const DAY = 'public, max-age=86400, stale-while-revalidate=604800';
      const SHORTLY = 'public, max-age=300, stale-while-revalidate=3600';

      it.each([
        ['of a name that says its bytes', { folder: 'cached' }, 'w=320&f=webp', FOREVER],
        ['of such a name by a preset, which an admin may change', { folder: 'cached' }, 'p=thumb', DAY],
        ['of a name that may be used again', { objectName: 'cached/again.jpg' }, 'w=320&f=webp', SHORTLY],
        ['of such a name by a preset', { objectName: 'cached/again.jpg' }, 'p=thumb', SHORTLY],
      ])('%s', async (_, named, query, caching) => {
        const base64 = photo.toString('base64');
        const { data } = await call('object/putObject', { bucketName: BUCKET, base64, ...named });
        const first = await get(`${data.url}?${query}`);
        const again = await get(`${data.url}?${query}`, { 'if-none-match': first.headers.get('etag') ?? '' });
        expect([first.status, again.status]).toEqual([200, 304]);
        expect([first, again].map(({ headers }) => headers.get('cache-control'))).toEqual([caching, caching]);
      });

      it('of what stands for it where there is no variant: to come again', async () => {
        const dot = await sharp({ create: { width: 2, height: 2, channels: 3, background: '#123' } })
          .gif()
          .toBuffer();
        const { data } = await call('object/putObject', {
          ...{ bucketName: BUCKET, base64: dot.toString('base64'), folder: 'cached' },
        });
        const { headers } = await get(`${data.url}?w=320&f=auto`);
        expect([headers.get('x-imagepic-variant'), headers.get('cache-control')]).toEqual(['none', SHORTLY]);
      });
    });

    describe('an image in another size', () => {
      it.each([
        ['p=thumb', { format: 'jpeg', width: 320, height: 320 }],
        ['p=small', { format: 'jpeg', width: 640, height: 480 }],
        ['p=medium', { format: 'jpeg', width: 1280, height: 960 }],
        ['p=large', { format: 'jpeg', width: 1600, height: 1200 }],
        ['w=320&f=webp', { format: 'webp', width: 320, height: 240 }],
        ['w=320&f=avif', { format: 'heif', width: 320, height: 240 }],
        ['w=3840&f=png', { format: 'png', width: 1600, height: 1200 }],
      ])('is open to everybody where the image is: %s', async (query, facts) => {
        const response = await get(`${await put('sizes.jpg', photo)}?${query}`);
        expect(response.status).toBe(200);
        expect(response.headers.get('x-content-type-options')).toBe('nosniff');
        expect(response.headers.get('content-security-policy')).toContain('sandbox');
        expect(await factsOf(response)).toMatchObject(facts);
      });

      it('is the smallest that the client names, and caches are told that it depends on that', async () => {
        const url = `${await put('auto.jpg', photo)}?p=small`;
        const responses = await Promise.all(['*/*', 'image/webp,*/*', CHROME].map((accept) => get(url, { accept })));
        const types = responses.map(({ headers }) => [headers.get('content-type'), headers.get('vary')]);
        expect(types).toEqual([
          ['image/jpeg', 'Accept'],
          ['image/webp', 'Accept'],
          ['image/avif', 'Accept'],
        ]);
        expect(new Set(responses.map(({ headers }) => headers.get('etag'))).size).toBe(3);
        expect((await get(`${url}&f=webp`)).headers.get('vary')).toBeNull();
      });

      it('is made once, however many ask at once, and kept', async () => {
        const url = `${await put('once.jpg', photo)}?w=960&f=webp`;
        const before = await kept();
        const all = await Promise.all(Array.from({ length: 100 }, async () => bytesOf(await get(url))));
        expect(new Set(all.map((bytes) => bytes.toString('base64'))).size).toBe(1);
        expect((await kept()) - before).toBe(1);
        const made = await sharp(photo).resize({ width: 960 }).webp({ quality: 80 }).toBuffer();
        expect(all[0]).toEqual(made);
        expect(await bytesOf(await get(url))).toEqual(made);
      });

      it('tells that a client has it already before anything is made', async () => {
        const url = `${await put('etag.jpg', photo)}?w=480&f=webp`;
        const first = await get(url, {}, 'HEAD');
        const etag = first.headers.get('etag') ?? '';
        expect(Number(first.headers.get('content-length'))).toBeGreaterThan(1000);
        expect(await bytesOf(first)).toHaveLength(0);
        const again = await get(url, { 'if-none-match': etag });
        expect([again.status, again.headers.get('etag')]).toEqual([304, etag]);
        const before = await kept();
        const other = await get(`${url.replace('480', '640')}`, { 'if-none-match': etag });
        expect([other.status, (await kept()) - before]).toEqual([200, 1]);
        expect((await get(url, { range: 'bytes=0-9' })).status).toBe(206);
      });

      it('leaves an animation one, unless it is to stand still', async () => {
        const frames = await Promise.all(
          [photo, await noise(1600, 1200)].map((each) => sharp(each).resize(200, 100).png().toBuffer()),
        );
        const gif = await sharp(frames, { join: { animated: true } })
          .gif()
          .toBuffer();
        const url = await put('moving.gif', gif);
        expect(await factsOf(await get(`${url}?w=160`, { accept: CHROME }))).toMatchObject({
          format: 'webp',
          pages: 2,
        });
        expect(await factsOf(await get(`${url}?w=160&anim=0`, { accept: CHROME }))).toMatchObject({ format: 'heif' });
      });

      it('is the image itself where nothing would be gained, and where none can be made', async () => {
        const tiny = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#ff0000' } })
          .png({ palette: true, colours: 2 })
          .toBuffer();
        const url = await put('tiny.png', tiny);
        const same = await get(`${url}?w=320`, { accept: CHROME });
        expect([same.status, same.headers.get('x-imagepic-variant'), same.headers.get('content-type')]).toEqual([
          200,
          'none',
          'image/png',
        ]);
        expect(await bytesOf(same)).toEqual(await bytesOf(await get(url)));
        // A format that was asked for is given, whatever it weighs.
        expect((await get(`${url}?w=320&f=webp`)).headers.get('content-type')).toBe('image/webp');
        // A PNG whose pixels are no deflate stream has a head that is whole.
        const broken = Buffer.concat([tiny.subarray(0, 33), tiny.subarray(-12)]);
        const stored = await call('object/putObject', {
          bucketName: BUCKET,
          objectName: 'x.png',
          base64: broken.toString('base64'),
        });
        expect(stored.error).toBe('InvalidImage');
      });

      it.each([
        ['w=0', 'w'],
        ['w=320&w=320', 'w'],
        ['f=bmp', 'f'],
        ['p=nothing', 'p'],
        ['p=__proto__', 'p'],
        ['p=thumb&w=320', 'p'],
      ])('is refused with the name of what is wrong: %s', async (query, name) => {
        const url = await put('wrong.jpg', photo);
        const response = await get(`${url}?${query}`, { authorization: `Bearer ${token}`, 'accept-language': 'en' });
        expect(response.status).toBe(400);
        const { error, data } = (await response.json()) as Answer;
        expect([error, data.fields]).toEqual(['InvalidArgument', [name]]);
      });
    });

    describe('free parameters', () => {
      it('want a signature or a member', async () => {
        const url = `${await put('free.jpg', photo)}?w=123&h=45`;
        expect(await errorOf(await get(url))).toBe('AccessDenied');
        expect(await factsOf(await get(url, { authorization: `Bearer ${token}` }))).toMatchObject({
          width: 123,
          height: 45,
        });
        const place = { bucketName: BUCKET, objectName: 'free.jpg' };
        const { data } = await call('image/variantUrl', {
          ...place,
          parameters: { w: 123, h: 45, f: 'webp' },
          expiry: 60,
        });
        expect(await factsOf(await get(data.url))).toEqual({
          format: 'webp',
          width: 123,
          height: 45,
          pages: undefined,
        });
        expect(new Date(data.expiresAt).getTime() - CLOCK.now).toBe(60_000);
        expect(await errorOf(await get(data.url.replace('w=123', 'w=124')))).toBe('AccessDenied');
        CLOCK.now += 61_000;
        expect(await errorOf(await get(data.url))).toBe('AccessDenied');
      });

      it('need none where they are open, and are refused where no address may have them', async () => {
        const url = await put('open.jpg', photo);
        const place = { bucketName: BUCKET, objectName: 'open.jpg' };
        expect((await call('image/variantUrl', { ...place, parameters: { p: 'thumb' } })).data).toEqual({
          url: `${url}?p=thumb`,
        });
        expect((await call('image/variantUrl', { ...place, parameters: {} })).data).toEqual({ url });
        expect(await call('image/variantUrl', { ...place, parameters: { rot: 45 } })).toMatchObject({
          error: 'InvalidArgument',
          data: { fields: ['rot'] },
        });
        expect((await call('image/variantUrl', { ...place, objectName: 'none.jpg', parameters: {} })).error).toBe(
          'NoSuchKey',
        );
      });
    });

    describe('a private image', () => {
      it('is shown in any size to whoever may see it, and to nobody else', async () => {
        const url = `${await put('secret.jpg', photo, CLOSED)}?p=thumb`;
        for (const as of [{}, { authorization: 'Bearer x' }]) {
          expect([401, 404]).toContain((await get(url, as)).status);
        }
        expect(await errorOf(await get(url))).toBe(await errorOf(await get(url.replace('secret', 'none'))));
        const mine = await get(url, { authorization: `Bearer ${token}` });
        expect([mine.status, mine.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
      });

      it('may be lent by its address for a while, as long as its lender may see it', async () => {
        await put('lent.jpg', photo, CLOSED);
        const place = { bucketName: CLOSED, objectName: 'lent.jpg' };
        const { data } = await call('image/variantUrl', { ...place, parameters: { p: 'thumb' }, expiry: 600 });
        const lent = await get(data.url);
        expect([lent.status, lent.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
        expect(await errorOf(await get(data.url.replace('lent.jpg', 'secret.jpg')))).toBe('AccessDenied');
        await call('auth/logoutAll', {});
        token = (await call('auth/login', { phone: '13800138000', upwd: 'correct horse 7' }, undefined)).data.token;
        expect(await errorOf(await get(data.url))).toBe('AccessDenied');
      });
    });

    describe('presets', () => {
      it('are added by an admin, and beside them are those of every bed', async () => {
        const url = await put('preset.jpg', photo);
        const presets = { avatar: { w: 96, h: 96, fit: 'cover', f: 'webp' } };
        const { data } = await call('image/setPresets', { presets });
        expect(Object.keys(data.presets)).toEqual(['thumb', 'small', 'medium', 'large', 'avatar']);
        expect(await factsOf(await get(`${url}?p=avatar`))).toMatchObject({ format: 'webp', width: 96, height: 96 });
        expect(await factsOf(await get(`${url}?p=avatar&f=png`))).toMatchObject({ format: 'png', width: 96 });
        expect(await call('image/setPresets', { presets: { bad: { w: '1e9' } } })).toMatchObject({
          error: 'InvalidArgument',
        });
        expect((await call('image/getPresets', {})).data.presets.avatar).toEqual({
          w: '96',
          h: '96',
          fit: 'cover',
          f: 'webp',
        });
      });
    });

    describe('what was made of an image', () => {
      it.each([
        ['is removed', (place: object) => call('object/removeObject', place)],
        [
          'is moved',
          (place: object) => call('object/moveObject', { ...place, toObjectName: `moved-${CLOCK.now}.jpg` }),
        ],
        ['is purged', (place: object) => call('image/purgeVariants', place)],
      ])('goes when the image %s', async (_, act) => {
        const before = await kept();
        const url = await put('gone.jpg', photo);
        await bytesOf(await get(`${url}?w=160&f=webp`));
        await bytesOf(await get(`${url}?w=320&f=webp`));
        expect((await kept()) - before).toBe(2);
        expect((await act({ bucketName: BUCKET, objectName: 'gone.jpg' })).code).toBe('0');
        expect((await kept()) - before).toBe(0);
      });

      it('goes when another image takes its place, of which another is made', async () => {
        const url = await put('again.jpg', photo);
        const first = await get(`${url}?w=160&f=webp`);
        await put('again.jpg', await noise(800, 800));
        const second = await get(`${url}?w=160&f=webp`, { 'if-none-match': first.headers.get('etag') ?? '' });
        expect(await factsOf(second)).toMatchObject({ width: 160, height: 160 });
      });

      it('is out of reach as an object of its own', async () => {
        expect((await call('object/listObjects', { bucketName: BUCKET, prefix: '.imagepic/' })).data.lists).toEqual([]);
        const response = await get(
          `${server.mountUrl}/i/${BUCKET}/.imagepic/variants/aa/b/c/400x-inside-center-q80.webp`,
        );
        expect(response.status).toBe(400);
      });
    });

    describe('a bed that makes no variants', () => {
      it('shows the image as it is, and says so', async () => {
        const plain = await startServer({ IMAGEPIC_TRANSFORMER: 'none', IMAGEPIC_DEFAULT_BUCKET: BUCKET });
        try {
          const post = async (route: string, body: object, as?: string): Promise<Answer> => {
            const headers = {
              'content-type': 'application/json',
              ...(as !== undefined && { authorization: `Bearer ${as}` }),
            };
            const init = { method: 'POST', headers, body: JSON.stringify(body) };
            return (await (await fetch(`${plain.mountUrl}/${route}`, init)).json()) as Answer;
          };
          const person = { phone: '13800138000', upwd: 'correct horse 7' };
          await post('auth/register', { ...person, name: 'A', tfs: '', email: 'a@example.com' });
          const { data } = await post('auth/login', person);
          const base64 = photo.toString('base64');
          const stored = await post(
            'object/putObject',
            { bucketName: BUCKET, objectName: 'a.jpg', base64 },
            data.token,
          );
          const response = await get(`${stored.data.url}?p=thumb`, { accept: CHROME });
          expect([response.status, response.headers.get('x-imagepic-variant')]).toEqual([200, 'none']);
          expect(response.headers.get('content-type')).toBe('image/jpeg');
          expect((await get(`${stored.data.url}?p=none`)).status).toBe(400);
        } finally {
          await plain.close();
        }
      });
    });
  });
}
