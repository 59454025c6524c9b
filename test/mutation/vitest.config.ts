import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { mutate }: { readonly mutate: readonly string[] } = JSON.parse(
  readFileSync(new URL('stryker.json', import.meta.url), 'utf8'),
);

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    // Each module by its own table: what is changed at load is tried against all of them, so that others would cost minutes.
    include: [
      'test/mutation/loads.test.ts',
      ...mutate.map((module) => module.replace('src/', 'test/unit/').replace(/\.ts$/, '.test.ts')),
    ],
    env: { IMAGEPIC_FUZZ_RUNS: '200' },
    testTimeout: 30_000,
  },
});
