import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';
import { packagesOf, requirePackages } from '../../../src/config/packages.ts';

const S3 = { IMAGEPIC_S3_REGION: 'r', IMAGEPIC_S3_ACCESS_KEY_ID: 'a', IMAGEPIC_S3_SECRET_ACCESS_KEY: 's' };
const SECRET = { IMAGEPIC_SECRET: 'the secret of the packages test 0123456789' };
const CLOUDBASE = {
  ...SECRET,
  ...{ IMAGEPIC_DOCUMENTS: 'cloudbase', IMAGEPIC_CLOUDBASE_ENV: 'env-1', CLOUDBASE_APIKEY: 'key' },
};
const POSTGRES = {
  ...SECRET,
  IMAGEPIC_DOCUMENTS: 'postgres',
  IMAGEPIC_DATABASE_URL: 'postgres://bed@127.0.0.1/bed',
};
const MONGODB = { ...SECRET, IMAGEPIC_DOCUMENTS: 'mongodb', IMAGEPIC_DATABASE_URL: 'mongodb://127.0.0.1/bed' };
const ALWAYS = ['@node-rs/argon2', '@zxcvbn-ts/language-common'];

describe('the packages that a bed needs', () => {
  it.each([
    [{}, ALWAYS, []],
    [S3, [...ALWAYS, '@aws-sdk/client-s3'], []],
    [{ ...S3, ...CLOUDBASE }, [...ALWAYS, '@cloudbase/node-sdk', '@aws-sdk/client-s3'], ['@cloudbase/node-sdk']],
    [POSTGRES, [...ALWAYS, 'pg'], ['pg']],
    [MONGODB, [...ALWAYS, 'mongodb'], ['mongodb']],
    // Where nobody has asked for records, a bed goes without.
    [{ IMAGEPIC_RECORDS: '' }, ALWAYS, []],
    [{ IMAGEPIC_RECORDS: 'sqlite' }, [...ALWAYS, 'libsql'], []],
  ])('with %j are %j, and for its accounts alone %j', (env, whole, accounts) => {
    const names = (part: 'bed' | 'accounts') => packagesOf(loadConfig({ ...env }), part).map(({ name }) => name);
    expect([names('bed'), names('accounts')]).toEqual([whole, accounts]);
  });

  it('are all in a checkout', async () => {
    await requirePackages(packagesOf(loadConfig({ ...S3, ...CLOUDBASE }), 'bed'));
    await requirePackages(packagesOf(loadConfig(POSTGRES), 'bed'));
    await requirePackages(packagesOf(loadConfig(MONGODB), 'bed'));
  });

  it('are told by the one command that installs all that is missing', async () => {
    const is = (name: string) => ({ name, load: async () => undefined });
    const isNot = (name: string) => ({ name, load: () => Promise.reject(new Error('MODULE_NOT_FOUND')) });
    const loading = requirePackages([isNot('a'), is('b'), isNot('@c/d')]);
    await expect(loading).rejects.toThrow(/ {2}npm install a @c\/d$/);
  });
});
