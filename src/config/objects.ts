import * as v from 'valibot';
import { oneOf } from '../naming/one-of.ts';
import { createNeed, namesSet, plainUrl, type Values, variable } from './variable.ts';

/** Where the images are. */
export type ObjectsConfig = { readonly kind: 'file' } | S3Config;

interface S3Config {
  readonly kind: 's3';
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  readonly forcePathStyle: boolean;
  readonly flavour: 's3' | 'cos';
}

const KINDS = ['file', 's3'] as const satisfies readonly ObjectsConfig['kind'][];

const key = v.pipe(v.string(), v.regex(/^\S{1,256}$/));

const s3Variables = {
  IMAGEPIC_S3_ENDPOINT: variable(
    v.optional(plainUrl),
    'an address such as https://cos.ap-shanghai.myqcloud.com, without ? # .. { } and passwords',
  ),
  IMAGEPIC_S3_REGION: variable(
    v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/))),
    'a region such as ap-shanghai',
  ),
  IMAGEPIC_S3_ACCESS_KEY_ID: variable(v.optional(key), 'the id of a key of the store (a SecretId of Tencent Cloud)'),
  IMAGEPIC_S3_SECRET_ACCESS_KEY: variable(v.optional(key), 'the secret of that key'),
  IMAGEPIC_S3_SESSION_TOKEN: variable(
    v.optional(v.pipe(v.string(), v.regex(/^\S{1,8192}$/))),
    'the token of a temporary key',
  ),
  IMAGEPIC_S3_FORCE_PATH_STYLE: variable(v.optional(v.picklist(['true', 'false', '1', '0'])), 'true or false'),
  IMAGEPIC_S3_FLAVOUR: variable(v.optional(v.picklist(['s3', 'cos'])), 's3 or cos'),
};

/** What says where the images are. */
export const objectsVariables = {
  IMAGEPIC_OBJECTS: variable(v.optional(v.picklist(KINDS)), oneOf(KINDS, 'en')),
  ...s3Variables,
};

interface Reading {
  readonly values: Values<typeof objectsVariables>;
  readonly problems: string[];
}

/** How the variables of each kind are read. */
const READERS: { readonly [Kind in ObjectsConfig['kind']]: (reading: Reading) => ObjectsConfig } = {
  file: toFiles,
  s3: toS3,
};

/** Makes of them where the images are: in files, or in an S3 store as soon as an endpoint or a region is set. */
export function toObjects(reading: Reading): ObjectsConfig {
  const { IMAGEPIC_OBJECTS, IMAGEPIC_S3_ENDPOINT, IMAGEPIC_S3_REGION } = reading.values;
  const isS3 = IMAGEPIC_S3_ENDPOINT !== undefined || IMAGEPIC_S3_REGION !== undefined;
  return READERS[IMAGEPIC_OBJECTS ?? (isS3 ? 's3' : 'file')](reading);
}

/** Keys of a store that is not used would say nothing of images that go to the disk. */
function toFiles({ values, problems }: Reading): ObjectsConfig {
  const idle = namesSet(s3Variables, values).join(', ');
  if (idle !== '' && values.IMAGEPIC_OBJECTS === undefined) {
    problems.push(`IMAGEPIC_S3_ENDPOINT or IMAGEPIC_S3_REGION must be set, or leave out ${idle}`);
  } else if (idle !== '') {
    problems.push(`IMAGEPIC_OBJECTS must be s3, or leave out what has no effect with file: ${idle}`);
  }
  return { kind: 'file' };
}

function toS3({ values, problems }: Reading): S3Config {
  const need = createNeed(s3Variables, values, problems);
  const endpoint = values.IMAGEPIC_S3_ENDPOINT;
  const why = 'for an S3 store';
  const flavour = values.IMAGEPIC_S3_FLAVOUR ?? (endpoint?.includes('.myqcloud.com') ? 'cos' : 's3');
  const pathStyle = values.IMAGEPIC_S3_FORCE_PATH_STYLE;
  const isOwnServer = endpoint !== undefined && flavour === 's3';
  const region = values.IMAGEPIC_S3_REGION ?? (isOwnServer ? 'us-east-1' : undefined);
  return {
    kind: 's3',
    endpoint,
    flavour,
    region: region ?? need('IMAGEPIC_S3_REGION', why),
    accessKeyId: need('IMAGEPIC_S3_ACCESS_KEY_ID', why),
    secretAccessKey: need('IMAGEPIC_S3_SECRET_ACCESS_KEY', why),
    sessionToken: values.IMAGEPIC_S3_SESSION_TOKEN,
    // Servers of one's own rarely have a host name for each bucket; AWS and COS want nothing else.
    forcePathStyle: pathStyle === undefined ? isOwnServer : pathStyle === 'true' || pathStyle === '1',
  };
}

/** Where browsers read and write the images of a store themselves. @see https://www.w3.org/TR/CSP3/#framework-directive-source-list */
export function originsOf(objects: ObjectsConfig): readonly string[] {
  if (objects.kind === 'file') return [];
  const { protocol, host } = new URL(objects.endpoint ?? `https://s3.${objects.region}.amazonaws.com`);
  return [`${protocol}//${host}`, ...(objects.forcePathStyle ? [] : [`${protocol}//*.${host}`])];
}
