import { describe, expect, it } from 'vitest';
import { isRecord } from '../../../src/naming/record.ts';

describe('records', () => {
  it.each([{}, { a: 1 }, Object.create(null), new Date(0), new Map()])('are objects such as %j', (value) => {
    expect(isRecord(value)).toBe(true);
  });

  it.each(
    [undefined, null, 0, '', 'text', true, [], [1], Symbol.iterator, 1n, () => undefined].map((value) => [value]),
  )('are not %o', (value) => {
    expect(isRecord(value)).toBe(false);
  });
});
