import { isBuiltin } from 'node:module';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import deployed from '../../../functions/imagepic/package.json' with { type: 'json' };
import root from '../../../package.json' with { type: 'json' };
import { HEIC_PACKAGE } from '../../../src/transformers/converter/heic-thread.ts';

/** What is run where only `dependencies` are installed. */
const RUN = ['src/main.ts', 'src/server.ts', 'src/index.ts', 'src/contract/contract.ts', 'src/cli/main.ts'];
/** What is run in a checkout. */
const BUILD = ['src/build/build.ts', 'src/build/deploy.ts', 'src/build/warm-up.ts'];

const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta } = root;

/** Names of the packages that files import, also those behind other files of ours; types are not counted. */
async function packagesOf(entryPoints: readonly string[]): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [...entryPoints],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
    metafile: true,
    outdir: '.build/none',
  });
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  const foreign = imported.filter(({ path, external }) => external === true && !isBuiltin(path));
  return [...new Set(foreign.map(({ path }) => toPackage(path)))].sort();
}

const toPackage = (path: string): string => path.split('/', path.startsWith('@') ? 2 : 1).join('/');

it('`dependencies` are exactly the packages that are imported where it runs, but for those that a bed alone needs', async () => {
  const used = [...(await packagesOf(RUN)), HEIC_PACKAGE].sort();
  expect(used).toEqual(Object.keys({ ...dependencies, ...peerDependencies }).sort());
});

it('what a bed alone needs is installed with no client, and in every checkout', () => {
  for (const [name, range] of Object.entries(peerDependencies)) {
    expect(peerDependenciesMeta).toHaveProperty([name], { optional: true });
    expect(range, name).toBe(`^${Object.entries(devDependencies).find(([known]) => known === name)?.[1]}`);
  }
});

it('the function installs nothing that it does not import', async () => {
  const installed = Object.keys({ ...deployed.dependencies, ...deployed.optionalDependencies });
  expect([...(await packagesOf(['src/main.ts'])), HEIC_PACKAGE]).toEqual(expect.arrayContaining(installed));
});

it('what builds and deploys it imports only what a checkout has', async () => {
  const installed = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  expect(installed).toEqual(expect.arrayContaining([...(await packagesOf(BUILD))]));
});

it('no package is in both lists, and every version is exact', () => {
  const both = Object.keys(dependencies).filter((name) => name in devDependencies);
  expect(both).toEqual([]);
  expect({ ...dependencies, ...devDependencies }).toMatchObject(deployed.optionalDependencies);
  for (const version of Object.values({ ...dependencies, ...devDependencies, ...deployed.dependencies })) {
    expect(version).toMatch(/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/);
  }
});
