import * as v from 'valibot';
import { ConfigError, findUnknown, loadConfig, VARIABLES } from '../config/config.ts';
import { nearestName } from '../naming/nearest-name.ts';
import { RECORD_ROWS } from '../naming/record-rows.ts';

/** What the environment variables of one function may take, names and values together. @see https://cloud.tencent.com/document/product/583/11637 */
const MAX_ENVIRONMENT_BYTES = 4096;

const deployConfig = v.looseObject({
  envId: v.string(),
  functions: v.tuple([
    v.looseObject({
      name: v.string(),
      envVariables: v.record(v.string(), v.string()),
      ignore: v.optional(v.array(v.string()), []),
    }),
  ]),
});

/** A `cloudbaserc.json` of one function, as far as a deployment changes it. */
type DeployConfig = v.InferOutput<typeof deployConfig>;

/** What only a bed on such a database loads: it stays behind where the documents are elsewhere. */
const OF_DATABASES: Readonly<Record<'postgres' | 'mongodb', readonly string[]>> = {
  postgres: ['chunks/pg.*', 'chunks/postgres-*'],
  mongodb: ['chunks/mongodb.*', 'chunks/mongodb-*'],
};
/** The same of records of images, where there are none. */
const OF_RECORDS = [
  ...['chunks/*-image-records-*', 'chunks/records-*', 'chunks/open-records-*'],
  'chunks/reconcile-records-*',
];
/** Where the function has a database of records. */
const KEEPS_RECORDS: ReadonlySet<string> = new Set(['postgres', 'mongodb', 'cloudbase']);

/** The Node that plans; its compiled code goes along. */
interface Builder {
  /** Versions of Node and of its V8. */
  readonly node: string;
  readonly v8: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a deployment will do, or why it cannot. */
export interface Deployment {
  readonly functionName: string;
  /** Without the variables that are empty, because what the platform makes of an empty value is not said anywhere. */
  readonly config: DeployConfig;
  /** For people; tells no value. */
  readonly summary: readonly string[];
  /** One sentence for each variable that is missing or wrong; empty when all is well. */
  readonly problems: readonly string[];
}

/** Plans a deployment of `cloudbaserc.json` with the variables of `.env` and the shell. */
export function planDeployment(
  cloudbaserc: unknown,
  env: Environment,
  builder: Builder = process.versions,
): Deployment {
  const template = v.parse(deployConfig, cloudbaserc);
  const [deployed] = template.functions;
  const values = new Map(Object.entries(deployed.envVariables).map(([name, text]) => [name, render(text, env)]));
  const set = Object.fromEntries(Object.entries(deployed.envVariables).filter(([name]) => values.get(name) !== ''));
  const ofDatabases = Object.entries(OF_DATABASES).flatMap(([kind, chunks]) =>
    values.get('IMAGEPIC_DOCUMENTS') === kind ? [] : chunks,
  );
  const ignore = [...ofDatabases, ...(KEEPS_RECORDS.has(values.get('IMAGEPIC_RECORDS') ?? '') ? [] : OF_RECORDS)];
  const envId = render(template.envId, env);
  return {
    functionName: deployed.name,
    config: { ...template, functions: [{ ...deployed, envVariables: set, ignore: [...deployed.ignore, ...ignore] }] },
    summary: [
      `function ${deployed.name} in the environment ${envId || '(unknown)'}`,
      ...['runtime', 'memorySize', 'timeout'].map((name) => `  ${name.padEnd(32)} ${String(deployed[name])}`),
      ...[...values].map(
        ([name, value]) => `  ${name.padEnd(32)} ${value === '' ? 'left out' : `set, ${value.length} characters`}`,
      ),
      ...adviseOnBuilder(String(deployed['runtime']), builder),
      ...(values.get('IMAGEPIC_RECORDS') === 'cloudbase' ? adviseOnIndexes() : []),
    ],
    problems: [
      ...problemsOfPlatform(values, envId),
      ...problemsOfTool(values),
      ...problemsOfService(values, envId),
      ...problemsOfNames(deployed.envVariables, env),
    ],
  };
}

/** As the tool does it: what is not known becomes nothing. */
const render = (template: string, env: Environment): string =>
  template.replaceAll(/\{\{env\.(\w+)\}\}/g, (_, name: string) => env[name] ?? '');

/**
 * The compiled code that goes along is good for one V8 alone, down to the patches that each Node puts on it. A runtime tells
 * its Node by two numbers, so that of the same line can only be hoped for, and that of another is surely in vain.
 */
function adviseOnBuilder(runtime: string, { node, v8 }: Builder): readonly string[] {
  const [, line] = /^Nodejs(\d+\.\d+)$/.exec(runtime) ?? [];
  if (line === undefined || node.startsWith(`${line}.`)) return [];
  return [
    `This is Node ${node} (V8 ${v8}) and ${runtime} is not: it passes over what is compiled here and compiles as usual, which costs each cold start some milliseconds; to save them, build with Node ${line}.`,
  ];
}

/** The tool makes functions and triggers, but no index; nor does the SDK. */
const adviseOnIndexes = (): readonly string[] => [
  `The console makes the indexes of the collection imagepic_${RECORD_ROWS.collection}, once, before there are many images; all ascending, none unique:`,
  ...RECORD_ROWS.indexes.map(({ name, fields }) => `  ${name.padEnd(32)} ${fields.join(', ')}`),
];

/** What the service could do without elsewhere, but not here. */
function problemsOfPlatform(values: ReadonlyMap<string, string>, envId: string): readonly string[] {
  const endpoint = values.get('IMAGEPIC_S3_ENDPOINT') ?? '';
  const bucket = values.get('IMAGEPIC_DEFAULT_BUCKET') ?? '';
  const needsAppId = endpoint === '' || endpoint.includes('.myqcloud.com');
  const problems: readonly (readonly [boolean, string])[] = [
    [/^[a-z0-9-]{3,40}$/.test(envId), 'ENV_ID must be the id of a CloudBase environment; the console shows it'],
    [
      endpoint !== '',
      'IMAGEPIC_S3_ENDPOINT must be set: https://cos.<region>.myqcloud.com, or the address of another store',
    ],
    [
      bucket !== '' && (!needsAppId || /-\d{8,}$/.test(bucket)),
      'IMAGEPIC_DEFAULT_BUCKET must be the bucket with its APPID, such as images-1250000000',
    ],
  ];
  return problems.flatMap(([isWell, problem]) => (isWell ? [] : [problem]));
}

/** What a function has no use for, and why. */
export const NOT_DEPLOYED: Readonly<Record<string, string>> = {
  IMAGEPIC_DATA_DIR: 'it is for the embedded stores, and instances of a function share no disk',
  IMAGEPIC_ALLOW_FILE_STORES: 'it is for the embedded stores, and instances of a function share no disk',
  IMAGEPIC_PROXIES: 'the platform itself says where a call comes from',
  IMAGEPIC_EMULATE_LIMITS: 'the platform has limits of its own',
  IMAGEPIC_CLOUDBASE_URL: 'it is for an emulator',
};

/** What somebody has set and a deployment would drop without a word, or would not know. */
function problemsOfNames(deployed: Readonly<Record<string, string>>, env: Environment): readonly string[] {
  const set = Object.keys(env).filter((name) => env[name] !== undefined && env[name] !== '');
  const dropped = set
    .filter((name) => name.startsWith('IMAGEPIC_') && VARIABLES.includes(name))
    .flatMap((name) => {
      const template = deployed[name];
      if (template === undefined)
        return [
          `${name} has no effect in a function (${NOT_DEPLOYED[name] ?? 'cloudbaserc.json does not name it'}); take it away`,
        ];
      const isFixed = !template.includes('{{') && template !== env[name];
      return isFixed ? [`${name} is ${template} in a function (cloudbaserc.json); take it away or set it to that`] : [];
    });
  return [...dropped, ...findUnknown(Object.keys(env), nearestName)];
}

/** What the tool would break: it pastes values into JSON and takes those that are JSON themselves for objects. */
function problemsOfTool(values: ReadonlyMap<string, string>): readonly string[] {
  const broken = [...values].filter(([, value]) => /["\\\p{Cc}]/u.test(value) || isJsonObject(value));
  const bytes = [...values].reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
  return [
    ...broken.map(([name]) => `${name} must have no quotes, backslashes or line breaks, and be no JSON`),
    ...(bytes > MAX_ENVIRONMENT_BYTES
      ? [`All variables together must take at most ${MAX_ENVIRONMENT_BYTES} bytes; they take ${bytes}`]
      : []),
  ];
}

function isJsonObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** What the service itself would say when it starts there. It tells bad values before missing ones, so it is asked twice. */
function problemsOfService(values: ReadonlyMap<string, string>, envId: string): readonly string[] {
  const platform = { TENCENTCLOUD_RUNENV: 'SCF', SCF_NAMESPACE: envId || 'unknown' };
  const bad = complaintsOf({ ...Object.fromEntries(values), ...platform });
  const named = new Set(bad.map(nameIn));
  const others = Object.fromEntries([...values].filter(([name]) => !named.has(name)));
  const missing = complaintsOf({ ...others, ...platform }).filter((line) => !named.has(nameIn(line)));
  return [...bad, ...missing];
}

const nameIn = (complaint: string): string => complaint.split(' ', 1)[0] ?? '';

function complaintsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n- ').slice(1);
    throw error;
  }
}

/** Tells a failure by what the deploy tool prints, because it ends with 0 either way. */
export const saysThatItFailed = (output: string): boolean => output.includes('✖') || !output.includes('✔');
