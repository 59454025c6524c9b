import { join, resolve } from 'node:path';
import type { Config } from './config/config.ts';
import type { BedWitness } from './ports/bed-witness.ts';
import type { BucketSettings } from './ports/bucket-settings.ts';
import type { CachePurge } from './ports/cache-purge.ts';
import type { DocumentStore } from './ports/document-store.ts';
import type { ImageConverter } from './ports/image-converter.ts';
import type { ImageRecords } from './ports/image-records.ts';
import type { ImageTransformer, VariantRedirects } from './ports/image-transformer.ts';
import type { ObjectStore } from './ports/object-store.ts';
import type { S3Options } from './stores/objects/s3/options.ts';

/** Only the adapter that is used is loaded. */
export async function openDocuments(
  { documents, dataDir, inCloud: isFunction }: Config,
  now: () => Date,
): Promise<DocumentStore> {
  if (documents.kind === 'file') {
    const { createFileDocumentStore } = await import('./stores/documents/file-system/document-store.ts');
    return createFileDocumentStore({ folder: join(dataDir, 'documents'), now });
  }
  if (documents.kind === 'postgres') {
    const { createPostgresDocumentStore } = await import('./stores/documents/postgres/document-store.ts');
    return createPostgresDocumentStore({ ...documents, now });
  }
  if (documents.kind === 'mongodb') {
    const { createMongodbDocumentStore } = await import('./stores/documents/mongodb/document-store.ts');
    // A function's time counts as long as a connection keeps it alive.
    return createMongodbDocumentStore({ ...documents, now, ...(isFunction && { idleMs: 500 }) });
  }
  const { createCloudBaseDocumentStore } = await import('./stores/documents/cloudbase/document-store.ts');
  return createCloudBaseDocumentStore({ ...documents, now });
}

/**
 * The records of images, where the bed keeps any. Where nobody asked for them and they cannot be loaded, it goes without.
 * @throws {AppError} ServiceUnavailable where somebody did
 */
export async function openRecords(
  { records, recordsAsked, documents, dataDir, inCloud }: Config,
  now: () => Date,
  goWithout: (cause: unknown) => void,
): Promise<ImageRecords | undefined> {
  if (records === 'sqlite') {
    const sqlite = await openSqlite().catch((cause: unknown) => {
      if (recordsAsked) throw cause;
      goWithout(cause);
    });
    return sqlite?.createSqliteImageRecords({ file: join(dataDir, 'records', 'images.sqlite'), now });
  }
  if (records === 'mongodb' && documents.kind === 'mongodb') {
    const { createMongodbImageRecords } = await import('./stores/records/mongodb/image-records.ts');
    // As of documents.
    return createMongodbImageRecords({ ...documents, now, ...(inCloud && { idleMs: 500 }) });
  }
  if (records === 'cloudbase' && documents.kind === 'cloudbase') {
    const { createCloudBaseImageRecords } = await import('./stores/records/cloudbase/image-records.ts');
    return createCloudBaseImageRecords({ ...documents, now });
  }
  if (records === 'none' || documents.kind !== 'postgres') return undefined;
  const { createPostgresImageRecords } = await import('./stores/records/postgres/image-records.ts');
  return createPostgresImageRecords({ ...documents, now });
}

/** Also what loads it may be missing: a deployment leaves behind what its function does without. */
async function openSqlite() {
  const adapter = await import('./stores/records/sqlite/image-records.ts');
  await adapter.requireSqlite();
  return adapter;
}

interface OpenObjects {
  readonly store: ObjectStore;
  readonly bucketSettings: BucketSettings | undefined;
}

export async function openFileObjects(
  { dataDir }: Config,
  signingKey: Uint8Array,
  now: () => Date,
): Promise<OpenObjects> {
  const { createFileObjectStore } = await import('./stores/objects/file-system/object-store.ts');
  return {
    store: createFileObjectStore({ folder: join(dataDir, 'objects'), now, signing: { key: signingKey } }),
    bucketSettings: undefined,
  };
}

export async function openS3Objects(
  { objects }: Config,
  now: () => Date,
  knowledge: Required<Pick<S3Options, 'capabilities' | 'whileOpen'>>,
) {
  if (objects.kind !== 's3') return undefined;
  const { openS3 } = await import('./stores/objects/s3/object-store.ts');
  const { endpoint, region, forcePathStyle, flavour, ...credentials } = objects;
  return openS3({ endpoint, region, forcePathStyle, flavour, now, random: Math.random, credentials, ...knowledge });
}

/** What makes variants, as far as it is installed. */
export async function openTransformers({ transformer: wanted, objects }: Config, now: () => Date): Promise<Makers> {
  const none = { kind: 'none', transformer: undefined, redirects: undefined } as const;
  if (wanted === 'cos' && objects.kind === 's3') {
    const { createCosRedirects } = await import('./transformers/cos/variant-redirects.ts');
    return { ...none, kind: 'cos', redirects: createCosRedirects({ ...objects, now }) };
  }
  if (wanted === 'none') return none;
  const { hasSharp } = await import('./transformers/load-sharp.ts');
  if (!(await hasSharp())) return none;
  const { createSharpTransformer } = await import('./transformers/sharp/image-transformer.ts');
  return { ...none, kind: 'sharp', transformer: createSharpTransformer() };
}

/** What converts images on their way in, as far as it is installed; all of it needs sharp. */
export async function openConverter({ convert, imageLimits: limits }: Config): Promise<ImageConverter | undefined> {
  if (convert.length === 0) return undefined;
  const { hasSharp } = await import('./transformers/load-sharp.ts');
  if (!(await hasSharp())) return undefined;
  const { createImageConverter } = await import('./transformers/converter/image-converter.ts');
  return createImageConverter({ wanted: convert, limits });
}

export interface Makers {
  readonly kind: 'sharp' | 'cos' | 'none';
  readonly transformer: ImageTransformer | undefined;
  readonly redirects: VariantRedirects | undefined;
}

/** Where the documents are, and what says so, as people are told. */
export function placeOf({ documents, dataDir }: Pick<Config, 'documents' | 'dataDir'>) {
  if (documents.kind === 'file') {
    return { documents: resolve(dataDir, 'documents'), variable: 'IMAGEPIC_DATA_DIR' };
  }
  if (documents.kind === 'cloudbase') {
    return { documents: `the CloudBase environment ${documents.envId}`, variable: 'IMAGEPIC_CLOUDBASE_ENV' };
  }
  if (documents.kind === 'mongodb') {
    const { database, hosts } = documents;
    return { documents: `the MongoDB database ${database} on ${hosts.join(',')}`, variable: 'IMAGEPIC_DATABASE_URL' };
  }
  const { database, host, port } = documents;
  return { documents: `the PostgreSQL database ${database} on ${host}:${port}`, variable: 'IMAGEPIC_DATABASE_URL' };
}

/** The files that say which bed a data folder belongs to. */
export async function openWitnessFiles({ documents, objects, dataDir }: Config): Promise<readonly BedWitness[]> {
  const { createWitnessFile } = await import('./stores/disk/witness-file.ts');
  return [
    ...(documents.kind === 'file' ? [createWitnessFile(dataDir, false)] : []),
    ...(objects.kind === 'file' ? [createWitnessFile(join(dataDir, 'objects'), true)] : []),
  ];
}

/** What tells caches, where there are any. */
export async function openCachePurge({ purge }: Config): Promise<CachePurge | undefined> {
  if (purge === undefined) return undefined;
  const { createPurgeWebhook } = await import('./caches/webhook.ts');
  return createPurgeWebhook(purge);
}
