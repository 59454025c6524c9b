import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Import, listSources, ROOT, readImports, readSource, toSpecifier } from './sources.ts';

const files = listSources('src');
const imports = files.flatMap(readImports);

/** Folders whose folders are rooms of their own. */
const HOUSES = ['services', 'stores'];

/** The room that a file lies in; a file beside the rooms is one by itself. */
function toRoom(path: string): string {
  const [, ...names] = path.split('/');
  return names.slice(0, HOUSES.includes(names[0] ?? '') ? 2 : 1).join('/');
}

/** Which rooms each room imports from, and by which files. */
function readGraph(): ReadonlyMap<string, ReadonlyMap<string, Import>> {
  const graph = new Map<string, Map<string, Import>>();
  for (const one of imports) {
    const [from, to] = [toRoom(one.from), toRoom(one.to)];
    if (from === to) continue;
    graph.set(from, (graph.get(from) ?? new Map<string, Import>()).set(to, one));
  }
  return graph;
}

/** The shortest way from a room back to itself, as the imports that make it. */
function findCircle(graph: ReadonlyMap<string, ReadonlyMap<string, Import>>, start: string): readonly Import[] {
  const ways = new Map<string, readonly Import[]>([[start, []]]);
  for (const [room, way] of ways) {
    for (const [next, by] of graph.get(room) ?? []) {
      if (next === start) return [...way, by];
      if (!ways.has(next)) ways.set(next, [...way, by]);
    }
  }
  return [];
}

describe('the imports of src', () => {
  it('are written the shortest way, so that no arrow is gone round', () => {
    expect(imports.length).toBeGreaterThan(files.length);
    const odd = ({ from, specifier, to }: Import): boolean =>
      specifier !== toSpecifier(from, to) || !files.includes(to);
    expect(imports.filter(odd)).toEqual([]);
  });

  it('are what the arrows are held by: in TypeScript alone, and by no leave to pass one over', () => {
    const names = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
    const paths = names.filter((one) => one.isFile()).map((one) => relative(ROOT, join(one.parentPath, one.name)));
    const isTypeScript = (path: string): boolean => /(?:^|\/)(?:[\w-]+\.ts|README\.md)$/.test(path);
    // What a browser wants beside it is the page's alone; `public/` is copied as it is.
    const isOfThePage = (path: string): boolean =>
      /^src\/web\/(?:public\/[\w.-]+|index\.html|tsconfig\.json|vite\.config\.ts|.*\.(?:tsx|css))$/.test(path);
    expect(paths.filter((path) => !isTypeScript(path) && !isOfThePage(path))).toEqual([]);
    const passed =
      /biome-ignore(?:-all|-start)? (?:lint|lint\/style(?:\/noRestrictedImports|\/noCommonJs)?|lint\/plugin\S*)[: ]|<reference /;
    expect(files.filter((path) => passed.test(readSource(path)))).toEqual([]);
  });

  it('make no circle between rooms, also not by types', () => {
    const graph = readGraph();
    const circles = [...graph.keys()].map((room) => findCircle(graph, room)).filter((circle) => circle.length > 0);
    const told = circles.map((circle) => circle.map(({ from, to }) => `${from} → ${to}`).join(', '));
    expect(told).toEqual([]);
  });
});
