import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, openBed } from '../../support/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(() => bed.close());

describe('the line of a call', () => {
  it.each([
    ['health', 'health'],
    ['upload/ip_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'unknown'],
    [`ip_${'A'.repeat(75)}`, 'unknown'],
    ['__proto__', 'unknown'],
    [undefined, 'unknown'],
    [5, 'unknown'],
  ])('S22 to %j names %s, and no text of others', async (url, expected) => {
    bed.log.length = 0;
    await bed.call(url);
    expect(bed.log.join('')).toContain(`"$url":"${expected}"`);
    expect(bed.log.join('')).not.toContain('ip_');
  });
});
