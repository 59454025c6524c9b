import { describe, expect, it } from 'vitest';
import { type Import, listSources, readImports, toSpecifier } from './sources.ts';

const files = listSources('src');
const imports = files.flatMap(readImports);

describe('the imports of src', () => {
  it('are written the shortest way, so that no arrow is gone round', () => {
    expect(imports.length).toBeGreaterThan(files.length);
    const odd = ({ from, specifier, to }: Import): boolean =>
      specifier !== toSpecifier(from, to) || !files.includes(to);
    expect(imports.filter(odd)).toEqual([]);
  });
});
