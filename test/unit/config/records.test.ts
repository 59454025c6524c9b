import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';

const DATABASE = {
  IMAGEPIC_SECRET: 'the secret of the records test 01234567890',
  IMAGEPIC_DOCUMENTS: 'postgres',
  IMAGEPIC_DATABASE_URL: 'postgres://a:b@127.0.0.1/c',
};

describe('IMAGEPIC_RECORDS', () => {
  it.each<[object, string]>([
    [{}, 'none'],
    [{ IMAGEPIC_RECORDS: 'none' }, 'none'],
    [{ IMAGEPIC_RECORDS: 'sqlite' }, 'sqlite'],
    [{ ...DATABASE, IMAGEPIC_RECORDS: 'postgres' }, 'postgres'],
    [{ ...DATABASE, IMAGEPIC_RECORDS: 'sqlite' }, 'sqlite'],
  ])('%j is %s', (env, kind) => {
    expect(loadConfig({ ...env }).records).toBe(kind);
  });

  it.each<[object, RegExp]>([
    [{ IMAGEPIC_RECORDS: 'mysql' }, /IMAGEPIC_RECORDS must be/],
    [{ IMAGEPIC_RECORDS: 'postgres' }, /set IMAGEPIC_DOCUMENTS=postgres too/],
    [{ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount' }, /needs a disk of one host/],
    [{ IMAGEPIC_RECORDS: 'sqlite', TENCENTCLOUD_RUNENV: 'SCF', SCF_NAMESPACE: 'bed-1' }, /needs a disk of one host/],
  ])('%j is refused', (env, words) => {
    expect(() => loadConfig({ ...env })).toThrow(words);
  });
});
