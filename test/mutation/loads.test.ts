import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const { mutate }: { readonly mutate: readonly string[] } = JSON.parse(
  readFileSync(new URL('stryker.json', import.meta.url), 'utf8'),
);

// A table whose imports fail has no test that could fail, and Stryker takes that for a mutant that survived.
it.each(mutate)('%s loads', async (module) => {
  const loaded: object = await import(new URL(`../../${module}`, import.meta.url).pathname);
  expect(Object.keys(loaded)).not.toEqual([]);
});
