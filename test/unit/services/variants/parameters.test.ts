import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { PRESETS, VARIANT_PARAMETERS } from '../../../../src/naming/variant.ts';
import {
  isOpen,
  MAX_VARIANT_SIDE,
  pickParameters,
  readParameters,
  toVariantName,
} from '../../../../src/services/variants/parameters.ts';

const read = (query: string) => readParameters(pickParameters(new URLSearchParams(query)));
const nameOf = (query: string): string => toVariantName({ ...read(query), format: 'webp', quality: 80 });

/** The field that a query is refused for. */
function refusalOf(query: string): unknown {
  try {
    read(query);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [error.code, ...(error.details['fields'] as string[])].join(' ');
  }
}

describe('parameters of an address', () => {
  it.each([
    ['w=400', { width: 400, fit: 'inside', gravity: 'center', rotate: 0, format: 'auto', isAnimated: true }],
    ['w=400&dpr=2', { width: 800 }],
    ['w=100&dpr=1.5', { width: 150 }],
    ['h=33', { height: 33 }],
    ['w=400&h=300', { width: 400, height: 300, fit: 'cover' }],
    ['w=4&h=3&fit=contain&bg=AbCdEf', { fit: 'contain', background: 'abcdef' }],
    ['w=4&h=3&g=smart', { gravity: 'smart' }],
    ['w=4&h=3&g=0.25,1', { gravity: { x: 0.25, y: 1 } }],
    ['f=jpg&q=30', { format: 'jpeg', quality: 30 }],
    ['blur=2.5&rot=270&anim=0', { blur: 2.5, rotate: 270, isAnimated: false }],
  ])('reads %s', (query, wanted) => {
    expect(read(query)).toMatchObject(wanted);
  });

  it.each([
    ['w=0', 'w'],
    ['w=-1', 'w'],
    ['w=1.5', 'w'],
    ['w=1e3', 'w'],
    ['w=', 'w'],
    ['w=４００', 'w'],
    [`w=${MAX_VARIANT_SIDE + 1}`, 'w'],
    ['w=8000&dpr=2', 'w'],
    ['h=99999999999999999999', 'h'],
    ['w=1&w=2', 'w'],
    ['fit=fill', 'fit'],
    ['fit=__proto__', 'fit'],
    ['g=north', 'g'],
    ['g=0.5', 'g'],
    ['g=0.5,1.5', 'g'],
    ['g=0.5,0.5,0.5', 'g'],
    ['q=0', 'q'],
    ['q=101', 'q'],
    ['q=80.5', 'q'],
    ['dpr=0', 'dpr'],
    ['dpr=5', 'dpr'],
    ['f=bmp', 'f'],
    ['f=constructor', 'f'],
    ['blur=0', 'blur'],
    ['blur=1000', 'blur'],
    ['rot=45', 'rot'],
    ['rot=-90', 'rot'],
    ['bg=fff', 'bg'],
    ['bg=red', 'bg'],
    ['anim=2', 'anim'],
    ['p=thumb', 'p'],
  ])('refuses %s and names it', (query, name) => {
    expect(refusalOf(query)).toBe(`InvalidArgument ${name}`);
  });

  it('says what a parameter may be', () => {
    expect(() => read('rot=45')).toThrow('The parameter rot of the address is not valid: it must be 0, 90, 180 or 270');
  });

  it('takes any query for parameters or names the one that is wrong', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('1', '320', 'cover', 'smart', '0.5,0.5', 'webp', '90', 'ffffff'),
    );
    const query = fc.array(fc.tuple(fc.constantFrom(...VARIANT_PARAMETERS, 'x', '__proto__'), value), { maxLength: 6 });
    fc.assert(
      fc.property(query, (pairs) => {
        const refusal = refusalOf(new URLSearchParams(pairs).toString());
        if (refusal === undefined) return;
        expect(VARIANT_PARAMETERS.map((name) => `InvalidArgument ${name}`)).toContain(refusal);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each(Object.entries(PRESETS))('takes the preset %s, as every bed has it', (_, preset) => {
    expect(refusalOf(new URLSearchParams(preset).toString())).toBeUndefined();
  });
});

describe('what is open to everybody', () => {
  it.each([
    ['p=thumb', true],
    ['p=thumb&f=webp', true],
    ['p=anything&anim=0&f=jpeg', true],
    ['w=320', true],
    ['w=320&f=avif&anim=1', true],
    ['w=321', false],
    ['w=0320', false],
    ['h=320', false],
    ['w=320&h=320', false],
    ['w=320&q=10', false],
    ['p=thumb&w=320', false],
    ['f=webp', false],
    ['anim=0', false],
    ['', false],
  ])('%s: %s', (query, wanted) => {
    expect(isOpen(pickParameters(new URLSearchParams(query)))).toBe(wanted);
  });
});

describe('the name of a variant', () => {
  it.each([
    ['w=400', '400x-inside-center-q80.webp'],
    ['w=400&h=300&g=0.5,0.25', '400x300-cover-0.5_0.25-q80.webp'],
    ['w=4&h=3&rot=90&blur=2&bg=FFFFFF&anim=0', '4x3-cover-center-q80-r90-b2-ffffff-still.webp'],
    ['', 'x-inside-center-q80.webp'],
  ])('%s: %s', (query, name) => {
    expect(nameOf(query)).toBe(name);
  });

  it('is one for what gives one picture', () => {
    expect(nameOf('w=200&dpr=2&h=100')).toBe(nameOf('h=200&w=400&fit=cover&g=center&rot=0&dpr=1'));
    expect(nameOf('w=200&g=smart&fit=contain')).toBe(nameOf('w=200'));
    expect(nameOf('w=4&h=4&fit=inside&g=smart')).toBe(nameOf('w=4&h=4&fit=inside'));
  });

  it('is part of a key whatever is asked for, and another for each', () => {
    const option = <Value>(values: readonly Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const query = fc.record({
      w: option(['1', '320', '8192']),
      h: option(['1', '320', '8192']),
      fit: option(['cover', 'contain', 'inside']),
      g: option(['center', 'smart', '0,0', '1,1']),
      rot: option(['0', '90']),
      blur: option(['1', '2']),
      bg: option(['000000', 'ffffff']),
      anim: option(['0', '1']),
    });
    const toQuery = (given: Readonly<Record<string, string | undefined>>): string =>
      Object.entries(given)
        .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
        .join('&');
    fc.assert(
      fc.property(query, query, (one, other) => {
        const [left, right] = [toQuery(one), toQuery(other)];
        expect(nameOf(left)).toMatch(/^[\w.-]{1,100}$/);
        const isSame = JSON.stringify(read(left)) === JSON.stringify(read(right));
        expect(nameOf(left) === nameOf(right)).toBe(isSame);
      }),
      { numRuns: 5000 },
    );
  });
});
