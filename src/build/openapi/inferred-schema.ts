// https://json-schema.org/draft/2020-12
import { isRecord } from '../../naming/record.ts';
import type { Json } from './json-schema.ts';

/** What differs from refusal to refusal, so that no sample has all of it. */
const OPEN = new Set(['details']);

/** Finds the schema that all of some samples have: what only some of them have may be left out. */
export function inferSchema(samples: readonly unknown[]): Json {
  const kinds = [
    ...ofAll(samples.filter(isRecord), toObject),
    ...ofAll(samples.filter(Array.isArray), (arrays) => ({ type: 'array', ...toItems(arrays.flat()) })),
    ...ofAll(
      samples.filter((each) => typeof each === 'string'),
      () => ({ type: 'string' }),
    ),
    ...ofAll(
      samples.filter((each) => typeof each === 'number'),
      (numbers) => ({ type: numbers.every(Number.isInteger) ? 'integer' : 'number' }),
    ),
    ...ofAll(
      samples.filter((each) => typeof each === 'boolean'),
      (flags) => (new Set(flags).size === 1 ? { const: flags[0] } : { type: 'boolean' }),
    ),
    ...ofAll(
      samples.filter((each) => each === null),
      () => ({ type: 'null' }),
    ),
  ];
  const [first, ...others] = kinds;
  if (first === undefined) throw new TypeError('there is no sample that JSON can write');
  return others.length === 0 ? first : { anyOf: kinds };
}

const ofAll = <Value>(values: readonly Value[], toKind: (values: readonly Value[]) => Json): readonly Json[] =>
  values.length === 0 ? [] : [toKind(values)];

const toItems = (items: readonly unknown[]): Json => (items.length === 0 ? {} : { items: inferSchema(items) });

function toObject(objects: readonly Json[]): Json {
  const names = [...new Set(objects.flatMap((each) => Object.keys(each)))];
  if (names.length === 0) return { type: 'object' };
  const properties = names.map((name) => {
    const values = objects.filter((each) => Object.hasOwn(each, name)).map((each) => each[name]);
    return [name, OPEN.has(name) ? { type: 'object' } : inferSchema(values)];
  });
  return {
    type: 'object',
    required: names.filter((name) => objects.every((each) => Object.hasOwn(each, name))),
    properties: Object.fromEntries(properties),
  };
}
