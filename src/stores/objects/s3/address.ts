import { checkBucketName, checkKey } from '../arguments.ts';
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

/** An object in the SDK's words. */
export interface S3Object {
  readonly Bucket: string;
  readonly Key: string;
}

/** Puts an object into the SDK's words. @throws {AppError} InvalidArgument unless an object may have this key */
export function toS3Object(bucket: string, key: string): S3Object {
  checkKey(key);
  return { Bucket: bucket, Key: key };
}
