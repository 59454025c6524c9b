// Goes into the bundle as index.js and server.js: what loads the chunks.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

interface LoaderOptions {
  /** Where the chunks are. */
  readonly folder: string;
  /** Node's own, for what is no chunk. */
  readonly require: (id: string) => unknown;
  readonly onCompiled?: (name: string, script: Script) => void;
}

/**
 * Compiled code is good for exactly one V8, patches of Node included: V8 checks its own version, its flags and the source,
 * and so takes what another Node of the same line has compiled, which then does something else than was written.
 */
export const cacheFolderIn = (folder: string): string => {
  const { platform, arch, versions } = process;
  return join(folder, `${versions.v8}-${platform}-${arch}`);
};

/**
 * Creates a loader of CommonJS chunks, each once, by its file name. It does less than Node's own: no resolution, and no
 * compiling where the compiled code lies beside the chunk.
 */
export function createLoader({ folder, require, onCompiled }: LoaderOptions): (name: string) => unknown {
  const modules = new Map<string, { exports: unknown }>();
  const cacheFolder = cacheFolderIn(folder);
  const hasCache = existsSync(cacheFolder);

  const compile = (name: string): Script => {
    const filename = join(folder, name);
    const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(filename, 'utf8')}\n})`;
    const cachedData = hasCache ? readIfThere(join(cacheFolder, name)) : undefined;
    return new Script(source, { filename, ...(cachedData && { cachedData }) });
  };
  const requireFrom = (id: string): unknown => (id.startsWith('./') ? load(id.slice(2)) : require(id));
  const load = (name: string): unknown => {
    const loaded = modules.get(name);
    if (loaded !== undefined) return loaded.exports;
    const module = { exports: {} };
    modules.set(name, module);
    try {
      const script = compile(name);
      script.runInThisContext()(module.exports, requireFrom, module, join(folder, name), folder);
      onCompiled?.(name, script);
    } catch (error) {
      modules.delete(name);
      throw error;
    }
    return module.exports;
  };
  return load;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
