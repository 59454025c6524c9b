import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocument } from '../../src/build/openapi/document.ts';
import { makePng } from '../support/png.ts';
import { chevereto, easyImages, lankongV1, lankongV2, obsidian, smMs } from '../support/recorded-requests/clients.ts';
import {
  filePart,
  formRequest,
  type RecordedRequest,
  textPart,
} from '../support/recorded-requests/recorded-request.ts';
import { type ClientBed, HTML, OTHER_PICTURE, openClientBed, PICTURE, type Reply } from './client-bed.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tests walk through JSON, whose shape the linter judges
type Any = any;

const document: Any = JSON.parse(JSON.stringify(await createDocument()));
const operations: readonly (readonly [string, Any])[] = Object.entries<object>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries<Any>(methods)
      .filter(([, { tags }]) => tags.includes('clients') || tags.includes('session'))
      .map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
);

/** The same schema without anything that it does not name; `details` are as open as refusals are many. */
const close = (schema: Any): Any => {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([name, each]) => [name, close(each)]));
  return 'required' in schema && 'properties' in schema ? { ...closed, additionalProperties: false } : closed;
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
const { Failure, ErrorCode, ...shapes } = document.components.schemas;
ajv.addSchema({ $id: 'bed', components: { schemas: { ...close(shapes), Failure, ErrorCode } } });

/** Whether the document has an answer, and has it so. */
function judge(key: string, { status, headers, text, json }: Reply): string | undefined {
  const said = operations.find(([name]) => name === key)?.[1].responses[status];
  const response = said?.$ref === undefined ? said : document.components.responses[said.$ref.split('/').at(-1)];
  const content = response?.content[String(headers['content-type']).split(';', 1)[0] ?? ''];
  if (content === undefined) return `${status} ${headers['content-type']} is not documented`;
  const isShared = said.$ref !== undefined;
  const schema = JSON.parse(
    JSON.stringify(isShared ? content.schema : close(content.schema)).replaceAll('"#/', '"bed#/'),
  );
  const valid = ajv.compile(schema);
  return valid(json ?? text) ? undefined : `${text} ${JSON.stringify(valid.errors)}`;
}

let bed: ClientBed;
let every: string;
beforeAll(async () => {
  bed = await openClientBed();
  every = await bed.createToken({ scopes: ['upload', 'read', 'list', 'delete'] });
});
afterAll(() => bed.close());

const EMPTY = Buffer.alloc(0);
const upload = (bytes: Buffer = PICTURE) => ({ token: every, fileName: '猫.png', bytes });
const png = () => filePart('file', '猫.png', PICTURE);
const authorized = () => ({ authorization: `Bearer ${every}` });
const get = (path: string): RecordedRequest => ({ method: 'GET', path, headers: authorized(), body: EMPTY });
const remove = (path: string): RecordedRequest => ({ ...get(path), method: 'DELETE' });
const post = (path: string, input: object): RecordedRequest => ({
  ...{ method: 'POST', path, body: Buffer.from(JSON.stringify(input)) },
  headers: { ...authorized(), 'content-type': 'application/json' },
});
const onPage = (name: string, input: object, cookie = ''): RecordedRequest => ({
  ...post(`/session/${name}`, input),
  headers: { 'content-type': 'application/json', 'x-imagepic-page': '/imagepic/', cookie },
});
const signIn = () => ({ phone: bed.phone, upwd: 'correct horse 7' });

/** Uploads something of its own, and says what an answer of the native endpoint says of it. */
let grey = 0;
async function stored(): Promise<Any> {
  grey += 1;
  const bytes = makePng(4, 4, { grey });
  return (await bed.send(formRequest('/upload', [filePart('file', `${grey}.png`, bytes)], authorized()))).json;
}
async function cookie(): Promise<string> {
  const { headers } = await bed.send(onPage('login', signIn()));
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

/** A path with its parameters and what is sent there, one that works for each operation. */
const toPath = (key: string): string => key.slice(key.indexOf(' ') + 1);
const plain = (key: string): RecordedRequest =>
  key.startsWith('GET') ? get(toPath(key)) : key.startsWith('DELETE') ? remove(toPath(key)) : post(toPath(key), {});
const smMsRemoval = async (key: string) => {
  grey += 1;
  const { hash } = (await bed.send(smMs(upload(makePng(5, 5, { grey }))))).json.data;
  return plain(key.replace('{hash}', hash));
};
const withPng = (key: string) => formRequest(toPath(key), [png()], authorized());
const signInBy = (name: string) => (key: string) =>
  post(toPath(key), { [name]: bed.phone, password: 'correct horse 7' });
const examined = (key: string): RecordedRequest => ({
  ...formRequest('/client/doctor', [png()], authorized()),
  method: key.split(' ')[0] ?? '',
});

const WORKS: Readonly<Record<string, (key: string) => RecordedRequest | Promise<RecordedRequest>>> = {
  'POST /session/login': () => onPage('login', signIn()),
  'POST /session/refresh': async () => onPage('refresh', {}, await cookie()),
  'POST /session/logout': async () => onPage('logout', {}, await cookie()),
  'POST /upload': withPng,
  'PUT /upload': () => ({ ...get('/upload?filename=a.png'), method: 'PUT', body: PICTURE }),
  'POST /delete': async () => post('/delete', { list: (await stored()).fullResult }),
  'POST /api/v1/upload': () => lankongV2(upload()),
  'POST /api/v1/tokens': signInBy('email'),
  'DELETE /api/v1/tokens': plain,
  'GET /api/v1/profile': plain,
  'GET /api/v1/strategies': plain,
  'GET /api/v1/albums': plain,
  'DELETE /api/v1/albums/{albumId}': async (key) => {
    const { del } = (
      await bed.send(
        formRequest('/upload', [filePart('file', 'x.png', makePng(6, 6)), textPart('album', '空')], authorized()),
      )
    ).json;
    await bed.send({ ...post(new URL(del).pathname.replace('/imagepic', ''), {}) });
    const { data } = (await bed.send(get('/api/v1/albums'))).json.data;
    return plain(key.replace('{albumId}', data.find(({ name }: Any) => name === '空').id));
  },
  'GET /api/v1/images': plain,
  'DELETE /api/v1/images/{key}': async (key) => plain(key.replace('{key}', (await stored()).data.key)),
  'POST /api/upload': () => lankongV1(upload()),
  'POST /api/v2/upload': () => smMs(upload()),
  'POST /api/v1/file/upload': withPng,
  'GET /api/v2/profile': plain,
  'POST /api/v2/profile': plain,
  'GET /api/v1/file/profile': plain,
  'POST /api/v1/file/profile': plain,
  'GET /api/v2/upload_history': plain,
  'GET /api/v2/history': plain,
  'GET /api/v1/file/upload_history': plain,
  'GET /api/v1/file/history': plain,
  'GET /api/v2/delete/{hash}': smMsRemoval,
  'DELETE /api/v2/delete/{hash}': smMsRemoval,
  'GET /api/v1/file/delete/{hash}': smMsRemoval,
  'DELETE /api/v1/file/delete/{hash}': smMsRemoval,
  'POST /api/v2/token': signInBy('username'),
  'POST /api/v1/file/token': signInBy('username'),
  'POST /api/1/upload': () => chevereto(upload()),
  'POST /api/index.php': () => easyImages({ ...upload(), token: bed.token }),
  'GET /delete/{deleteToken}': async () => get(new URL((await stored()).del).pathname.replace('/imagepic', '')),
  'POST /delete/{deleteToken}': async () => post(new URL((await stored()).del).pathname.replace('/imagepic', ''), {}),
  'GET /clients': plain,
  'GET /client/doctor': plain,
  'POST /client/doctor': examined,
  'PUT /client/doctor': examined,
  'PATCH /client/doctor': examined,
  'DELETE /client/doctor': plain,
};

/** What says that it worked, wherever a client looks for it. */
const worked = ({ status, json }: Reply): boolean =>
  status === 200 && json?.success !== false && json?.status !== false;

describe('the document', () => {
  it('has no operation of upload clients and of the page that is not asked here', () => {
    expect(Object.keys(WORKS).sort()).toEqual(operations.map(([key]) => key).sort());
  });

  it.each(Object.entries(WORKS))('has what %s really answers', async (key, toRequest) => {
    const reply = await bed.send(await toRequest(key));
    // What only examines an upload that is none says so.
    expect(worked(reply) || key.endsWith('doctor'), reply.text).toBe(true);
    expect(judge(key, reply)).toBeUndefined();
  });

  it.each(Object.keys(WORKS))('has how %s really refuses', async (key) => {
    const [method = ''] = key.split(' ');
    const path = toPath(key).replaceAll(/\{\w+\}/g, '1');
    const headers = { 'content-type': 'application/json', authorization: 'ip_x' };
    const bodies = method === 'GET' || method === 'DELETE' ? [''] : ['', '{"nothing":1}', 'garbage'];
    for (const body of bodies) {
      const reply = await bed.send({ method, path, headers, body: Buffer.from(body) });
      expect(judge(key, reply), body).toBeUndefined();
    }
  });

  it.each([
    ['POST /upload', '/upload?key='],
    ['POST /upload', '/upload?authCode='],
    ['POST /upload', '/upload?format=txt&token='],
    ['POST /api/1/upload', '/api/1/upload?format=txt&key='],
  ])('has links alone, several images of which one is refused, and others of %s at %s', async (key, address) => {
    const parts = [png(), filePart('file', 'b.html', HTML), filePart('file', 'c.png', OTHER_PICTURE)];
    for (const sent of [parts, parts.slice(1, 2), parts.slice(0, 1)]) {
      const reply = await bed.send(formRequest(`${address}${bed.token}`, sent));
      expect(judge(key, reply)).toBeUndefined();
    }
  });

  it('has what an address with a parameter that is none is answered with', async () => {
    for (const key of Object.keys(WORKS).filter((each) => each.includes('{'))) {
      const reply = await bed.send(plain(key.replaceAll(/\{\w+\}/g, '*')));
      expect(judge(key, reply), key).toBeUndefined();
    }
  });

  it('has lists with something in them, and the pages after the first', async () => {
    await bed.send(obsidian({ ...upload(), token: bed.token }, [PICTURE, OTHER_PICTURE]));
    await bed.send(formRequest('/upload', [png(), textPart('album', '旅行')], authorized()));
    for (const list of ['albums', 'images']) {
      for (const page of [1, 2]) {
        const reply = await bed.send(get(`/api/v1/${list}?page=${page}`));
        expect(reply.json.data.data.length > 0, reply.text).toBe(page === 1);
        expect(judge(`GET /api/v1/${list}`, reply)).toBeUndefined();
      }
    }
  });

  it('names the fields that a client really has, and the places of its token', async () => {
    const { data } = (await bed.send(get('/api/v1/strategies'))).json;
    const { properties } = document.paths['/api/v1/upload'].post.requestBody.content['multipart/form-data'].schema;
    expect(Object.keys(properties)).toContain('strategy_id');
    const { json } = await bed.send(
      formRequest(
        '/api/v1/upload',
        [png(), textPart('strategy_id', String(data.strategies[0].id + 100))],
        authorized(),
      ),
    );
    expect(json.status).toBe(false);
    for (const [key, { security, tags }] of operations) {
      if (tags.includes('session') || security.length === 0) continue;
      expect(security, key).toContainEqual({ tokenHeader: [] });
      const request = { ...(await WORKS[key]?.(key)) } as RecordedRequest;
      const { authorization: _, token: __, ...headers } = request.headers;
      const reply = await bed.send({ ...request, headers: { ...headers, 'x-api-key': every } });
      expect(worked(reply), `${key} ${reply.text}`).toBe(true);
    }
  });
});
