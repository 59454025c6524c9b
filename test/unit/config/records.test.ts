import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';

const DATABASE = {
  IMAGEPIC_SECRET: 'the secret of the records test 01234567890',
  IMAGEPIC_DOCUMENTS: 'postgres',
  IMAGEPIC_DATABASE_URL: 'postgres://a:b@127.0.0.1/c',
};

const MONGODB = { IMAGEPIC_DOCUMENTS: 'mongodb', IMAGEPIC_DATABASE_URL: 'mongodb://127.0.0.1/bed' };
const S3 = { IMAGEPIC_S3_REGION: 'r', IMAGEPIC_S3_ACCESS_KEY_ID: 'a', IMAGEPIC_S3_SECRET_ACCESS_KEY: 's' };
const IN_CLOUD = { TENCENTCLOUD_RUNENV: 'SCF', SCF_NAMESPACE: 'bed-1' };

describe('IMAGEPIC_RECORDS', () => {
  it.each<[object, string, boolean]>([
    [{}, 'sqlite', false],
    [{ IMAGEPIC_RECORDS: '' }, 'sqlite', false],
    [S3, 'sqlite', false],
    [{ IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount' }, 'none', false],
    [{ ...IN_CLOUD, IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount' }, 'none', false],
    [{ ...IN_CLOUD, ...S3, IMAGEPIC_SECRET: DATABASE.IMAGEPIC_SECRET }, 'none', false],
    [DATABASE, 'none', false],
    [{ IMAGEPIC_RECORDS: 'none' }, 'none', true],
    [{ IMAGEPIC_RECORDS: 'sqlite' }, 'sqlite', true],
    [{ ...DATABASE, IMAGEPIC_RECORDS: 'postgres' }, 'postgres', true],
    [{ ...DATABASE, ...MONGODB, IMAGEPIC_RECORDS: 'mongodb' }, 'mongodb', true],
    [{ ...DATABASE, IMAGEPIC_RECORDS: 'sqlite' }, 'sqlite', true],
    [
      { ...IN_CLOUD, ...S3, IMAGEPIC_SECRET: DATABASE.IMAGEPIC_SECRET, IMAGEPIC_RECORDS: 'cloudbase' },
      'cloudbase',
      true,
    ],
  ])('%j is %s, asked for: %s', (env, records, recordsAsked) => {
    expect(loadConfig({ ...env })).toMatchObject({ records, recordsAsked });
  });

  it.each<[object, RegExp]>([
    [{ IMAGEPIC_RECORDS: 'mysql' }, /IMAGEPIC_RECORDS must be/],
    [{ IMAGEPIC_RECORDS: 'postgres' }, /set IMAGEPIC_DOCUMENTS=postgres too/],
    [{ ...DATABASE, IMAGEPIC_RECORDS: 'mongodb' }, /set IMAGEPIC_DOCUMENTS=mongodb too/],
    [{ ...DATABASE, ...MONGODB, IMAGEPIC_RECORDS: 'postgres' }, /set IMAGEPIC_DOCUMENTS=postgres too/],
    [{ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount' }, /needs a disk of one host/],
    [{ ...DATABASE, IMAGEPIC_RECORDS: 'cloudbase' }, /set IMAGEPIC_DOCUMENTS=cloudbase too/],
    [{ IMAGEPIC_RECORDS: 'sqlite', ...IN_CLOUD }, /needs a disk of one host/],
  ])('%j is refused', (env, words) => {
    expect(() => loadConfig({ ...env })).toThrow(words);
  });
});
