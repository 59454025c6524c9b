import { expect, it } from 'vitest';
import { oneOf } from '../../../src/naming/one-of.ts';

it.each([
  [[], '', ''],
  [['file'], 'file', 'file'],
  [['file', 's3'], 'file 或 s3', 'file or s3'],
  [['file', 'cloudbase', 'mongodb'], 'file、cloudbase 或 mongodb', 'file, cloudbase or mongodb'],
])('writes %j as a choice', (words, zh, en) => {
  expect(oneOf(words, 'zh')).toBe(zh);
  expect(oneOf(words, 'en')).toBe(en);
});
