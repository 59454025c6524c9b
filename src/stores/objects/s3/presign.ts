// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
// The SDK's presigner builds a whole client and command for each URL; this one is checked against it byte by byte.
import { createHmac, hash } from 'node:crypto';
import { AppError } from '../../../errors.ts';
import { encodeKey, encodeUriPart } from '../../../naming/uri.ts';
import type { ObjectStore, PresignedForm } from '../../../ports/object-store.ts';
import { checkKey } from '../arguments.ts';
import { capabilitiesOf, type S3Options } from './options.ts';
import { ALGORITHM, createAddresses, createSigningKeys, hmac } from './signature.ts';

type PresignedRequests = Pick<ObjectStore, 'presignGet' | 'presignPut' | 'presignPart' | 'presignPost'>;

/** Creates the calls that presign; none of them sends anything. */
export function createPresignedRequests(options: S3Options): PresignedRequests {
  const sign = createUrlSigner(options);
  const signForm = options.flavour === 'cos' ? createCosFormSigner(options) : createFormSigner(options);
  return {
    presignGet: async (bucket, key, { expiresInSeconds, asAttachment = false }) => ({
      ...sign({
        method: 'GET',
        bucket,
        key,
        query: { ...(asAttachment && { 'response-content-disposition': 'attachment' }), 'x-id': 'GetObject' },
        expiresInSeconds,
      }),
      method: 'GET',
      headers: {},
    }),
    presignPut: async (bucket, key, { expiresInSeconds, contentType, size }) => {
      const headers = { 'content-length': String(size), 'content-type': contentType };
      const request = {
        method: 'PUT' as const,
        bucket,
        key,
        query: { 'x-id': 'PutObject' },
        headers,
        expiresInSeconds,
      };
      // The length is what any client says of the body that it sends, and browsers let nobody else say it.
      return { ...sign(request), method: 'PUT', headers: { 'content-type': contentType } };
    },
    presignPost: async (bucket, key, form) => {
      if ((await capabilitiesOf(options, bucket)).signedForm === false) throw formsRefused();
      return signForm({ bucket, key, ...form });
    },
    presignPart: async (bucket, key, { expiresInSeconds, uploadId, partNumber, size }) => {
      const query = { partNumber: String(partNumber), uploadId, 'x-id': 'UploadPart' };
      const headers = size === undefined ? {} : { 'content-length': String(size) };
      return { ...sign({ method: 'PUT', bucket, key, query, headers, expiresInSeconds }), method: 'PUT', headers: {} };
    },
  };
}

const formsRefused = (): AppError =>
  new AppError('NotImplemented', {
    zh: '这个存储不接受预签名表单（用 bucket/testBucket 试过）；请改用 object/presignedPutObject 或分片上传',
    en: 'The store takes no presigned forms (bucket/testBucket has tried one); use object/presignedPutObject or an upload in parts',
  });

/** A request to sign. `query` and `headers` are signed with it; header names in lower case and sorted. */
interface RequestToSign {
  readonly method: 'GET' | 'PUT';
  readonly bucket: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresInSeconds: number;
}

/** A signed URL and when it ends. */
interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

const toQuery = (parameters: readonly (readonly [string, string])[]): string =>
  parameters.map(([name, value]) => `${name}=${encodeUriPart(value)}`).join('&');

/** Creates the signer of URLs. @throws {AppError} InvalidArgument for keys that a URL client would rewrite */
function createUrlSigner(options: S3Options): (request: RequestToSign) => SignedUrl {
  const { region, now } = options;
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials;
  const addressOf = createAddresses(options);
  const keyOf = createSigningKeys(region, secretAccessKey);

  return ({ method, bucket, key, query, headers = {}, expiresInSeconds }) => {
    checkKey(key);
    const { origin, host, path } = addressOf(bucket);
    const resource = `${path}/${encodeKey(key)}`;
    const signedAt = Math.floor(now().getTime() / 1000) * 1000;
    const timestamp = new Date(signedAt).toISOString().replace(/[:-]|\.000/g, '');
    const scope = `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
    const names = [...Object.keys(headers), 'host'].join(';');
    const before = toQuery([
      ['X-Amz-Algorithm', ALGORITHM],
      ['X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD'],
      ['X-Amz-Credential', `${accessKeyId}/${scope}`],
      ['X-Amz-Date', timestamp],
      ['X-Amz-Expires', String(expiresInSeconds)],
      ...(sessionToken === undefined ? [] : [['X-Amz-Security-Token', sessionToken] as const]),
    ]);
    const after = toQuery([['X-Amz-SignedHeaders', names], ...Object.entries(query).sort()]);
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const canonical = `${method}\n${resource}\n${before}&${after}\n${lines.join('')}host:${host}\n\n${names}\nUNSIGNED-PAYLOAD`;
    const toSign = `${ALGORITHM}\n${timestamp}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = hmac(keyOf(timestamp.slice(0, 8)), toSign).toString('hex');
    const url = `${origin}${resource}?${before}&X-Amz-Signature=${signature}&${after}`;
    return { url, expiresAt: new Date(signedAt + expiresInSeconds * 1000) };
  };
}

/** A form to sign. */
interface FormToSign {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly size: number;
  readonly expiresInSeconds: number;
}

/**
 * Creates the signer of forms, each for exactly one key, type and size.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 * @throws {AppError} InvalidArgument for keys that a URL client would rewrite
 */
function createFormSigner(options: S3Options): (form: FormToSign) => PresignedForm {
  const { region, now } = options;
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials;
  const addressOf = createAddresses(options);
  const keyOf = createSigningKeys(region, secretAccessKey);

  return ({ bucket, key, contentType, size, expiresInSeconds }) => {
    checkKey(key);
    const { origin, path } = addressOf(bucket);
    const signedAt = now().getTime();
    const timestamp = new Date(signedAt).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const date = timestamp.slice(0, 8);
    const expiresAt = new Date(signedAt + expiresInSeconds * 1000);
    const fields = {
      key,
      'Content-Type': contentType,
      'x-amz-algorithm': ALGORITHM,
      'x-amz-credential': `${accessKeyId}/${date}/${region}/s3/aws4_request`,
      'x-amz-date': timestamp,
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    };
    const exact = Object.entries(fields).map(([name, value]) => ['eq', `$${name}`, value]);
    const conditions = [{ bucket }, ...exact, ['content-length-range', size, size]];
    const policy = Buffer.from(JSON.stringify({ expiration: expiresAt.toISOString(), conditions })).toString('base64');
    const signature = hmac(keyOf(date), policy).toString('hex');
    return { url: `${origin}${path}`, fields: { ...fields, policy, 'x-amz-signature': signature }, expiresAt };
  };
}

const sha1 = (key: string, text: string): string => createHmac('sha1', key).update(text).digest('hex');

/**
 * Creates the signer of forms in COS's own words, the only ones that it documents for them.
 *
 * @see https://cloud.tencent.com/document/product/436/14690
 * @throws {AppError} InvalidArgument for keys that a URL client would rewrite
 */
function createCosFormSigner(options: S3Options): (form: FormToSign) => PresignedForm {
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials;
  const addressOf = createAddresses(options);

  return ({ bucket, key, contentType, size, expiresInSeconds }) => {
    checkKey(key);
    const { origin, path } = addressOf(bucket);
    const signedAt = Math.floor(options.now().getTime() / 1000);
    const expiresAt = new Date((signedAt + expiresInSeconds) * 1000);
    const keyTime = `${signedAt};${signedAt + expiresInSeconds}`;
    const fields = {
      key,
      'Content-Type': contentType,
      ...(sessionToken !== undefined && { 'x-cos-security-token': sessionToken }),
    };
    const exact = Object.entries(fields).map(([name, value]) => ['eq', `$${name}`, value]);
    const signing = [{ 'q-sign-algorithm': 'sha1' }, { 'q-ak': accessKeyId }, { 'q-sign-time': keyTime }];
    const conditions = [{ bucket }, ...exact, ['content-length-range', size, size], ...signing];
    const policy = JSON.stringify({ expiration: expiresAt.toISOString(), conditions });
    const signed = {
      policy: Buffer.from(policy).toString('base64'),
      'q-sign-algorithm': 'sha1',
      'q-ak': accessKeyId,
      'q-key-time': keyTime,
      'q-signature': sha1(sha1(secretAccessKey, keyTime), hash('sha1', policy, 'hex')),
    };
    return { url: `${origin}${path}`, fields: { ...fields, ...signed }, expiresAt };
  };
}
