// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { createHmac, hash } from 'node:crypto';
import { encodeUriPart } from '../../../naming/uri.ts';
import { checkBucketName } from '../arguments.ts';
import { endpointOf, type S3Options } from './options.ts';

/** The name of the way of signing. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Signs a text. */
export const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The URL of a bucket, cut as a signature needs it; `path` has no slash at its end. */
export interface BucketAddress {
  readonly origin: string;
  readonly host: string;
  readonly path: string;
}

const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[.*\])$/;

/**
 * Creates the addresses of buckets: in the host name unless the options, an IP address or a dot under TLS forbid it.
 *
 * @throws {AppError} InvalidArgument when the name is none of a bucket
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function createAddresses(options: S3Options): (bucket: string) => BucketAddress {
  const { protocol, host, hostname, pathname } = new URL(endpointOf(options));
  const base = pathname.replace(/\/$/, '');
  const inPath = options.forcePathStyle || IP_ADDRESS.test(hostname);
  return (bucket) => {
    checkBucketName(bucket);
    if (inPath || (protocol === 'https:' && bucket.includes('.'))) {
      return { origin: `${protocol}//${host}`, host, path: `${base}/${bucket}` };
    }
    return { origin: `${protocol}//${bucket}.${host}`, host: `${bucket}.${host}`, path: base };
  };
}

/** A signing key holds for a day, so the last one is kept. */
export function createSigningKeys(region: string, secretAccessKey: string): (day: string) => Buffer {
  let last: { readonly day: string; readonly key: Buffer } | undefined;
  return (day) => {
    if (last?.day !== day) {
      const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
      last = { day, key: Buffer.from(key) };
    }
    return last.key;
  };
}

/** A request to sign; names of headers in lower case, `path` escaped. */
export interface RequestToSign {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** With `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The SHA-256 of the body in hex, or that it is not signed. */
  readonly payloadHash: string;
}

/** What proxies on the way change, or Node by itself. */
const UNSIGNED = new Set(['expect', 'user-agent']);

/** Escapes a query in the order that it is signed in. */
export function toCanonicalQuery(query: Readonly<Record<string, string>>): string {
  const parameters = Object.entries(query).map(([name, value]) => [encodeUriPart(name), encodeUriPart(value)] as const);
  const sorted = parameters.sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([name, value]) => `${name}=${value}`).join('&');
}

/** Creates the signer of requests by their headers: it returns all that are to be sent. */
export function createRequestSigner({
  region,
  credentials,
  now,
}: Pick<S3Options, 'region' | 'credentials' | 'now'>): (request: RequestToSign) => Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const keyOf = createSigningKeys(region, secretAccessKey);

  return ({ method, path, query, headers: given, payloadHash }) => {
    const timestamp = now()
      .toISOString()
      .replace(/[:-]|\.\d{3}/g, '');
    const day = timestamp.slice(0, 8);
    const headers: Record<string, string> = {
      ...given,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': timestamp,
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(headers)
      .filter((name) => !UNSIGNED.has(name))
      .sort();
    const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, ' ')}\n`).join('');
    const signedNames = names.join(';');
    const canonical = `${method}\n${path}\n${toCanonicalQuery(query)}\n${lines}\n${signedNames}\n${payloadHash}`;
    const scope = `${day}/${region}/s3/aws4_request`;
    const toSign = `${ALGORITHM}\n${timestamp}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = hmac(keyOf(day), toSign).toString('hex');
    headers['authorization'] =
      `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=${signature}`;
    return headers;
  };
}
