import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRevision, nextRevision, outcomeOf } from '../../../src/stores/revision.ts';

/** The revisions of one life of a document, oldest first. */
const lifeOf = (length: number): string[] => {
  const life: string[] = [];
  for (let index = 0; index < length; index += 1) life.push(nextRevision(life.at(-1)));
  return life;
};

describe('a revision', () => {
  it('is never given twice', () => {
    expect(new Set(Array.from({ length: 1000 }, () => nextRevision('x'.repeat(12)))).size).toBe(1000);
  });

  it('stays short however old the document is', () => {
    expect(Math.max(...lifeOf(100).map((revision) => revision.length))).toBe(16 * 12 + 15);
    expect(lifeOf(100).every(isRevision)).toBe(true);
  });

  it.each([
    '',
    '.',
    '0',
    'x'.repeat(11),
    'x'.repeat(13),
    `${'x'.repeat(12)}.`,
    `${'x'.repeat(12)}.y`,
    Array(17).fill('x'.repeat(12)).join('.'),
    undefined,
    7,
    { $ne: '' },
  ])('is not %j', (text) => {
    expect(isRevision(text)).toBe(false);
  });
});

describe('what became of a write', () => {
  const expected = nextRevision(undefined);
  const written = nextRevision(expected);

  it('is open while what it was to replace is still there', () => {
    expect(outcomeOf({ written, expected }, expected)).toBe('open');
    expect(outcomeOf({ written, expected: undefined }, undefined)).toBe('open');
  });

  it('is not done when the document is gone', () => {
    expect(outcomeOf({ written, expected }, undefined)).toBe('not-done');
  });

  it('is not done when the document lives a new life', () => {
    expect(outcomeOf({ written, expected }, lifeOf(1).at(-1))).toBe('not-done');
    expect(outcomeOf({ written, expected: undefined }, lifeOf(3).at(-1))).toBe('not-done');
  });

  it('is never told wrong, and told for sure up to 15 writes later', async () => {
    await fc.assert(
      fc.property(fc.nat(20), fc.boolean(), fc.nat(20), (before, happened, after) => {
        const life = lifeOf(before);
        const replaced = life.at(-1);
        const revision = nextRevision(replaced);
        if (happened) life.push(revision);
        for (let index = 0; index < after; index += 1) life.push(nextRevision(life.at(-1)));
        const outcome = outcomeOf({ written: revision, expected: replaced }, life.at(-1));
        if (!happened && after === 0) expect(outcome).toBe('open');
        else if (outcome === 'unknowable') expect(after).toBeGreaterThan(15);
        else expect(outcome).toBe(happened ? 'done' : 'not-done');
      }),
      { numRuns: 500 },
    );
  });
});
