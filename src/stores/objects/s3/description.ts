import type { ObjectMetadata, PutOptions } from '../../../ports/object-store.ts';
import { present } from './errors.ts';
import { decodeHeaderText, encodeHeaderText } from './header-text.ts';

/** A type and metadata in the SDK's words. */
export interface Description {
  readonly ContentType: string;
  readonly Metadata: Record<string, string>;
}

/** What the SDK says of an object. */
interface Described {
  readonly ETag?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly Metadata?: Record<string, string> | undefined;
  readonly VersionId?: string | undefined;
}

const mapMetadata = (
  metadata: Readonly<Record<string, string>>,
  convert: (value: string) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), convert(value)]));

/** Puts a type and metadata into the SDK's words. */
export const describe = ({
  contentType,
  metadata = {},
}: Pick<PutOptions, 'contentType' | 'metadata'>): Description => ({
  ContentType: contentType,
  Metadata: mapMetadata(metadata, encodeHeaderText),
});

/** Strips the quotes that S3 puts around an etag, but not everywhere. @throws {UnexpectedAnswer} when there is none */
export const bareEtag = (etag: string | undefined): string => present(etag, 'etag').replace(/^"|"$/g, '');

/** Reads what the SDK says of an object. @throws {UnexpectedAnswer} when that cannot be an S3 store's answer */
export function toMetadata(key: string, described: Described, size: number): ObjectMetadata {
  const { VersionId: versionId } = described;
  return {
    key,
    size,
    etag: bareEtag(described.ETag),
    contentType: described.ContentType ?? 'application/octet-stream',
    lastModified: present(described.LastModified, 'date'),
    metadata: mapMetadata(described.Metadata ?? {}, decodeHeaderText),
    ...(versionId !== undefined && versionId !== 'null' && { versionId }),
  };
}
