import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeVariants } from '../suites/variants.suite.ts';

describeVariants('files', {
  env: () => ({}),
  count: async (_, folder) => {
    const names = await readdir(join(folder, 'objects'), { recursive: true }).catch(() => []);
    return names.filter((name) => /variants.*\.(webp|avif|jpeg|png|gif)/.test(name)).length;
  },
});
