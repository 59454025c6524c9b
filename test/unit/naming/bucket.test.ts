import { describe, expect, it } from 'vitest';
import { isBucketName } from '../../../src/naming/bucket.ts';

describe('names of buckets', () => {
  it.each(['abc', 'images', '3dd', 'a.b', 'a-b-c', 'x'.repeat(63)])('may be %j', (name) => {
    expect(isBucketName(name)).toBe(true);
  });

  it.each([
    '',
    'ab',
    'x'.repeat(64),
    'Images',
    'im_ages',
    'im ages',
    '-images',
    'images-',
    '.images',
    'images.',
    'a/b',
    '..',
    'images\n',
    'images\0',
    '图片桶',
    'ımages',
  ])('may not be %j', (name) => {
    expect(isBucketName(name)).toBe(false);
  });
});
