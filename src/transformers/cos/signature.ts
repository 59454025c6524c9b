// https://cloud.tencent.com/document/product/436/7778
import { createHash, createHmac } from 'node:crypto';
import { encodeUriPart } from '../../naming/uri.ts';

/** What a request to COS is signed for; names in any case. */
interface SignedRequest {
  readonly method: 'get';
  /** As it is meant, not as it is written in an address. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** Signs a request in the manner of COS itself, whose parameters, unlike those of S3, may be operations on a picture. */
export function signCosRequest(
  { accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string },
  { method, path, parameters, headers, from, until }: SignedRequest,
): Readonly<Record<string, string>> {
  const time = `${from};${until}`;
  const [signedParameters, signedHeaders] = [toPairs(parameters), toPairs(headers)];
  const request = [method, path, write(signedParameters), write(signedHeaders), ''].join('\n');
  const signed = ['sha1', time, createHash('sha1').update(request).digest('hex'), ''].join('\n');
  return {
    'q-sign-algorithm': 'sha1',
    'q-ak': accessKeyId,
    'q-sign-time': time,
    'q-key-time': time,
    'q-header-list': namesOf(signedHeaders),
    'q-url-param-list': namesOf(signedParameters),
    'q-signature': hmac(hmac(secretAccessKey, time), signed),
  };
}

type Pairs = readonly (readonly [name: string, value: string])[];

const toPairs = (record: Readonly<Record<string, string>>): Pairs =>
  Object.entries(record)
    .map(([name, value]) => [encodeUriPart(name).toLowerCase(), encodeUriPart(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));

const write = (pairs: Pairs): string => pairs.map(([name, value]) => `${name}=${value}`).join('&');
const namesOf = (pairs: Pairs): string => pairs.map(([name]) => name).join(';');
const hmac = (key: string, text: string): string => createHmac('sha1', key).update(text).digest('hex');
