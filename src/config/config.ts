import * as v from 'valibot';
import { isMisspelt } from '../naming/nearest-name.ts';
import { type DocumentsConfig, documentsVariables, toDocuments } from './documents.ts';
import { type IdentityConfig, identityVariables, toIdentity } from './identity.ts';
import { type ObjectsConfig, objectsVariables, originsOf, toObjects } from './objects.ts';
import {
  FILE_STORES_IN_CLOUD,
  type PlatformConfig,
  platformVariables,
  toPlatform,
  toPlatformConfig,
} from './platform.ts';
import { type RecordsConfig, recordsVariables, toRecords } from './records.ts';
import { isReachableFromOutside, type ServerConfig, serverVariables, toServer } from './server.ts';
import { type TransformerConfig, toTransformer, transformerVariables } from './transformer.ts';
import { toUploads, type UploadsConfig, uploadsVariables } from './uploads.ts';
import type { Values, Variables } from './variable.ts';

/** How the service runs; every value checked. */
export interface Config
  extends ServerConfig,
    IdentityConfig,
    UploadsConfig,
    TransformerConfig,
    PlatformConfig,
    RecordsConfig {
  readonly documents: DocumentsConfig;
  readonly objects: ObjectsConfig;
  /** Origins besides the bed's own that images come from and go to, as a content security policy writes them. */
  readonly imageOrigins: readonly string[];
}

/** A configuration that cannot work; the message names every variable that is wrong and what to put there. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const known = {
  ...serverVariables,
  ...identityVariables,
  ...uploadsVariables,
  ...transformerVariables,
  ...documentsVariables,
  ...objectsVariables,
  ...recordsVariables,
  ...platformVariables,
};

/** The name of every variable that is read. */
export const VARIABLES: readonly string[] = Object.keys(known);

/**
 * Read by the command line and by tests, so that they may stand in anybody's environment; or set by Kubernetes in every pod
 * beside a Service of the name imagepic: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const ELSEWHERE =
  /^IMAGEPIC_(URL|TOKEN|TEST_\w+|FAULT_\w+|(\w+_)?SERVICE_(HOST|PORT\w*)|(\w+_)?PORT(_\d+_(TCP|UDP|SCTP)\w*)?)$/;
const LOOKS_OURS = /^IMAGE_?PIC(_|$)/i;

/** Letters that may be wrong in one of our names. More are common to names of others, such as IMAGE_SECRET. */
const SLIPS = 2;

/** What people make of our prefix, before the very rest of one of our names. */
const HALF_OURS = /^(?:IMAGES?|IMG|IMGPIC|PICS?|PICTURES?)_/i;
/** What others call theirs too. */
const COMMON = /_SECRET$/i;

/** The variable whose prefix somebody wrote otherwise; `undefined` when there is none. */
function ofHalfPrefix(name: string): string | undefined {
  const meant = name.replace(HALF_OURS, 'IMAGEPIC_').toUpperCase();
  return HALF_OURS.test(name) && !COMMON.test(name) && meant in known ? meant : undefined;
}

const isMeantAsOurs = (name: string): boolean =>
  LOOKS_OURS.test(name) ||
  ofHalfPrefix(name) !== undefined ||
  VARIABLES.some((known) => known.startsWith('IMAGEPIC_') && isMisspelt(name, known, SLIPS));

/** Finds what was likely meant; a function does without, since its deployment has looked. */
type Suggest = (word: string, candidates: readonly string[]) => string | undefined;

/** Says of each variable that looks like one of ours and is none which was likely meant: a setting without effect would say nothing. */
export function findUnknown(names: readonly string[], suggest: Suggest = () => undefined): readonly string[] {
  const unknown = names.filter((name) => !(name in known) && !ELSEWHERE.test(name) && isMeantAsOurs(name));
  return unknown.map((name) => {
    const meant = ofHalfPrefix(name) ?? suggest(name.toUpperCase(), VARIABLES);
    return `${name} is no variable of imagepic${meant === undefined ? '' : `; did you mean ${meant}?`} .github/REFERENCE.md lists them all`;
  });
}

/** Reads the configuration out of environment variables; an empty one counts as unset. @throws {ConfigError} naming every bad or unknown variable at once */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, suggest?: Suggest): Config {
  const values = readAll(known, env, suggest);
  const problems: string[] = [];
  const platform = toPlatform(values);
  const documents = toDocuments({ values, platform, problems });
  const objects = toObjects({ values, problems });
  const records = toRecords(values, { documents, platform, problems });
  const hasFiles = documents.kind === 'file' || objects.kind === 'file';
  if (platform.inCloud && hasFiles && !platform.allowsFiles) problems.push(FILE_STORES_IN_CLOUD);
  const server = toServer(values, problems);
  const transformer = toTransformer({ values, objects, problems });
  const isReachable = platform.inCloud || isReachableFromOutside(server);
  const identity = toIdentity(values, { documents, isReachable, problems });
  if (problems.length > 0) throw toError(problems);
  return Object.freeze({
    ...server,
    ...identity,
    ...toUploads(values),
    ...transformer,
    ...toPlatformConfig(values, platform),
    documents,
    objects,
    ...records,
    imageOrigins: [
      ...originsOf(objects),
      ...(server.publicUrl === undefined ? [] : [new URL(server.publicUrl).origin]),
    ],
  });
}

function readAll<Known extends Variables>(
  variables: Known,
  env: Readonly<Record<string, string | undefined>>,
  suggest: Suggest | undefined,
): Values<Known> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { schema, rule }] of Object.entries(variables)) {
    const result = v.safeParse(schema, env[name] === '' ? undefined : env[name], { abortPipeEarly: true });
    if (result.success) values[name] = result.output;
    else problems.push(`${name} must be ${rule}`);
  }
  problems.push(...findUnknown(Object.keys(env), suggest));
  if (problems.length > 0) throw toError(problems);
  // One value has been read for each name, by the schema that gives its type.
  return values as Values<Known>;
}

const toError = (problems: readonly string[]): ConfigError =>
  new ConfigError(`Configuration:\n${problems.map((line) => `- ${line}`).join('\n')}`);
