import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../src/contract/contract.ts';
import type { RouteContract } from '../../../src/contract/route-contract.ts';

const LENGTH = 1_000_000;
const MAX_MS = 1000;
const fill = (text: string): string => text.repeat(LENGTH / text.length);
/** What makes patterns look back: one letter again and again, two by turns, and an end that fits nothing. */
const HOSTILE = ['a', '0', '.', '-', '/', ' ', '@', '{', 'a.', 'a@', 'a-', '0,', '{hash}', '\u732b'].flatMap((text) => [
  fill(text),
  `${fill(text)}\u0000`,
  `a@${fill(text)}!`,
]);

const ROUTES = Object.entries<RouteContract>(contract);
const FIRST_ROUTE_OF = new Map(
  ROUTES.toReversed().flatMap(([, { input }]) => Object.keys(input.fields).map((field) => [field, input] as const)),
);

describe('a field of a million characters', () => {
  it.each([...FIRST_ROUTE_OF])('R48 takes no pattern longer than its length: %s', (field, input) => {
    for (const text of HOSTILE) {
      const before = process.cpuUsage();
      v.safeParse(input, { [field]: text });
      // Of the processor: others may have it too.
      expect(process.cpuUsage(before).user / 1000, text.slice(0, 8)).toBeLessThan(MAX_MS);
    }
  });
});
