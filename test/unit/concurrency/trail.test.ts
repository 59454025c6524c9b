import { describe, expect, it } from 'vitest';
import { createTrail } from '../../../src/concurrency/trail.ts';

describe('a trail', () => {
  it('lets a listing go on and end', () => {
    const trail = createTrail(() => new Error('There is no end'));
    expect(['a', 'b', undefined, undefined].map(trail)).toEqual(['a', 'b', undefined, undefined]);
  });

  it.each([
    ['itself', ['a', 'a']],
    ['a page before the last', ['a', 'b', 'c', 'b']],
    ['the beginning', ['', 'a', '']],
  ])('ends with a page that leads to %s', (_, tokens) => {
    const trail = createTrail(() => new Error('There is no end'));
    expect(() => tokens.map(trail)).toThrow('There is no end');
  });
});
