/** Keys of the store; a `sessionToken` comes with temporary ones. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** How stores of the same protocol differ. */
export type S3Flavour = 's3' | 'cos';

/** Which conditions a bucket of a store heeds at the moment of the act, so that of two at once one is refused. */
export interface Capabilities {
  /** `If-None-Match: *` of a PutObject, which COS says in its own way; `undefined` while nobody has tried: then it is sent, and not relied upon. */
  readonly conditionalWrite: boolean | undefined;
  /** `If-Match` of a PutObject; Ceph refuses an etag in quotes, though it is the right one. */
  readonly conditionalReplace: boolean;
  /** Both of a CopyObject. */
  readonly conditionalCopy: boolean;
  /** `x-amz-copy-source-if-match`. */
  readonly conditionalSource: boolean;
  /** A type and metadata that a CopyObject gives in place of the old (`REPLACE`), which some take no notice of. */
  readonly copyDescription: boolean;
  /** `If-Match` of a DeleteObject, and `ETag` in DeleteObjects. */
  readonly conditionalDelete: boolean;
  /** A form that was signed beforehand; believed unless it was seen to be refused. */
  readonly signedForm?: boolean | undefined;
}

/** As far as a bucket was tried; what is `undefined` is not known, and what is absent is believed of the flavour. */
export type KnownCapabilities = { readonly [Name in keyof Capabilities]?: Capabilities[Name] | undefined };

/** Which store to use, and as whom. */
export interface S3Options {
  /** AWS itself, or COS with that flavour, unless given. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly credentials: S3Credentials;
  readonly forcePathStyle: boolean;
  readonly flavour: S3Flavour;
  readonly now: () => Date;
  /** Spreads retries, from 0 to below 1. */
  readonly random: () => number;
  /** What is known of a bucket; what it leaves out is believed of the flavour. */
  readonly capabilities?: ((bucket: string) => Promise<KnownCapabilities>) | undefined;
  /** Runs what fills an upload in parts, keeping note of it in case this process dies meanwhile. */
  readonly whileOpen?: (<Result>(upload: OpenUpload, work: () => Promise<Result>) => Promise<Result>) | undefined;
}

/** An upload in parts that was begun by the adapter itself. */
export interface OpenUpload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** What a flavour does in its own way. */
interface FlavourTraits {
  readonly endpoint: (region: string) => string;
  /** The header by which a write asks that nothing be there yet. */
  readonly forbidOverwrite: readonly [name: string, value: string];
  /** What is believed of stores of whose buckets nothing is known. */
  readonly capabilities: Capabilities;
  /** The flavour's own prefix of metadata headers; S3's is used beside it. */
  readonly metadataPrefix: string;
}

/** S3's own prefix of metadata headers. */
export const METADATA_PREFIX = 'x-amz-meta-';

const NO_CONDITIONS: Capabilities = {
  conditionalWrite: false,
  conditionalReplace: false,
  conditionalCopy: false,
  conditionalSource: false,
  copyDescription: false,
  conditionalDelete: false,
};

/** The table of flavours. */
export const FLAVOURS: Readonly<Record<S3Flavour, FlavourTraits>> = {
  s3: {
    endpoint: (region) => `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
    forbidOverwrite: ['if-none-match', '*'],
    capabilities: { ...NO_CONDITIONS, conditionalWrite: true, copyDescription: true },
    metadataPrefix: METADATA_PREFIX,
  },
  // https://cloud.tencent.com/document/product/436/7749: void where the bucket was ever versioned.
  cos: {
    endpoint: (region) => `https://cos.${region}.myqcloud.com`,
    forbidOverwrite: ['x-cos-forbid-overwrite', 'true'],
    capabilities: NO_CONDITIONS,
    metadataPrefix: 'x-cos-meta-',
  },
};

/** Says what a bucket is relied upon for. */
export async function capabilitiesOf({ flavour, capabilities }: S3Options, bucket: string): Promise<Capabilities> {
  const believed = FLAVOURS[flavour].capabilities;
  const known = await capabilities?.(bucket);
  if (known === undefined) return believed;
  const { conditionalWrite, signedForm, ...rest } = { ...believed, ...known };
  const isKnown = (name: keyof typeof rest): boolean => rest[name] ?? false;
  return {
    conditionalWrite,
    conditionalReplace: isKnown('conditionalReplace'),
    conditionalCopy: isKnown('conditionalCopy'),
    conditionalSource: isKnown('conditionalSource'),
    copyDescription: isKnown('copyDescription'),
    conditionalDelete: isKnown('conditionalDelete'),
    signedForm,
  };
}

/** Says where the store is. */
export const endpointOf = ({ endpoint, flavour, region }: S3Options): string =>
  endpoint ?? FLAVOURS[flavour].endpoint(region);

/** Tells AWS itself from everything that speaks its protocol. */
export const isAws = (options: S3Options): boolean =>
  /\.amazonaws\.com(\.cn)?$/.test(new URL(endpointOf(options)).hostname);
