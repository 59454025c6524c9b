import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The folder that holds `src` and `test`. */
export const ROOT = new URL('../../..', import.meta.url).pathname;

/** Every TypeScript file below a folder of the repository, by its path from the root. */
export const listSources = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name))
    .sort();

/** Text of a file of the repository. */
export const readSource = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** How a file names another one of the repository in an import. */
export function toSpecifier(from: string, to: string): string {
  const path = relative(dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
}

/** One import of a file of the repository; type-only and dynamic ones count as well. */
export interface Import {
  readonly from: string;
  /** As it is written. */
  readonly specifier: string;
  /** The file that it leads to. */
  readonly to: string;
}

/** Indented ones are text that is generated, but for dynamic ones. */
const IMPORTS = /(?:^(?:import|export|\}) .*\bfrom |^import |\bimport\()'(\.{1,2}\/[^']+)'/gm;

/** What a file imports of its own repository. */
export const readImports = (from: string): readonly Import[] =>
  [...readSource(from).matchAll(IMPORTS)]
    .filter(([, specifier = '']) => !specifier.endsWith('.css'))
    .map(([, specifier = '']) => ({ from, specifier, to: join(dirname(from), specifier) }));
