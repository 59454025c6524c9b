import { describe, expect, it } from 'vitest';
import { listSources, readSource } from './sources.ts';

const tests = listSources('test');

/** Each requirement of SECURITY.md with the lines below it. */
const requirements = new Map(
  [...readSource('.github/SECURITY.md').matchAll(/^\*\*(R\d+)\*\* ((?:(?!^(?:\*\*R\d|#)).*\n)*)/gm)].map(
    ([, code = '', text = '']) => [code, text],
  ),
);

const PROOF = /^- `([^`]+)`: "(.+)"$/gm;

describe('the requirements in SECURITY.md', () => {
  it('are R1 to R48, each with a test or with what is open', () => {
    expect([...requirements.keys()]).toEqual(Array.from({ length: 48 }, (_, index) => `R${index + 1}`));
    const isTold = (line: string): boolean => /^- (?:`test\/[^`]+`: ".+"|Open: .+)$/.test(line);
    const lists = [...requirements].map(
      ([code, text]) => [code, text.split('\n').filter((line) => line.startsWith('- '))] as const,
    );
    const bare = lists.filter(([, list]) => list.length === 0 || !list.every(isTold)).map(([code]) => code);
    expect(bare).toEqual([]);
  });

  it('name tests that exist', () => {
    const named = [...requirements.values()].flatMap((text) => [...text.matchAll(PROOF)]);
    expect(named.length).toBeGreaterThan(100);
    const exists = (file: string, name: string): boolean =>
      tests.includes(file) && ["'", '"', '`'].some((quote) => readSource(file).includes(`${quote}${name}${quote}`));
    expect(named.filter(([, file = '', name = '']) => !exists(file, name)).map(([line]) => line)).toEqual([]);
  });

  it('are what the codes in the names of tests mean', () => {
    const codes = tests.flatMap((file) =>
      [...readSource(file).matchAll(/['"`](R\d+) [a-z]/g)].map(([, code = '']) => code),
    );
    expect(codes.length).toBeGreaterThan(60);
    expect(codes.filter((code) => !requirements.has(code))).toEqual([]);
  });
});
