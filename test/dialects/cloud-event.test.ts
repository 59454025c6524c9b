import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { serveAccessEvent, toAccessEvent } from '../../src/events/access-event.ts';
import { createCallFunctionEntry } from '../../src/events/call-function.ts';
import type { HttpEntry } from '../../src/http/request.ts';
import { openHttpEntry } from '../support/http-entry.ts';
import { lankongV2, obsidian, uPicJson } from '../support/recorded-requests/clients.ts';
import type { RecordedRequest } from '../support/recorded-requests/recorded-request.ts';
import { createTempConfig } from '../support/temp-config.ts';
import { PICTURE } from './client-bed.ts';

const PERSON = { name: 'n', tfs: '', email: 'n@example.com', phone: '13800138000', upwd: 'correct horse 7' };

let http: HttpEntry;
let token: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  const temp = await createTempConfig();
  remove = temp.remove;
  const app = await bootstrap(temp.config, { writeLog: () => {} });
  http = openHttpEntry(app, temp.config);
  const callFunction = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: temp.config.mount });
  const call = async (event: object) => JSON.parse(JSON.stringify(await callFunction(event, {}))).data;
  await call({ ...PERSON, $url: 'auth/register' });
  const session = await call({ $url: 'auth/login', phone: PERSON.phone, upwd: PERSON.upwd });
  const wanted = { $url: 'auth/createToken', $token: session.token, name: 't', scopes: ['upload'] };
  token = (await call(wanted)).token;
  const unaddressed = await callFunction({ $url: 'client/config', $token: session.token, client: 'curl' }, {});
  expect(JSON.stringify(unaddressed)).toContain('IMAGEPIC_PUBLIC_URL');
});
afterAll(() => remove());

/** Sends a request as the gateway of a cloud function hands it on: as one event, its path without the mount. */
const send = async ({ method, path, headers, body }: RecordedRequest, isText = false) => {
  const [bare = '', query] = path.split('?');
  const event = toAccessEvent({
    path: bare,
    httpMethod: method,
    headers: { ...headers, host: 'env.service.tcloudbase.com', 'x-forwarded-proto': 'https' },
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    requestContext: { requestId: 'r-1' },
    body: Buffer.from(body).toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  });
  if (event === undefined) throw new TypeError('not an event');
  const { statusCode, headers: answered, body: text } = await serveAccessEvent(http, event);
  return { status: statusCode, headers: answered, json: JSON.parse(text) };
};

describe('upload clients through the event of a cloud function', () => {
  const upload = () => ({ token, fileName: '图.png', bytes: PICTURE });

  it('get links of the address that they have called', async () => {
    const lsky = await send(lankongV2(upload()));
    expect(lsky.json.data.links.url).toMatch(/^https:\/\/env\.service\.tcloudbase\.com\/imagepic\/i\/images\//);
    expect(lsky.headers).not.toHaveProperty('connection');
    expect((await send(obsidian(upload(), [PICTURE]))).json.result).toEqual([lsky.json.data.links.url]);
    expect((await send(uPicJson(upload()), true)).json.url).toBe(lsky.json.data.links.url);
  });
});
