import { AppError } from '../../../errors.ts';
import { checkKey } from '../file-system/key-path.ts';
import { FLAVOURS, type S3Options } from './options.ts';

/** The URL of a bucket, cut as a signature needs it; `path` has no slash at its end. */
export interface BucketAddress {
  readonly origin: string;
  readonly host: string;
  readonly path: string;
}

/** Says where the store is. */
export const endpointOf = ({ endpoint, flavour, region }: S3Options): string =>
  endpoint ?? FLAVOURS[flavour].endpoint(region);

/** Tells AWS itself from everything that speaks its protocol. */
export const isAws = (options: S3Options): boolean =>
  /\.amazonaws\.com(\.cn)?$/.test(new URL(endpointOf(options)).hostname);

const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[.*\])$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

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
    if (!BUCKET.test(bucket)) {
      throw new AppError('InvalidArgument', { zh: '存储桶名无效', en: 'The name is not valid for a bucket' });
    }
    if (inPath || (protocol === 'https:' && bucket.includes('.'))) {
      return { origin: `${protocol}//${host}`, host, path: `${base}/${bucket}` };
    }
    return { origin: `${protocol}//${bucket}.${host}`, host: `${bucket}.${host}`, path: base };
  };
}

/** An object in the SDK's words. */
export interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** Puts an object into the SDK's words. @throws {AppError} InvalidArgument unless an object may have this key */
export function place(bucket: string, key: string): Place {
  checkKey(key);
  return { Bucket: bucket, Key: key };
}

/** Escapes all but the unreserved characters of a URL. @see https://www.rfc-editor.org/rfc/rfc3986#section-2.3 */
export function encode(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Escapes a key and keeps its slashes. */
export const encodeKey = (key: string): string => encode(key).replaceAll('%2F', '/');
