import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../../src/config/config.ts';

/** Only tests set it. */
const UNTOLD = ['IMAGEPIC_CLOUDBASE_URL'];

const own = VARIABLES.filter((name) => name.startsWith('IMAGEPIC_') && !UNTOLD.includes(name)).sort();

describe('the variables', () => {
  it('are all in the reference, and it has no others', () => {
    const [, section = ''] = readFileSync('.github/REFERENCE.md', 'utf8').split('\n## Configuration\n');
    const [table = ''] = section.split('\n## ');
    const told = [...table.matchAll(/^\| ((?:`\w+` ?)+)\|/gm)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []);
    expect(told.filter((name) => !VARIABLES.includes(name))).toEqual([]);
    expect(told.filter((name) => name.startsWith('IMAGEPIC_')).sort()).toEqual(own);
    expect(told).toEqual(expect.arrayContaining(['HOST', 'PORT']));
  });

  it('of .env.example are all known', () => {
    const set = [...readFileSync('.env.example', 'utf8').matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(set.length).toBeGreaterThan(10);
    // The deploy tool's own, which becomes the environment that is deployed to.
    for (const name of set.filter((each) => each !== 'ENV_ID')) expect(VARIABLES).toContain(name);
  });
});
