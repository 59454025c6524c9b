import { describe, expect, it } from 'vitest';
import { pickParameters } from '../../../../src/services/variants/parameters.ts';
import { createSignatures } from '../../../../src/services/variants/signatures.ts';

const KEY = new Uint8Array(32).fill(1);
const NEXT = new Uint8Array(32).fill(2);
const START = Date.UTC(2026, 0, 2);
const PLACE = { bucketName: 'images', objectName: '猫/a b.png' };
const clock = { now: START };
const signatures = createSignatures([KEY], () => new Date(clock.now));

const givenBy = (query: string) => pickParameters(new URLSearchParams(query));
/** What an address has after its question mark. */
function signed(parameters: string, holder?: string, by = signatures): URLSearchParams {
  const query = new URLSearchParams(parameters);
  const signature = by.sign({ place: PLACE, given: givenBy(parameters), holder }, 60);
  for (const [name, value] of Object.entries(signature)) query.set(name, value);
  return query;
}
const verify = (query: URLSearchParams, place = PLACE, by = signatures) =>
  by.verify(place, pickParameters(query), query);

describe('a signature of parameters', () => {
  it('holds for its place, its parameters in any order, and its time', () => {
    clock.now = START;
    expect(verify(signed('w=123&h=45'))).toEqual({});
    const other = new URLSearchParams([...signed('w=123&h=45')].reverse());
    expect(verify(other)).toEqual({});
    expect(verify(new URLSearchParams('w=123'))).toBeUndefined();
    clock.now += 59_000;
    expect(verify(signed('w=123'), PLACE)).toEqual({});
  });

  it('lends the reach of whom it was made for', () => {
    expect(verify(signed('w=123', 'u_1.s_2'))).toEqual({ holder: 'u_1.s_2' });
  });

  it('ends with its time', () => {
    clock.now = START;
    const query = signed('w=123');
    clock.now += 60_000;
    expect(() => verify(query)).toThrow('has expired');
    clock.now = START;
  });

  const FORGERIES: readonly (readonly [string, (query: URLSearchParams) => void])[] = [
    ['another width', (query) => query.set('w', '124')],
    ['a parameter more', (query) => query.set('q', '1')],
    ['a parameter less', (query) => query.delete('h')],
    ['a later end', (query) => query.set('e', String(Number(query.get('e')) + 1))],
    ['an end that is none', (query) => query.set('e', '9'.repeat(12))],
    ['no end', (query) => query.delete('e')],
    ['two ends', (query) => query.append('e', query.get('e') ?? '')],
    ['two signatures', (query) => query.append('s', query.get('s') ?? '')],
    ['an empty signature', (query) => query.set('s', '')],
    ['half a signature', (query) => query.set('s', (query.get('s') ?? '').slice(0, 20))],
    ['a holder', (query) => query.set('s', `${query.get('s')}.dV8x`)],
    ['another signature', (query) => query.set('s', 'A'.repeat(43))],
  ];
  it.each(FORGERIES)('is refused with %s', (_, change) => {
    const query = signed('w=123&h=45');
    change(query);
    expect(() => verify(query)).toThrow('want a signature');
  });

  it('is refused for another place', () => {
    for (const place of [
      { ...PLACE, objectName: 'b.png' },
      { ...PLACE, bucketName: 'other' },
    ]) {
      expect(() => verify(signed('w=123'), place)).toThrow('want a signature');
    }
  });

  it('outlives a change of keys as long as the key before is known', () => {
    const now = () => new Date(clock.now);
    const query = signed('w=123');
    expect(verify(query, PLACE, createSignatures([NEXT, KEY], now))).toEqual({});
    expect(() => verify(query, PLACE, createSignatures([NEXT], now))).toThrow('want a signature');
  });
});
