import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { streamLargePng } from '../support/large-png.ts';
import { makePng } from '../support/png.ts';
import type { RecordedRequest } from '../support/recorded-requests/recorded-request.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

/** An answer as an upload client reads it. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

/** A service with a member and its tokens, for clients to upload to. */
export interface ClientBed extends RunningServer {
  /** Milliseconds since 1970 that the service believes it is. */
  readonly clock: { now: number };
  readonly phone: string;
  /** Of the member's session. */
  readonly session: string;
  /** An API token with the scope upload alone. */
  readonly token: string;
  /** An API token without the scope upload. */
  readonly reader: string;
  /** Calls a route of the API. */
  call(url: string, input: object, token?: string): Promise<Reply>;
  createToken(request: object): Promise<string>;
  /** Sends exactly these bytes; the path goes below the mount. */
  send(recorded: RecordedRequest): Promise<Reply>;
  /** Every key of a bucket. */
  keys(bucketName?: string): Promise<readonly string[]>;
}

/** Largest upload of a test bed, in bytes. */
export const MAX_BYTES = 600_000;

export const PICTURE = makePng(8, 6, { grey: 90 });
export const OTHER_PICTURE = makePng(9, 7, { grey: 200 });
export const HTML = Buffer.from('<!doctype html><script>alert(1)</script>');

/** A good picture that is larger than the bed takes. */
export const tooLarge = (): Promise<Buffer> => buffer(streamLargePng(MAX_BYTES + 1));

const PHONE = '13800138000';
const PASSWORD = 'correct horse 7';

/** Opens a bed. */
export async function openClientBed(env: Readonly<Record<string, string>> = {}): Promise<ClientBed> {
  const clock = { now: Date.now() };
  const limits = { IMAGEPIC_MAX_UPLOAD_BYTES: String(MAX_BYTES), ...env };
  const server = await startServer(limits, () => new Date(clock.now));
  const { pathname } = new URL(server.mountUrl);

  const send: ClientBed['send'] = ({ method, path, headers, body }) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(pathname + path, server.mountUrl),
        { method, headers: { ...headers } },
        (reply) => {
          buffer(reply)
            .then((bytes) => resolve(toReply(reply.statusCode ?? 0, reply.headers, bytes.toString())))
            .catch(reject);
        },
      );
      outgoing.on('error', reject).end(body);
    });

  const call: ClientBed['call'] = (url, input, token) =>
    send({
      method: 'POST',
      path: `/${url}`,
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: token }) },
      body: Buffer.from(JSON.stringify(input)),
    });

  await call('auth/register', { name: '王小明', tfs: '', email: 'wxm@example.com', phone: PHONE, upwd: PASSWORD });
  const session = (await call('auth/login', { phone: PHONE, upwd: PASSWORD })).json.data.token;
  const createToken: ClientBed['createToken'] = async (wanted) =>
    (await call('auth/createToken', { name: 't', ...wanted }, session)).json.data.token;

  const reader = await createToken({ scopes: ['read', 'list'] });
  return {
    ...server,
    clock,
    phone: PHONE,
    session,
    token: await createToken({ scopes: ['upload'] }),
    reader,
    call,
    createToken,
    send,
    keys: async (bucketName = 'images') => {
      const listed = await call('object/listObjects', { bucketName, recursive: true, pageNum: -1 }, reader);
      return listed.json.data.lists.map(({ name }: { name: string }) => name);
    },
  };
}

function toReply(status: number, headers: Reply['headers'], text: string): Reply {
  const isJson = String(headers['content-type']).startsWith('application/json');
  return { status, headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** Fetches what a link shows. */
export async function fetchBytes(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
