import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Metafile, type OnResolveResult, type Plugin } from 'esbuild';

const COMMON = { bundle: true, platform: 'node', target: 'node20.19', write: false, logLevel: 'warning' } as const;
/** Has a binary per platform, which `npm install` picks; the function's package.json names it. */
const NATIVE = ['@node-rs/argon2'];
/** Parts of SDKs that are loaded with them and that we never reach: calls to models and to data models. */
const LEFT_OUT = ['@cloudbase/ai', '@cloudbase/wx-cloud-client-sdk'];
/** Where the files seem to be while they are made, so that they come out the same for every folder. */
const FOLDER = resolve('/imagepic');
const INDEX = join(FOLDER, 'index.js');

/** A file of the bundle, its name relative to the folder. */
export interface BundledFile {
  readonly name: string;
  readonly contents: Uint8Array;
}

/**
 * Writes what CloudBase deploys: `index.js` (CommonJS, `exports.main`) with all that every event needs, `chunks/` with what
 * only some need, and `server.js`, which serves the same by HTTP.
 */
export async function bundleFunction(folder: string): Promise<readonly BundledFile[]> {
  const { files, metafile } = await split();
  const outputs = (await link(files, eagerPartsOf(INDEX, metafile))).map(nameExports(metafile));
  await rm(join(folder, 'chunks'), { recursive: true, force: true });
  await mkdir(join(folder, 'chunks'), { recursive: true });
  await Promise.all(outputs.map(({ name, contents }) => writeFile(join(folder, name), contents)));
  return outputs;
}

type Files = ReadonlyMap<string, string>;

/** Bundles as ES modules, because only there esbuild makes chunks of what is imported dynamically. */
async function split(): Promise<{ readonly files: Files; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    entryPoints: { index: 'src/main.ts', server: 'src/server.ts' },
    format: 'esm',
    splitting: true,
    outdir: FOLDER,
    chunkNames: 'chunks/[name]-[hash]',
    external: NATIVE,
    plugins: [leaveOut],
    metafile: true,
  });
  return { files: new Map(outputFiles.map(({ path, text }) => [path, text])), metafile };
}

const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${LEFT_OUT.join('|')})$`) }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: '' }));
  },
};

/** What is loaded with `file` before anything is asked for, itself among it. */
function eagerPartsOf(file: string, metafile: Metafile, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path, kind, external } of metafile.outputs[relative('.', file)]?.imports ?? []) {
    if (kind === 'import-statement' && !external) eagerPartsOf(resolve(path), metafile, found);
  }
  return found;
}

/**
 * Turns the modules into CommonJS. The eager ones become one file, because every file costs a cold start; the others get
 * those parts from there, so that nothing exists twice.
 */
async function link(files: Files, eager: ReadonlySet<string>): Promise<readonly BundledFile[]> {
  const { outputFiles } = await build({
    ...COMMON,
    entryPoints: [INDEX, ...[...files.keys()].filter((file) => !eager.has(file))],
    format: 'cjs',
    supported: { 'dynamic-import': false },
    minify: true,
    outdir: FOLDER,
    outbase: FOLDER,
    plugins: [linkTo(files, eager)],
  });
  return outputFiles.map(({ path, contents }) => ({ name: relative(FOLDER, path), contents }));
}

function linkTo(files: Files, eager: ReadonlySet<string>): Plugin {
  const exportNameOf = (part: string): string => relative(FOLDER, part).replace(/\W/g, '_');
  const parts = [...eager].filter((part) => part !== INDEX);
  const exported = parts.map((part) => `export * as ${exportNameOf(part)} from ${JSON.stringify(part)};`).join('\n');
  const resolvePart = (importer: string, resolveDir: string, path: string): OnResolveResult => {
    const [isEager, target] = [eager.has(importer), resolve(resolveDir, path)];
    const from = isEager ? FOLDER : resolveDir;
    if (!eager.has(target)) return { path: toRequirePath(from, target), external: true };
    if (isEager) return { path: target, namespace: 'split' };
    return { path: target, namespace: 'shared', suffix: `?${toRequirePath(from, INDEX)}` };
  };
  return {
    name: 'link',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ kind, namespace, path, importer, resolveDir }) => {
        if (kind === 'entry-point') return { path, namespace: 'split' };
        const isPart = namespace === 'split' && /^[./]/.test(path);
        return isPart ? resolvePart(importer, resolveDir, path) : { path, external: true };
      });
      onLoad({ filter: /.*/, namespace: 'split' }, ({ path }) => ({
        contents: `${files.get(path) ?? ''}${path === INDEX ? exported : ''}`,
        resolveDir: dirname(path),
      }));
      onLoad({ filter: /.*/, namespace: 'shared' }, ({ path, suffix }) => ({
        contents: `module.exports = require(${JSON.stringify(suffix.slice(1))}).${exportNameOf(path)};`,
      }));
    },
  };
}

/** Gives a package that is CommonJS, and imported dynamically, the named exports that Node would find in it. */
const nameExports =
  ({ inputs, outputs }: Metafile) =>
  ({ name, contents }: BundledFile): BundledFile => {
    const { entryPoint = '' } = outputs[relative('.', join(FOLDER, name))] ?? {};
    if (inputs[entryPoint]?.format !== 'cjs') return { name, contents };
    const named = 'module.exports={...module.exports.default,default:module.exports.default,__esModule:true};';
    return { name, contents: Buffer.concat([contents, Buffer.from(named)]) };
  };

function toRequirePath(from: string, to: string): string {
  const path = relative(from, to);
  return path.startsWith('.') ? path : `./${path}`;
}
