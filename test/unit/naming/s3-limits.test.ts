import { expect, it } from 'vitest';
import { MAX_OBJECT_BYTES, MAX_PARTS, toPartBytes } from '../../../src/naming/s3-limits.ts';

const MIB = 1024 * 1024;

it.each([
  [1, 8 * MIB],
  [8 * MIB + 1, 8 * MIB],
  [8 * MIB * MAX_PARTS, 8 * MIB],
  [8 * MIB * MAX_PARTS + 1, 8 * MIB + 1],
  [MAX_OBJECT_BYTES, 549_755_814],
])('an object of %i bytes goes in parts of %i', (size, partBytes) => {
  expect(toPartBytes(size)).toBe(partBytes);
  expect(Math.ceil(size / toPartBytes(size))).toBeLessThanOrEqual(MAX_PARTS);
});
