import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { describeWeight, zipSizeOf } from '../../../src/build/weight.ts';

const file = (name: string, bytes: number) => ({ name, contents: randomBytes(bytes) });
const files = [file('index.js', 1000), file('chunks/main.js', 200_000), file('package.json', 300)];
const TOTAL = /^ *([\d.]+) kB zip, ([\d.]+) kB of it compiled by V8 11\.3;/;

it.each([
  ['less than the rest', [file('chunks/v8/main.js', 50_000)]],
  ['more than the rest', [file('chunks/v8/main.js', 900_000), file('chunks/v8/other.js', 10_000)]],
  ['nothing', []],
])('the whole that a build prints has its part in it, where %s is compiled', (_, compiled) => {
  const lines = describeWeight({ files, compiled, v8: '11.3' });
  const [, whole, part] = TOTAL.exec(lines.at(-1) ?? '') ?? [];
  const rest = zipSizeOf(files);
  expect(Number(part)).toBeLessThan(Number(whole));
  expect(Number(whole) * 1000).toBeCloseTo(zipSizeOf([...files, ...compiled]), -2);
  expect(Number(whole) - Number(part)).toBeCloseTo(rest / 1000, 0);
});

it('a build prints each file once, the heaviest first', () => {
  const names = describeWeight({ files, compiled: [], v8: '11.3' }).map((line) => line.split('  ').at(-1));
  expect(names.slice(0, -1)).toEqual(['chunks/main.js', 'index.js', 'package.json']);
});
