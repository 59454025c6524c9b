import { createHash, createHmac } from 'node:crypto';
import dns from 'node:dns';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import busboy from 'busboy';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { createS3ObjectStore, type S3Options } from '../../src/stores/objects/s3/object-store.ts';
import { type Ceph, toS3Options } from './ceph.ts';
import { portOf } from './chaos-proxy.ts';

/** Set as `rgw dns name` of the Ceph behind it, which therefore knows a bucket by its host name. */
const DOMAIN = 'cos.ap-test.myqcloud.test';

/** Tencent's COS as far as it is documented, on top of a Ceph, which checks the signatures and keeps the objects. */
export interface CosFront {
  readonly endpoint: string;
  /** What was asked for, such as `PUT` or `HEAD`. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** How our adapter reaches it. */
export const toCosOptions = ({ endpoint }: CosFront, ceph: Ceph): S3Options => ({
  ...toS3Options(ceph),
  endpoint,
  forcePathStyle: false,
  flavour: 'cos',
});

/** A refusal in COS's words: https://cloud.tencent.com/document/product/436/7730 */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** Starts it. Names below `DOMAIN` are of this machine as long as it runs. */
export async function startCosFront(ceph: Ceph): Promise<CosFront> {
  const store = createS3ObjectStore(toS3Options(ceph));
  const asked: string[] = [];
  const turns = new Map<string, Promise<unknown>>();
  const server = createServer((message, reply) => {
    asked.push(message.method ?? '');
    const path = `${message.headers.host} ${message.url?.split('?')[0]}`;
    // COS settles writes of one key one after another.
    const turn = (turns.get(path) ?? Promise.resolve()).then(() => serve({ message, reply, ceph, store }));
    turns.set(path, turn);
    turn.finally(() => turns.get(path) === turn && turns.delete(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const restore = resolveHere();
  return {
    endpoint: `http://${DOMAIN}:${portOf(server)}`,
    asked,
    close: async () => {
      restore();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Has this process find every bucket's host on loopback; no file of the machine is touched. */
function resolveHere(): () => void {
  const { lookup } = dns;
  const lookupHere = (host: string, ...rest: readonly unknown[]): void =>
    Reflect.apply(lookup, dns, [host.endsWith(`.${DOMAIN}`) || host === DOMAIN ? '127.0.0.1' : host, ...rest]);
  dns.lookup = Object.assign(lookupHere, lookup);
  return () => {
    dns.lookup = lookup;
  };
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly reply: ServerResponse;
  readonly ceph: Ceph;
  readonly store: ObjectStore;
}

async function serve(exchange: Exchange): Promise<void> {
  const { message, reply } = exchange;
  try {
    const place = refuseWhatCosRefuses(message);
    if (message.method === 'POST' && message.headers['content-type']?.startsWith('multipart/form-data')) {
      await takeForm(exchange, place.bucket);
    } else {
      if (message.headers['x-cos-forbid-overwrite'] === 'true' && message.method === 'PUT')
        await requireFree(exchange, place);
      await forward(exchange);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) {
      reply.destroy();
      return;
    }
    const body = `<?xml version="1.0"?><Error><Code>${error.code}</Code><Message>${error.code}</Message></Error>`;
    message.resume();
    reply.writeHead(error.status, { 'content-type': 'application/xml', 'x-cos-request-id': 'r', connection: 'close' });
    reply.end(message.method === 'HEAD' ? undefined : body);
  }
}

interface Target {
  readonly bucket: string;
  readonly key: string;
}

const SETTINGS_WITH_MD5 = ['delete', 'cors', 'policy', 'lifecycle'];

/** @throws {Refusal} */
function refuseWhatCosRefuses({ method = '', url = '/', headers }: IncomingMessage): Target {
  const [host = ''] = (headers.host ?? '').split(':');
  const { pathname, searchParams } = new URL(url, 'http://cos');
  if (host === DOMAIN && pathname === '/') throw new Refusal(403, 'AccessDenied');
  if (!host.endsWith(`.${DOMAIN}`)) throw new Refusal(403, 'PathStyleDomainForbidden');
  const names = Object.keys(headers);
  if (names.some((name) => /^x-amz-(sdk-)?checksum-|^x-amz-trailer/.test(name)))
    throw new Refusal(400, 'InvalidArgument');
  if (headers['content-encoding']?.includes('aws-chunked')) throw new Refusal(400, 'InvalidArgument');
  const isWrite = method === 'PUT' || method === 'POST';
  const wantsMd5 = isWrite && SETTINGS_WITH_MD5.some((name) => searchParams.has(name));
  if (wantsMd5 && headers['content-md5'] === undefined) throw new Refusal(400, 'MissingContentMD5');
  const isConditional = headers['if-none-match'] !== undefined || headers['if-match'] !== undefined;
  if (isConditional && method !== 'GET' && method !== 'HEAD') throw new Refusal(501, 'NotImplemented');
  if (searchParams.has('notification')) throw new Refusal(405, 'MethodNotAllowed');
  return { bucket: host.slice(0, -DOMAIN.length - 1), key: decodeURIComponent(pathname.slice(1)) };
}

async function requireFree({ store }: Exchange, { bucket, key }: Target): Promise<void> {
  if ((await store.head(bucket, key)) !== undefined) throw new Refusal(409, 'FileAlreadyExists');
}

/** As it came, so that the signature is still right. */
function forward({ message, reply, ceph }: Exchange): Promise<void> {
  const { hostname, port } = new URL(ceph.endpoint);
  return new Promise((resolve) => {
    const { method, url, rawHeaders } = message;
    const onward = request({ host: hostname, port, method, path: url, setHost: false }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] ?? '';
      if (!/^(connection|expect)$/i.test(name)) onward.setHeader(name, rawHeaders[index + 1] ?? '');
    }
    const cut = (): void => {
      onward.destroy();
      reply.destroy();
      resolve();
    };
    onward.once('error', cut);
    message.once('error', cut);
    reply.once('close', resolve);
    message.pipe(onward);
  });
}

const hmac = (key: string, text: string): string => createHmac('sha1', key).update(text).digest('hex');

/** A form as https://cloud.tencent.com/document/product/436/14690 has it: signed in COS's fields, and as its policy says. */
async function takeForm({ message, reply, ceph, store }: Exchange, bucket: string): Promise<void> {
  const fields = new Map<string, string>();
  const chunks: Buffer[] = [];
  await new Promise((resolve, reject) => {
    const form = busboy({ headers: message.headers });
    form.on('field', (name, value) => fields.set(name, value));
    form.on('file', (_name, file) => file.on('data', (chunk: Buffer) => chunks.push(chunk)));
    form.once('close', () => resolve(undefined)).once('error', reject);
    message.pipe(form);
  });
  const bytes = Buffer.concat(chunks);
  const policy = Buffer.from(fields.get('policy') ?? '', 'base64').toString();
  const keyTime = fields.get('q-key-time') ?? '';
  const signature = hmac(hmac(ceph.secretAccessKey, keyTime), createHash('sha1').update(policy).digest('hex'));
  if ([...fields.keys()].some((name) => name.startsWith('x-amz-'))) throw new Refusal(400, 'InvalidArgument');
  if (signature !== fields.get('q-signature')) throw new Refusal(403, 'SignatureDoesNotMatch');
  requirePolicy(JSON.parse(policy), new Map([...fields, ['bucket', bucket], ['q-sign-time', keyTime]]), bytes.length);
  const { etag } = (await store.put(bucket, fields.get('key') ?? '', bytes, {
    contentType: fields.get('Content-Type') ?? '',
  })) ?? { etag: '' };
  reply.writeHead(204, { etag: `"${etag}"` }).end();
}

interface Policy {
  readonly expiration: string;
  readonly conditions: readonly (
    | Readonly<Record<string, string>>
    | readonly [string, string | number, string | number]
  )[];
}

/** @throws {Refusal} for a form that is not as it was signed */
function requirePolicy({ expiration, conditions }: Policy, fields: ReadonlyMap<string, string>, size: number): void {
  if (Date.parse(expiration) < Date.now()) throw new Refusal(403, 'AccessDenied');
  for (const condition of conditions) {
    const [kind, name, value] = Array.isArray(condition)
      ? condition
      : ['eq', `$${Object.keys(condition)[0]}`, Object.values(condition)[0]];
    const isMet =
      kind === 'content-length-range'
        ? size >= Number(name) && size <= Number(value)
        : fields.get(String(name).slice(1)) === value;
    if (!isMet) throw new Refusal(403, 'AccessDenied');
  }
}
