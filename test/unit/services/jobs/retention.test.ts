import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COLLECTIONS } from '../../../../src/services/jobs/sweep.ts';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const sources = files.map((file) => ({ file, text: readFileSync(join('src', file), 'utf8') }));

it('the sweep asks every collection that there is', () => {
  const defined = sources
    .flatMap(({ text }) => [...text.matchAll(/defineCollection\(\{\s*name: '([\w-]+)'/g)])
    .map(([, name]) => name);
  expect(defined.length).toBeGreaterThan(10);
  expect(COLLECTIONS.map(({ name }) => name).sort()).toEqual(defined.sort());
});

it('nobody but the collections and the sweep speaks to the document store', () => {
  const speakers = sources
    .filter(({ file }) => !/^(stores|ports)\//.test(file))
    .filter(({ text }) => /documents\.(create|read|replace|remove|list|increment)\(/.test(text))
    .map(({ file }) => file);
  expect(speakers.sort()).toEqual([
    'services/atomicity.ts',
    'services/collection.ts',
    'services/counters.ts',
    'services/jobs/sweep.ts',
  ]);
});

it.each(COLLECTIONS.map((collection) => [collection.name, collection] as const))(
  'documents of %s go at some time, or it says why not',
  (_name, { kept }) => {
    expect(kept === undefined || kept.length > 10).toBe(true);
  },
);
