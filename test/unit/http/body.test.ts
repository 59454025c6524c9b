import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { App, ReceivedImage, Receiver } from '../../../src/app.ts';
import { bootstrap } from '../../../src/bootstrap.ts';
import { createRequestBody, ownImages } from '../../../src/http/body.ts';
import type { HttpEntry, HttpRequest } from '../../../src/http/request.ts';
import { openHttpEntry } from '../../support/http-entry.ts';
import { makePng } from '../../support/png.ts';
import { createTempConfig } from '../../support/temp-config.ts';

const PNG = makePng(3, 2);
const PERSON = { name: 'n', tfs: '', email: 'n@example.com', phone: '13800138000', upwd: 'correct horse 7' };

/** How often each received image was given up, in the order of their arrival. */
let discards: number[] = [];
beforeEach(() => {
  discards = [];
});

const counting =
  (receive: Receiver): Receiver =>
  async (source, options) => {
    const image = await receive(source, options);
    const index = discards.push(0) - 1;
    const discard = async (): Promise<void> => {
      discards[index] = (discards[index] ?? 0) + 1;
      await image.discard();
    };
    return Object.assign(Object.create(Object.getPrototypeOf(image)), image, { discard });
  };

interface Part {
  readonly name: string;
  readonly value: string | Uint8Array;
}

/** A form, of which all but the last `cutOff` bytes arrive. */
function form(parts: readonly Part[], { cutOff = 0, headers = {} } = {}): Partial<HttpRequest> {
  const bytes = Buffer.concat([
    ...parts.flatMap(({ name, value }) => [
      Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"`),
      Buffer.from(typeof value === 'string' ? '\r\n\r\n' : '; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ]),
    Buffer.from('--b--\r\n'),
  ]);
  return {
    headers: new Map(Object.entries({ 'content-type': 'multipart/form-data; boundary=b', ...headers })),
    body: once(bytes.subarray(0, bytes.length - cutOff)),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const request = (parts: Partial<HttpRequest>): HttpRequest => ({
  method: 'POST',
  path: '/object/putObject',
  query: new URLSearchParams(),
  headers: new Map(),
  body: once(new Uint8Array()),
  scheme: 'http',
  ...parts,
});

describe('an image that came in a form', () => {
  let app: App;
  let entry: HttpEntry;
  let token: string;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const temp = await createTempConfig();
    remove = temp.remove;
    app = await bootstrap(temp.config, { writeLog: () => {} });
    entry = openHttpEntry({ ...app, receive: counting(app.receive) }, temp.config);
    await send('auth/register', PERSON);
    token = (await send('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd })).data.token;
  });
  afterAll(() => remove());

  const answer = async (parts: Partial<HttpRequest>) => JSON.parse(String((await entry(request(parts))).body));
  const send = (url: string, input: object) =>
    answer({
      path: `/${url}`,
      headers: new Map([['content-type', 'application/json']]),
      body: once(Buffer.from(JSON.stringify(input))),
    });
  const put = (
    parts: readonly Part[],
    { cutOff = 0, ...headers }: { cutOff?: number; [header: string]: unknown } = {},
  ) => answer(form(parts, { cutOff, headers: { authorization: `Bearer ${token}`, ...headers } }));

  const image = { name: 'picture', value: PNG };
  const bucket = { name: 'bucketName', value: 'images' };

  it.each([
    ['is stored', [bucket, image], {}, undefined],
    ['comes before its bucket', [image, bucket], {}, undefined],
    ['is followed by a field that is there twice', [bucket, image, bucket], {}, 'InvalidArgument'],
    ['is followed by a second file', [bucket, image, { ...image, name: 'other' }], {}, 'InvalidArgument'],
    [
      'is followed by a field that no route has',
      [bucket, image, { name: 'colour', value: 'red' }],
      {},
      'InvalidArgument',
    ],
    ['comes beside base64', [bucket, image, { name: 'base64', value: 'AAAA' }], {}, 'InvalidArgument'],
    [
      'comes whole in a form that is cut off',
      [bucket, image, { name: 'folder', value: 'f' }],
      { cutOff: 9 },
      'InvalidArgument',
    ],
    ['goes to a bucket that is not there', [{ ...bucket, value: 'nowhere' }, image], {}, 'NoSuchBucket'],
    ['has a key that is no key', [bucket, image], { 'idempotency-key': 'ä' }, 'InvalidArgument'],
  ])('is given up exactly once when it %s', async (_, parts, options, error) => {
    expect((await put(parts, options)).error).toBe(error);
    expect(discards).toEqual([1]);
  });

  it('is given up exactly once when it is cut off itself', async () => {
    expect((await put([bucket, image], { cutOff: PNG.length })).error).toBe('InvalidArgument');
    expect(discards.every((times) => times === 1)).toBe(true);
  });

  it('is given up exactly once each time when the call is repeated', async () => {
    const name = { name: 'objectName', value: 'repeated.png' };
    const first = await put([bucket, name, image], { 'idempotency-key': 'again' });
    expect(first).toMatchObject({ success: true });
    expect((await put([bucket, name, image], { 'idempotency-key': 'again' })).data).toEqual(first.data);
    expect(discards).toEqual([1, 1]);
  });

  it('is not received before the caller may send it', async () => {
    expect((await answer(form([bucket, image]))).error).toBe('InvalidToken');
    expect(discards).toEqual([]);
  });

  it('is given up exactly once when the entry itself breaks', async () => {
    const broken: App = {
      ...app,
      receive: counting(app.receive),
      call: async ({ body }) => {
        await body.form();
        throw new Error('broken');
      },
    };
    const { config, remove: removeConfig } = await createTempConfig();
    await expect(openHttpEntry(broken, config)(request(form([bucket, image])))).rejects.toThrow('broken');
    expect(discards).toEqual([1]);
    await removeConfig();
  });
});

describe('the body of a request', () => {
  const noImage: Receiver = () => Promise.reject(new TypeError('no image was expected'));
  const json = (value: unknown): Partial<HttpRequest> => ({
    headers: new Map([['content-type', 'application/json']]),
    body: once(Buffer.from(JSON.stringify(value))),
  });

  it.each([
    ['JSON', json({ a: 1, $token: 't', userInfo: {} }), { a: 1 }],
    ['a form', form([{ name: 'a', value: '1' }]), { a: '1' }],
    [
      'an urlencoded form',
      {
        headers: new Map([['content-type', 'application/x-www-form-urlencoded']]),
        body: once(Buffer.from('a=1&$url=x')),
      },
      { a: '1' },
    ],
    ['nothing', {}, {}],
    ['the query of GET', { method: 'GET', query: new URLSearchParams('a=1&$token=t') }, { a: '1' }],
    ['the query of HEAD', { method: 'HEAD', query: new URLSearchParams('a=1') }, { a: '1' }],
  ])('reads %s, and drops names that are the envelope’s', async (_, parts, expected) => {
    expect(await createRequestBody(request(parts), ['GET', 'POST'], noImage).json()).toEqual(expected);
  });

  it.each([
    ['a method that the route does not have', { method: 'PUT' }, 'MethodNotAllowed'],
    ['a file where none is taken', form([{ name: 'f', value: PNG }]), 'InvalidArgument'],
    ['broken JSON', { ...json(1), body: once(Buffer.from('{')) }, 'InvalidArgument'],
    ['another content type', { headers: new Map([['content-type', 'text/csv']]) }, 'UnsupportedMediaType'],
    ['a name that is there twice', { method: 'GET', query: new URLSearchParams('a=1&a=2') }, 'InvalidArgument'],
  ])('refuses %s', async (_, parts, code) => {
    await expect(createRequestBody(request(parts), ['GET', 'POST'], noImage).json()).rejects.toMatchObject({ code });
  });

  it('takes bucket and folder out of the headers of the seeds’ upload form', async () => {
    const headers = { bucket: 'images', folder: Buffer.from('图片').toString('latin1') };
    const body = createRequestBody(request(form([{ name: 'a', value: '1' }], { headers })), ['POST'], noImage);
    expect(await body.form()).toEqual({ fields: { bucketName: 'images', folder: '图片', a: '1' }, file: undefined });
  });

  it('gives up every image that was received through it, each once', async () => {
    // Only what is given up matters here.
    const images = ownImages(counting(async () => ({ discard: async () => {} }) as ReceivedImage));
    await Promise.all([images.receive(once(PNG), {}), images.receive(once(PNG), {})]);
    await images.discard();
    expect(discards).toEqual([1, 1]);
  });
});

describe('a body whose type is not the one it has', () => {
  const FORM = 'application/x-www-form-urlencoded';
  const IS_JSON = 'the body is JSON, so send application/json';
  const ANY = `application/json, multipart/form-data or ${FORM}`;

  it.each([
    ['JSON as curl -d sends it', FORM, '{"phone":1}', `The Content-Type is "${FORM}": ${IS_JSON}`],
    ['JSON after a line', `${FORM}; charset=utf-8`, '\n [1]', `The Content-Type is "${FORM}": ${IS_JSON}`],
    ['JSON of no type', undefined, '{"phone":1}', `The header Content-Type is missing: ${IS_JSON}`],
    ['a form of no type', undefined, 'phone=1', `The header Content-Type is missing: send ${ANY}`],
    ['text', 'text/plain', '{"phone":1}', `The Content-Type is "text/plain": send ${ANY}`],
  ])('%s: the refusal names what came and what to send', async (_, type, text, en) => {
    const headers = new Map(type === undefined ? [] : [['content-type', type] as const]);
    const body = createRequestBody(request({ headers, body: once(Buffer.from(text)) }), ['POST'], noReceiver);
    await expect(body.json()).rejects.toMatchObject({ code: 'UnsupportedMediaType', text: { en } });
  });

  it.each(['phone=%7B1', 'a=[1]&b={}', ''])('a form that is one, %j, is read', async (text) => {
    const headers = new Map([['content-type', FORM]]);
    const body = createRequestBody(request({ headers, body: once(Buffer.from(text)) }), ['POST'], noReceiver);
    expect(await body.json()).toEqual(Object.fromEntries(new URLSearchParams(text)));
  });
});

const noReceiver: Receiver = () => Promise.reject(new Error('no file was expected'));
