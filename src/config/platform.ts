import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Values, variable } from './variable.ts';

/** What the service runs on. */
export interface PlatformConfig {
  readonly dataDir: string;
  /** Where large uploads lie while they are checked. */
  readonly spoolFolder: string;
  /** Whether this is a function of the platform. */
  readonly inCloud: boolean;
  /** Whether stores in which there is nothing may become a new bed. */
  readonly newBed: 'allowed' | 'refused';
}

/** What the choice of stores may know of the platform. */
export interface Platform {
  readonly inCloud: boolean;
  /** Whether files may be stores in spite of it. */
  readonly allowsFiles: boolean;
  /** The function's own CloudBase environment. */
  readonly environment: string | undefined;
}

/** What says what the service runs on. */
export const platformVariables = {
  IMAGEPIC_DATA_DIR: variable(
    v.optional(v.pipe(v.string(), v.minLength(1)), '.data'),
    'a folder for the embedded stores',
  ),
  IMAGEPIC_NEW_BED: variable(
    v.optional(v.picklist(['allowed', 'refused']), 'allowed'),
    'allowed, or refused once the bed is there, so that an empty volume is never taken for a new one',
  ),
  IMAGEPIC_ALLOW_FILE_STORES: variable(
    v.optional(v.picklist(['shared-mount'])),
    'shared-mount, and only where IMAGEPIC_DATA_DIR is a mount that all instances share',
  ),
  TENCENTCLOUD_RUNENV: variable(v.optional(v.string()), 'set by the platform'),
  SCF_NAMESPACE: variable(v.optional(v.string()), 'set by the platform'),
};

type PlatformValues = Values<typeof platformVariables>;

/** Makes of them what stores are chosen by. */
export const toPlatform = (values: PlatformValues): Platform => ({
  inCloud: values.TENCENTCLOUD_RUNENV !== undefined || values.SCF_NAMESPACE !== undefined,
  allowsFiles: values.IMAGEPIC_ALLOW_FILE_STORES !== undefined,
  environment: values.SCF_NAMESPACE,
});

/** Makes of them what the service runs on. */
export const toPlatformConfig = (values: PlatformValues, { inCloud }: Platform): PlatformConfig => ({
  dataDir: values.IMAGEPIC_DATA_DIR,
  spoolFolder: inCloud ? join(tmpdir(), 'imagepic') : join(values.IMAGEPIC_DATA_DIR, 'spool'),
  inCloud,
  newBed: values.IMAGEPIC_NEW_BED,
});

/** Told of files that would be stores inside a cloud function. */
export const FILE_STORES_IN_CLOUD =
  'The embedded file stores would lose data here: instances of a cloud function share no disk. ' +
  'Set IMAGEPIC_S3_ENDPOINT (https://cos.<region>.myqcloud.com) and its keys for the images, and IMAGEPIC_DOCUMENTS=cloudbase, postgres or mongodb for the rest. ' +
  'Set IMAGEPIC_ALLOW_FILE_STORES=shared-mount only where IMAGEPIC_DATA_DIR is a mount that all instances share';
