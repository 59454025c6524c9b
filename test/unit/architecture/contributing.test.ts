import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };
import { ROOT, readSource } from './sources.ts';

const contributing = readSource('.github/CONTRIBUTING.md');

describe('CONTRIBUTING.md', () => {
  it('says when to run each script of the package, and knows no other', () => {
    const named = [...contributing.matchAll(/npm (?:run )?([a-z]+(?::[a-z]+)*)(?=[`\s])/g)].map(
      ([, name = '']) => name,
    );
    expect([...new Set(named)].filter((name) => name !== 'ci').sort()).toEqual(Object.keys(manifest.scripts).sort());
  });

  it('says what is in each folder of the tests', () => {
    const folders = readdirSync(join(ROOT, 'test'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !contributing.includes(`\`test/${name}\``))).toEqual([]);
  });
});

describe('the workflow', () => {
  it('runs what must hold before a change lands, on the Node that the function runs on', () => {
    const { jobs } = parse(readSource('.github/workflows/ci.yml'));
    const steps: readonly { readonly run?: string; readonly with?: object }[] = jobs.everything.steps;
    expect(steps.flatMap(({ run }) => run ?? [])).toEqual(['.ci/run']);
    expect(steps.map((step) => step.with)).toContainEqual({ 'node-version': 20, cache: 'npm' });
  });

  it.each(['bug.yml', 'feature.yml'])('has a form that asks for what is needed: %s', (name) => {
    const { body } = parse(readSource(`.github/ISSUE_TEMPLATE/${name}`));
    const asked: readonly { readonly id?: string; readonly validations?: object }[] = body;
    expect(asked.filter(({ validations }) => validations !== undefined).length).toBeGreaterThan(1);
    const ids = asked.flatMap(({ id }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
