import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Metafile, type OnResolveResult, type Plugin } from 'esbuild';

const COMMON = { bundle: true, platform: 'node', target: 'node20.19', write: false, logLevel: 'warning' } as const;
/** Has a binary per platform, which `npm install` picks; the function's package.json names it. */
const NATIVE = ['@node-rs/argon2'];
/**
 * Packages that SDKs load at once and that none of our calls reaches. CloudBase: models, data models, mini-programs, answers
 * as streams, storage's XML, tickets, guesses at file types. AWS: keys from anywhere but our configuration.
 */
const LEFT_OUT = [
  '@cloudbase/ai',
  '@cloudbase/wx-cloud-client-sdk',
  '@cloudbase/adapter-wx_mp',
  '@mattiasbuelens/web-streams-adapter',
  'web-streams-polyfill',
  'xml2js',
  'jsonwebtoken',
  'mime-db',
  '@aws-sdk/credential-provider-node',
];
/** Where the files seem to be while they are made, so that they come out the same for every folder. */
const FOLDER = resolve('/imagepic');
const INDEX = join(FOLDER, 'index.js');
const SHARED = join(FOLDER, 'chunks', 'shared.js');

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
  const outputs = (await link(files, findHomes(metafile))).map(nameExports(metafile));
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
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The file that a part ends up in, of those that do not stay a file of their own. */
type Homes = ReadonlyMap<string, string>;

/**
 * Every file costs a cold start. So whatever index.js needs at once becomes one file with it, and what several chunks
 * share of our own code becomes one more.
 */
function findHomes({ outputs }: Metafile): Homes {
  const homes = new Map<string, string>();
  const importsOf = (part: string): readonly string[] =>
    (outputs[relative('.', part)]?.imports ?? [])
      .filter(({ kind, external }) => kind === 'import-statement' && !external)
      .map(({ path }) => resolve(path));
  const settle = (part: string): void => {
    if (homes.has(part)) return;
    homes.set(part, INDEX);
    importsOf(part).forEach(settle);
  };
  settle(INDEX);
  const isOurs = (part: string): boolean =>
    homes.has(part) ||
    (outputs[relative('.', part)]?.entryPoint === undefined &&
      Object.keys(outputs[relative('.', part)]?.inputs ?? {}).every((source) => source.startsWith('src/')) &&
      importsOf(part).every(isOurs));
  const parts = Object.keys(outputs).map((path) => resolve(path));
  for (const part of parts.filter((each) => !homes.has(each) && isOurs(each))) homes.set(part, SHARED);
  return homes;
}

/** Turns the modules into CommonJS; what has its home in another file is taken from there, so that nothing exists twice. */
async function link(files: Files, homes: Homes): Promise<readonly BundledFile[]> {
  const { outputFiles } = await build({
    ...COMMON,
    entryPoints: [...new Set([...files.keys()].map((file) => homes.get(file) ?? file))],
    format: 'cjs',
    supported: { 'dynamic-import': false },
    minify: true,
    outdir: FOLDER,
    outbase: FOLDER,
    plugins: [linkTo(files, homes)],
  });
  return outputFiles.map(({ path, contents }) => ({ name: relative(FOLDER, path), contents }));
}

function linkTo(files: Files, homes: Homes): Plugin {
  const homeOf = (part: string): string => homes.get(part) ?? part;
  const exportNameOf = (part: string): string => relative(FOLDER, part).replace(/\W/g, '_');
  const exportsOf = (file: string): string =>
    [...homes]
      .filter(([part, home]) => home === file && part !== file)
      .map(([part]) => `export * as ${exportNameOf(part)} from ${JSON.stringify(part)};`)
      .join('\n');
  const resolvePart = (importer: string, target: string): OnResolveResult => {
    const [from, home] = [homeOf(importer), homeOf(target)];
    if (home === from) return { path: target, namespace: 'split' };
    const path = toRequirePath(dirname(from), home);
    return home === target ? { path, external: true } : { path: target, namespace: 'elsewhere', suffix: `?${path}` };
  };
  return {
    name: 'link',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ kind, namespace, path, importer, resolveDir }) => {
        if (kind === 'entry-point') return { path, namespace: 'split' };
        const isPart = namespace === 'split' && /^[./]/.test(path);
        return isPart ? resolvePart(importer, resolve(resolveDir, path)) : { path, external: true };
      });
      onLoad({ filter: /.*/, namespace: 'split' }, ({ path }) => ({
        contents: `${files.get(path) ?? ''}\n${exportsOf(path)}`,
        resolveDir: dirname(path),
      }));
      onLoad({ filter: /.*/, namespace: 'elsewhere' }, ({ path, suffix }) => ({
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
