import type { TestProject } from 'vitest/node';
import { type Ceph, startCeph } from '../support/ceph.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly ceph: Ceph;
  }
}

/**
 * Starts one Ceph for all tests against a real store, and stops it after them; or takes the store that
 * `IMAGEPIC_TEST_S3_ENDPOINT` names, with the keys beside it, such as a MinIO or versitygw of one's own.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const other = otherStore(process.env);
  const { stop, ...ceph } = other === undefined ? await startCeph() : { ...other, stop: async () => undefined };
  project.provide('ceph', ceph);
  return stop;
}

function otherStore(env: Readonly<Record<string, string | undefined>>): Ceph | undefined {
  const endpoint = env['IMAGEPIC_TEST_S3_ENDPOINT'];
  if (endpoint === undefined || endpoint === '') return undefined;
  const accessKeyId = env['IMAGEPIC_TEST_S3_ACCESS_KEY_ID'];
  const secretAccessKey = env['IMAGEPIC_TEST_S3_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey) {
    throw new Error('Beside IMAGEPIC_TEST_S3_ENDPOINT set IMAGEPIC_TEST_S3_ACCESS_KEY_ID and …_SECRET_ACCESS_KEY');
  }
  return { endpoint, accessKeyId, secretAccessKey };
}
