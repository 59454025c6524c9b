import * as v from 'valibot';
import { oneOf } from '../naming/one-of.ts';
import { MONGODB_RULE, type MongodbAddress, mongodbUrl } from './mongodb.ts';
import type { Platform } from './platform.ts';
import { POSTGRES_RULE, type PostgresAddress, postgresUrl } from './postgres.ts';
import { createNeed, namesSet, plainUrl, type Values, variable } from './variable.ts';

/** Where the documents are. */
export type DocumentsConfig = { readonly kind: 'file' } | CloudbaseConfig | PostgresAddress | MongodbAddress;

interface CloudbaseConfig {
  readonly kind: 'cloudbase';
  readonly envId: string;
  readonly region: string | undefined;
  readonly serviceUrl: string | undefined;
  /** `platform`: what the platform gives its functions. */
  readonly credentials:
    | 'platform'
    | { readonly apiKey: string }
    | { readonly secretId: string; readonly secretKey: string; readonly sessionToken?: string };
  readonly inCloud: boolean;
}

const KINDS = ['file', 'postgres', 'mongodb', 'cloudbase'] as const satisfies readonly DocumentsConfig['kind'][];

const cloudbaseVariables = {
  IMAGEPIC_CLOUDBASE_ENV: variable(
    v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9_-]{1,40}$/))),
    'the id of a CloudBase environment',
  ),
  IMAGEPIC_CLOUDBASE_REGION: variable(
    v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/))),
    'a region such as ap-shanghai',
  ),
  IMAGEPIC_CLOUDBASE_URL: variable(v.optional(plainUrl), 'an address, for an emulator only'),
  CLOUDBASE_APIKEY: variable(v.optional(v.string()), 'an API key of the environment'),
  TENCENTCLOUD_SECRETID: variable(v.optional(v.string()), 'the id of a key of Tencent Cloud'),
  TENCENTCLOUD_SECRETKEY: variable(v.optional(v.string()), 'the secret of that key'),
  TENCENTCLOUD_SESSIONTOKEN: variable(v.optional(v.string()), 'the token of a temporary key'),
};

const databaseVariables = {
  IMAGEPIC_DATABASE_URL: variable(
    v.optional(v.union([postgresUrl, mongodbUrl])),
    `${POSTGRES_RULE}; or ${MONGODB_RULE}`,
  ),
};

/** What says where the documents are. */
export const documentsVariables = {
  IMAGEPIC_DOCUMENTS: variable(v.optional(v.picklist(KINDS)), oneOf(KINDS, 'en')),
  ...databaseVariables,
  ...cloudbaseVariables,
};

interface Reading {
  readonly values: Values<typeof documentsVariables>;
  readonly platform: Platform;
  readonly problems: string[];
}

/** How the variables of each kind are read. */
const READERS: { readonly [Kind in DocumentsConfig['kind']]: (reading: Reading) => DocumentsConfig } = {
  file: () => ({ kind: 'file' }),
  postgres: toPostgres,
  mongodb: toMongodb,
  cloudbase: toCloudbase,
};

/** Makes of them where the documents are: in files, or in the platform's database within a function. */
export function toDocuments(reading: Reading): DocumentsConfig {
  const { inCloud, allowsFiles } = reading.platform;
  const kind = reading.values.IMAGEPIC_DOCUMENTS ?? (inCloud && !allowsFiles ? 'cloudbase' : 'file');
  refuseIdle(kind, reading);
  return READERS[kind](reading);
}

/** Variables of a database that is not used would say nothing of documents that go elsewhere. Those that are not ours alone may stand in anybody's environment. */
function refuseIdle(kind: DocumentsConfig['kind'], { values, problems }: Reading): void {
  const database = values.IMAGEPIC_DATABASE_URL?.kind ?? 'postgres';
  const isDatabase = kind === 'postgres' || kind === 'mongodb';
  const ofOthers = {
    ...(!isDatabase && { [database]: namesSet(databaseVariables, values) }),
    ...(kind !== 'cloudbase' && { cloudbase: namesSet(cloudbaseVariables, values) }),
  };
  for (const [other, names] of Object.entries(ofOthers)) {
    const idle = names.filter((name) => name.startsWith('IMAGEPIC_')).join(', ');
    if (idle === '') continue;
    problems.push(`IMAGEPIC_DOCUMENTS must be ${other}, or leave out what has no effect with ${kind}: ${idle}`);
  }
}

function toPostgres({ values: { IMAGEPIC_DATABASE_URL: address }, problems }: Reading): DocumentsConfig {
  if (address?.kind === 'postgres') return address;
  return refuseAddress('postgres', POSTGRES_RULE, problems);
}

function toMongodb({ values: { IMAGEPIC_DATABASE_URL: address }, problems }: Reading): DocumentsConfig {
  if (address?.kind === 'mongodb') return address;
  return refuseAddress('mongodb', MONGODB_RULE, problems);
}

/** What stands in for an address that is missing is never used. */
function refuseAddress(kind: string, rule: string, problems: string[]): DocumentsConfig {
  problems.push(`IMAGEPIC_DATABASE_URL must be set with IMAGEPIC_DOCUMENTS=${kind}: ${rule}`);
  return { kind: 'file' };
}

function toCloudbase(reading: Reading): CloudbaseConfig {
  const { values, platform, problems } = reading;
  const need = createNeed(cloudbaseVariables, values, problems);
  const envId = values.IMAGEPIC_CLOUDBASE_ENV ?? platform.environment;
  return {
    kind: 'cloudbase',
    envId: envId ?? need('IMAGEPIC_CLOUDBASE_ENV', 'for the CloudBase database'),
    region: values.IMAGEPIC_CLOUDBASE_REGION,
    serviceUrl: values.IMAGEPIC_CLOUDBASE_URL,
    credentials: toCredentials(reading),
    inCloud: platform.inCloud,
  };
}

/** Inside the cloud the platform renews the keys of its functions, so they are never kept. */
function toCredentials({ values, platform, problems }: Reading): CloudbaseConfig['credentials'] {
  if (values.CLOUDBASE_APIKEY !== undefined) return { apiKey: values.CLOUDBASE_APIKEY };
  if (platform.inCloud) return 'platform';
  const need = createNeed(cloudbaseVariables, values, problems);
  const why = 'for the CloudBase database (or CLOUDBASE_APIKEY)';
  const sessionToken = values.TENCENTCLOUD_SESSIONTOKEN;
  return {
    secretId: need('TENCENTCLOUD_SECRETID', why),
    secretKey: need('TENCENTCLOUD_SECRETKEY', why),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}
