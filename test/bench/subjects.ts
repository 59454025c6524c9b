// States of the code that are measured beside each other, each built in its own checkout.
import { execFile } from 'node:child_process';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Subject } from './contestants.ts';

const run = promisify(execFile);

const MODULES = {
  router: 'src/router/index.ts',
  images: 'src/images/index.ts',
  store: 'src/stores/objects/file-system/object-store.ts',
};

/** Builds what is checked out here. */
export const openThis = (): Promise<Subject> => open('this', resolve('.'));

/** Checks a commit out beside this one and builds it. @throws {Error} when there is no such commit */
export async function openCommit(commit: string): Promise<Subject> {
  const { stdout } = await run('git', ['rev-parse', '--short', '--verify', `${commit}^{commit}`]);
  const name = stdout.trim();
  const folder = resolve('.build', 'against', name);
  await run('git', ['worktree', 'prune']);
  await rm(folder, { recursive: true, force: true });
  await run('git', ['worktree', 'add', '--force', '--detach', folder, name]);
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  return open(name, folder);
}

/** Forgets a commit that was checked out. */
export async function closeCommit(name: string): Promise<void> {
  await run('git', ['worktree', 'remove', '--force', resolve('.build', 'against', name)]);
}

async function open(name: string, folder: string): Promise<Subject> {
  for (const script of ['build:server', 'build:function']) {
    await run('npm', ['run', '--silent', script], { cwd: folder, maxBuffer: 1 << 26 });
  }
  // Inside this checkout, where packages are found.
  const outdir = resolve('.build', 'bench', 'subjects', name);
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await build({
    ...{ entryPoints: MODULES, absWorkingDir: folder, outdir, bundle: true, platform: 'node', format: 'esm' },
    ...{ target: 'node20.19', packages: 'external', outExtension: { '.js': '.mjs' }, logLevel: 'warning' },
  });
  const load = (module: string) => import(pathToFileURL(join(outdir, `${module}.mjs`)).href);
  const { createFileObjectStore } = await load('store');
  return {
    ...{ name, server: join(folder, '.build/server.js'), function: join(folder, 'functions/imagepic/index.js') },
    ...{ router: await load('router'), images: await load('images'), createFileObjectStore },
  };
}
