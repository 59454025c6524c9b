import { createHash } from 'node:crypto';
import { type ObjectMetadata, type PutOptions, UNDATED } from '../../../ports/object-store.ts';
import { checkKey } from '../arguments.ts';
import { present, UnexpectedAnswer } from './errors.ts';
import { decodeMetadata, encodeMetadata } from './metadata.ts';

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

/** A condition in the SDK's words. */
export interface S3Condition {
  readonly IfNoneMatch?: '*';
  readonly IfMatch?: string;
}

/** A type and metadata in the SDK's words. */
export interface Description {
  readonly ContentType: string;
  readonly Metadata: Record<string, string>;
}

/** What the SDK says of an object. */
export interface Described {
  readonly ETag?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly Metadata?: Record<string, string> | undefined;
  readonly VersionId?: string | undefined;
}

/** Puts a type and metadata into the SDK's words. */
export const describe = ({
  contentType,
  metadata = {},
}: Pick<PutOptions, 'contentType' | 'metadata'>): Description => ({
  ContentType: contentType,
  Metadata: encodeMetadata(metadata),
});

/** Strips the quotes that S3 puts around an etag, but not everywhere. @throws {UnexpectedAnswer} when there is none */
export const bareEtag = (etag: string | undefined): string => present(etag, 'etag').replace(/^"|"$/g, '');

/** An etag for what a store gives none, which changes when the object does; the store has never heard of it. */
const etagOf = ({ metadata, ...facts }: Pick<ObjectMetadata, 'size' | 'contentType' | 'lastModified' | 'metadata'>) =>
  createHash('sha256')
    .update(JSON.stringify([facts, Object.entries(metadata).sort()]))
    .digest('hex')
    .slice(0, 32);

/** Reads what the SDK says of an object. @throws {UnexpectedAnswer} when that cannot be an S3 store's answer */
export function toMetadata(key: string, described: Described, size: number): ObjectMetadata {
  const { VersionId: versionId, ETag, LastModified, ContentType: contentType = 'application/octet-stream' } = described;
  if (ETag === undefined && (LastModified === undefined || /^text\/html/i.test(contentType))) {
    throw new UnexpectedAnswer('The answer has no etag, and nothing else that an object has');
  }
  const facts = {
    size,
    contentType,
    lastModified: LastModified ?? UNDATED,
    metadata: decodeMetadata(described.Metadata ?? {}),
  };
  return {
    key,
    ...facts,
    etag: ETag === undefined ? etagOf(facts) : bareEtag(ETag),
    ...(versionId !== undefined && versionId !== 'null' && { versionId }),
  };
}
