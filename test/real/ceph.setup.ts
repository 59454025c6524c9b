import type { TestProject } from 'vitest/node';
import { type Ceph, startCeph } from '../support/ceph.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly ceph: Ceph;
  }
}

/** Starts one Ceph for all tests against a real store, and stops it after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, ...ceph } = await startCeph();
  project.provide('ceph', ceph);
  return stop;
}
