import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = new URL('../..', import.meta.url).pathname;

/** The command line as it is run: by `node <program> …`. */
export interface BuiltCommandLine {
  readonly program: string;
  remove(): Promise<void>;
}

/** Builds the command line. */
export async function buildCommandLine(): Promise<BuiltCommandLine> {
  // Inside the checkout, so that it finds its packages.
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.imagepic-cli-'));
  await build({
    entryPoints: [join(ROOT, 'src/cli/main.ts')],
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
  return { program: join(folder, 'main.mjs'), remove: () => rm(folder, { recursive: true, force: true }) };
}
