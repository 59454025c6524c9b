import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../../errors.ts';
import { MAX_EXPIRY_SECONDS } from '../../../naming/s3-limits.ts';
import { encodeKey, encodeUriPart } from '../../../naming/uri.ts';
import type {
  PresignedRequest,
  PresignOptions,
  SignedRequest,
  SignedRequestVerifier,
} from '../../../ports/object-store.ts';
import { checkKey } from '../arguments.ts';

const MIN_KEY_BYTES = 32;
const SIGNATURE = 'X-Imagepic-Signature';
/** What is signed besides bucket and key, in the order in which it is signed. */
const NAMES = {
  method: 'X-Imagepic-Method',
  expires: 'X-Imagepic-Expires',
  contentType: 'X-Imagepic-Content-Type',
  size: 'X-Imagepic-Size',
  uploadId: 'X-Imagepic-Upload-Id',
  partNumber: 'X-Imagepic-Part-Number',
  holder: 'X-Imagepic-Holder',
} as const;
const KNOWN: ReadonlySet<string> = new Set([...Object.values(NAMES), SIGNATURE]);

/** Makes and checks the presigned requests that come back to our own HTTP mount. */
export interface SignedUrls extends SignedRequestVerifier {
  sign(
    method: 'GET' | 'PUT',
    target: { readonly bucket: string; readonly key: string },
    options: PresignOptions & SignedRequest,
  ): PresignedRequest;
}

/**
 * Creates the signer: `<mountUrl>/s/<bucket>/<key>?X-Imagepic-…`, an HMAC-SHA256 over everything that it allows.
 *
 * @throws {TypeError} when the key is shorter than 32 bytes
 */
export function createSignedUrls(signing: { readonly key: Uint8Array }, now: () => Date): SignedUrls {
  if (signing.key.byteLength < MIN_KEY_BYTES) throw new TypeError('The signing key must have at least 32 bytes');
  const signatureOf = (bucket: string, key: string, query: URLSearchParams): string =>
    createHmac('sha256', signing.key)
      .update(JSON.stringify(['imagepic 1', bucket, key, ...Object.values(NAMES).map((name) => query.get(name))]))
      .digest('base64url');

  const sign: SignedUrls['sign'] = (method, { bucket, key }, options) => {
    checkKey(key);
    const { expiresInSeconds, mountUrl, contentType } = options;
    if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > MAX_EXPIRY_SECONDS) {
      throw new AppError('InvalidArgument', { zh: '有效期须为 1 秒至 7 天', en: 'The expiry must be 1 s to 7 days' });
    }
    const expires = Math.floor(now().getTime() / 1000) + expiresInSeconds;
    const query = toQuery(method, expires, options);
    query.set(SIGNATURE, signatureOf(bucket, key, query));
    return {
      url: `${mountUrl.replace(/\/+$/, '')}/s/${encodeUriPart(bucket)}/${encodeKey(key)}?${query}`,
      method,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      expiresAt: new Date(expires * 1000),
    };
  };

  const verify: SignedUrls['verify'] = (method, bucket, key, query) => {
    const names = [...query.keys()];
    if (new Set(names).size !== names.length || !names.every((name) => KNOWN.has(name))) return undefined;
    if (!isSame(query.get(SIGNATURE) ?? '', signatureOf(bucket, key, query))) return undefined;
    if (query.get(NAMES.method) !== method || now().getTime() >= Number(query.get(NAMES.expires)) * 1000)
      return undefined;
    return toSignedRequest(query);
  };
  return { sign, verify };
}

function toQuery(method: string, expires: number, request: SignedRequest): URLSearchParams {
  const query = new URLSearchParams({ [NAMES.method]: method, [NAMES.expires]: String(expires) });
  for (const name of ['contentType', 'size', 'uploadId', 'partNumber', 'holder'] as const) {
    const value = request[name];
    if (value !== undefined) query.set(NAMES[name], String(value));
  }
  return query;
}

function toSignedRequest(query: URLSearchParams): SignedRequest {
  const contentType = query.get(NAMES.contentType);
  const size = query.get(NAMES.size);
  const uploadId = query.get(NAMES.uploadId);
  const partNumber = query.get(NAMES.partNumber);
  const holder = query.get(NAMES.holder);
  return {
    ...(contentType !== null && { contentType }),
    ...(size !== null && { size: Number(size) }),
    ...(uploadId !== null && { uploadId }),
    ...(partNumber !== null && { partNumber: Number(partNumber) }),
    ...(holder !== null && { holder }),
  };
}

/** Compares as text: another spelling of the same bytes is refused too. */
function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
