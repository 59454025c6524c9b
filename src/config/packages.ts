import { type Config, ConfigError } from './config.ts';

/** A package that only a bed needs, by the name that npm has for it. */
interface Package {
  readonly name: string;
  /** Loads it, as it will be soon after; another may stand in for it. */
  readonly load: () => Promise<unknown>;
}

const ALWAYS: readonly Package[] = [
  { name: '@node-rs/argon2', load: () => import('@node-rs/argon2').catch(() => import('hash-wasm')) },
  { name: '@zxcvbn-ts/language-common', load: () => import('@zxcvbn-ts/language-common') },
];
const CLOUDBASE: Package = { name: '@cloudbase/node-sdk', load: () => import('@cloudbase/node-sdk') };
const LIBSQL: Package = { name: 'libsql', load: () => import('libsql') };
const MONGODB: Package = { name: 'mongodb', load: () => import('mongodb') };
const POSTGRES: Package = { name: 'pg', load: () => import('pg') };
const S3: Package = { name: '@aws-sdk/client-s3', load: () => import('@aws-sdk/client-s3') };

const OF_DOCUMENTS: { readonly [Kind in Config['documents']['kind']]: readonly Package[] } = {
  file: [],
  postgres: [POSTGRES],
  mongodb: [MONGODB],
  cloudbase: [CLOUDBASE],
};

/** Which packages a bed needs, or who looks at nothing but its accounts. */
export function packagesOf(
  { documents, objects, records, recordsAsked }: Pick<Config, 'documents' | 'objects' | 'records' | 'recordsAsked'>,
  part: 'bed' | 'accounts',
): readonly Package[] {
  const ofDocuments = OF_DOCUMENTS[documents.kind];
  if (part === 'accounts') return ofDocuments;
  const ofObjects = objects.kind === 's3' ? [S3] : [];
  return [...ALWAYS, ...ofDocuments, ...ofObjects, ...(records === 'sqlite' && recordsAsked ? [LIBSQL] : [])];
}

/**
 * Requires packages that are not installed along with imagepic, whose client and command do without.
 * @throws {ConfigError} with the command that installs what is missing
 */
export async function requirePackages(packages: readonly Package[]): Promise<void> {
  const loaded = await Promise.allSettled(packages.map(({ load }) => load()));
  const missing = packages.filter((_, index) => loaded[index]?.status === 'rejected').map(({ name }) => name);
  if (missing.length === 0) return;
  throw new ConfigError(
    `A bed needs packages that are not installed with imagepic, for its client and its command do without:\n  npm install ${missing.join(' ')}`,
  );
}
