import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { dictionary } from '@zxcvbn-ts/language-common';
import { build, type Metafile, type OnResolveResult, type Plugin } from 'esbuild';

const COMMON = { bundle: true, platform: 'node', target: 'node20.19', write: false, logLevel: 'warning' } as const;
/** Have a binary per platform, which `npm install` picks; the function's package.json names them. */
const NATIVE = ['@node-rs/argon2', 'libsql', 'sharp'];
/**
 * Packages that SDKs load at once and that none of our calls reaches. CloudBase: models, data models, the client's SDK,
 * storage's XML, tickets, streams of the web, guesses at file types, forms, proxies, and watching documents change. AWS: keys from anywhere but our configuration, and
 * guesses at browsers. pg: addresses, which we take apart ourselves, passwords in files, and the runtime of Cloudflare.
 * mongodb: logins other than by password, compression, encryption by the client, and proxies.
 */
const LEFT_OUT = [
  '@cloudbase/ai',
  '@cloudbase/wx-cloud-client-sdk',
  '@cloudbase/app',
  'xml2js',
  'jsonwebtoken',
  'web-streams-polyfill',
  'mime-db',
  'http-proxy-agent',
  'https-proxy-agent',
  'lodash.clonedeep',
  'lodash.set',
  'lodash.unset',
  'form-data',
  '@aws-sdk/credential-provider-node',
  'bowser',
  'pg-connection-string',
  'pg-cloudflare',
  'pg-native',
  'pgpass',
  '@aws-sdk/credential-providers',
  '@mongodb-js/zstd',
  'aws4',
  'gcp-metadata',
  'kerberos',
  'mongodb-client-encryption',
  'snappy',
  'socks',
];
/** Says what SDKs do to whoever sets `DEBUG`, which in a function nobody reads; they call it, so something must be there. */
const DEBUG = /^debug$/;
const NO_DEBUG = 'module.exports = () => () => undefined;';
/** The package's main file holds a dozen hashes in WebAssembly, and no bundler can leave one out; this one holds argon2 alone. */
const ARGON2_ALONE = { 'hash-wasm': 'hash-wasm/dist/argon2.umd.min.js' };
/** The driver of MongoDB brings addresses as browsers have them, with all of Unicode; Node has them too. */
const ADDRESSES = /^whatwg-url$/;
/** Only `npm start` stands in for the platform; what is deployed has the platform itself. */
const EMULATION = /\/emulated-platform\.ts$/;
const NO_EMULATION = `exports.emulatePlatform = () => {
  throw new Error('IMAGEPIC_EMULATE_LIMITS is for npm start only; leave it out here.');
};`;
/** Where the files seem to be while they are made, so that they come out the same for every folder. */
const FOLDER = resolve('/imagepic');
const MAIN = join(FOLDER, 'main.js');
/** A package that is CommonJS, and imported dynamically, gets the named exports that Node would find in it. */
const NAMED_EXPORTS = Buffer.from(
  'module.exports={...module.exports.default,default:module.exports.default,__esModule:true};',
);

/** A file of the bundle, its name relative to the folder. */
export interface BundledFile {
  readonly name: string;
  readonly contents: Uint8Array;
}

/**
 * Writes what CloudBase deploys: `index.js` (CommonJS, `exports.main`), which loads `chunks/`: `main.js` with all that every
 * event needs, the others with what only some need. Beside it `server.js`, which serves the same by HTTP.
 */
export async function bundleFunction(folder: string): Promise<readonly BundledFile[]> {
  const { files, metafile } = await split();
  const chunks = await link(files, metafile);
  const loaders = await Promise.all([
    makeLoader('index.js', "export const { main } = load('main.js');"),
    makeLoader('server.js', "load('server.js');"),
  ]);
  const all = [...loaders, ...chunks.map(({ name, contents }) => ({ name: `chunks/${name}`, contents }))];
  await rm(join(folder, 'chunks'), { recursive: true, force: true });
  await mkdir(join(folder, 'chunks'), { recursive: true });
  await Promise.all(all.map(({ name, contents }) => writeFile(join(folder, name), contents)));
  return all;
}

async function makeLoader(name: string, use: string): Promise<BundledFile> {
  const contents = `
    import { join } from 'node:path';
    import { createLoader } from './src/build/loader.ts';
    const load = createLoader({ folder: join(__dirname, 'chunks'), require });
    ${use}`;
  const stdin = { contents, resolveDir: '.', loader: 'js' } as const;
  const { outputFiles } = await build({ ...COMMON, stdin, format: 'cjs', minify: true });
  return { name, contents: outputFiles[0]?.contents ?? new Uint8Array() };
}

type Files = ReadonlyMap<string, string>;

/** Bundles as ES modules, because only there esbuild makes chunks of what is imported dynamically. */
async function split(): Promise<{ readonly files: Files; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    entryPoints: { main: 'src/main.ts', server: 'src/server.ts' },
    format: 'esm',
    splitting: true,
    outdir: FOLDER,
    chunkNames: '[name]-[hash]',
    external: NATIVE,
    alias: ARGON2_ALONE,
    plugins: [leaveOut, leaveOutSummaries, shortenPasswords],
    metafile: true,
  });
  return { files: new Map(outputFiles.map(({ path, text }) => [path, text])), metafile };
}

const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${LEFT_OUT.join('|')})$`) }, ({ path }) => ({ path, namespace: 'left-out' }));
    onResolve({ filter: EMULATION }, ({ path }) => ({ path, namespace: 'left-out' }));
    onResolve({ filter: DEBUG }, ({ path }) => ({ path, namespace: 'left-out' }));
    onResolve({ filter: ADDRESSES }, ({ path }) => ({ path, namespace: 'of-node' }));
    onLoad({ filter: /.*/, namespace: 'of-node' }, () => ({ contents: 'module.exports = { URL, URLSearchParams };' }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => {
      if (EMULATION.test(path)) return { contents: NO_EMULATION };
      return { contents: DEBUG.test(path) ? NO_DEBUG : 'module.exports = {};' };
    });
  },
};

/** What a route does is for the documentation, which is made beforehand; no event asks for it. */
const SUMMARY = /^ +summary:\s+(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"),\n/gm;

const leaveOutSummaries: Plugin = {
  name: 'leave-out-summaries',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]contract[\\/][\w-]+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(SUMMARY, ''),
      loader: 'ts',
    }));
  },
};

/** Nobody can have a shorter password, so the common ones that are shorter need not be told apart. */
const SHORTEST_PASSWORD = 8;

/** As much of the word before as one digit of base 36 can say. */
const MOST_SHARED = 35;

/** Sorted words as lines, each without what it begins with like the one before, whose length stands in its place. */
function frontCode(words: readonly string[]): string {
  const lines = words.map((word, index) => {
    const before = words[index - 1] ?? '';
    let shared = 0;
    while (shared < MOST_SHARED && word[shared] !== undefined && word[shared] === before[shared]) shared += 1;
    return shared.toString(36) + word.slice(shared);
  });
  return lines.join('\n');
}

/** Takes along the common passwords that are long enough, as one text: a quarter of what the package holds. */
const shortenPasswords: Plugin = {
  name: 'shorten-passwords',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]identity[\\/]common-passwords\.ts$/ }, () => {
      const words = dictionary['passwords-common'].filter((word) => [...word].length >= SHORTEST_PASSWORD).sort();
      const contents = `
        let before = '';
        const COMMON = new Set(${JSON.stringify(frontCode(words))}.split('\\n').map((line) => {
          before = before.slice(0, parseInt(line[0], 36)) + line.slice(1);
          return before;
        }));
        export const isCommon = (password) => COMMON.has(password);`;
      return { contents, loader: 'js' };
    });
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
async function link(files: Files, metafile: Metafile): Promise<readonly BundledFile[]> {
  const eager = eagerPartsOf(MAIN, metafile);
  const chunks = [MAIN, ...[...files.keys()].filter((file) => !eager.has(file))];
  const names = new Map(chunks.map((file) => [file, nameOf(file, metafile)]));
  const { outputFiles } = await build({
    ...COMMON,
    entryPoints: [...names].map(([file, name]) => ({ in: file, out: name })),
    format: 'cjs',
    supported: { 'dynamic-import': false },
    // Where packages are looked for from; a chunk is told where it lies.
    define: { 'import.meta.url': '__filename' },
    minify: true,
    outdir: FOLDER,
    plugins: [linkTo(files, eager, names)],
  });
  const isCommonJs = (file: string): boolean => metafile.inputs[entryOf(file, metafile)]?.format === 'cjs';
  const commonJs = new Set(chunks.filter(isCommonJs).map((file) => `${names.get(file)}.js`));
  return outputFiles.map(({ path, contents }) => {
    const name = relative(FOLDER, path);
    return { name, contents: commonJs.has(name) ? Buffer.concat([contents, NAMED_EXPORTS]) : contents };
  });
}

/** The module that a chunk is made for, of those that are imported dynamically. */
const entryOf = (file: string, { outputs }: Metafile): string => outputs[relative('.', file)]?.entryPoint ?? '';

/**
 * The room that all of a chunk is from but for names that it alone uses: of stores, which several adapters share, one
 * adapter or the library, of which several parts are loaded by themselves.
 */
function sharedRoomOf(file: string, { outputs }: Metafile): string | undefined {
  const inputs = Object.keys(outputs[relative('.', file)]?.inputs ?? {});
  const rooms = inputs
    .filter((input) => !input.startsWith('src/naming/'))
    .map((input) => {
      if (input.startsWith('src/services/library/')) return 'shared-library';
      const [, room, adapter] = /^src\/stores\/(\w+)\/(?:([^/]+)\/)?[^/]+$/.exec(input) ?? [];
      return adapter === undefined ? room : `shared-${adapter}`;
    });
  return new Set(rooms).size === 1 ? rooms[0] : undefined;
}

/** A chunk of a package is called by it, and one of a store also by its adapter or room, so that it can be told what may stay behind. */
function nameOf(file: string, metafile: Metafile): string {
  const entry = entryOf(file, metafile);
  const room = entry === '' ? sharedRoomOf(file, metafile) : undefined;
  if (room !== undefined) return basename(file, '.js').replace(/^chunk/, room);
  const [, packageName] = /.*node_modules\/(@[^/]+\/[^/]+|[^@/][^/]*)\//.exec(entry) ?? [];
  if (packageName !== undefined) return packageName.replace(/^@/, '').replace('/', '-');
  const [, adapter] = /^src\/stores\/\w+\/([^/]+)\//.exec(entry) ?? [];
  return [...(adapter === undefined ? [] : [adapter]), basename(file, '.js')].join('-');
}

function linkTo(files: Files, eager: ReadonlySet<string>, names: ReadonlyMap<string, string>): Plugin {
  const exportNameOf = (part: string): string => relative(FOLDER, part).replace(/\W/g, '_');
  const exported = [...eager]
    .filter((part) => part !== MAIN)
    .map((part) => `export * as ${exportNameOf(part)} from ${JSON.stringify(part)};`);
  const resolvePart = (importer: string, target: string): OnResolveResult => {
    if (!eager.has(target)) return { path: `./${names.get(target)}.js`, external: true };
    return { path: target, namespace: eager.has(importer) ? 'split' : 'in-main' };
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
        contents: [files.get(path), ...(path === MAIN ? exported : [])].join('\n'),
        resolveDir: dirname(path),
      }));
      onLoad({ filter: /.*/, namespace: 'in-main' }, ({ path }) => ({
        contents: `module.exports = require('./main.js')${path === MAIN ? '' : `.${exportNameOf(path)}`};`,
      }));
    },
  };
}
