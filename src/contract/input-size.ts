import type * as v from 'valibot';
import type { RouteContract } from './route-contract.ts';

/** The most that somebody may send: a bound on what is read, and on what is built of it. */
export interface InputSize {
  /** As JSON, or as a form writes it, with every escape that a client may use. */
  readonly bytes: number;
  /** Members of objects and items of arrays, all together. */
  readonly values: number;
}

/** No input needs more: a 6 MB event of the platform with room to spare. */
export const LARGEST_INPUT: InputSize = { bytes: 8 * 1024 * 1024, values: 50_000 };

/** No input is nested deeper; documents that stores judge are the deepest. */
export const MAX_DEPTH = 32;

/** White space, names that the envelope has, and a field or two that clients add. */
const SPARE: InputSize = { bytes: 1024, values: 16 };
/** A UTF-16 unit takes up to six bytes in JSON (`\u56fe`) and nine in a form (`%E5%9B%BE`). */
const BYTES_PER_UNIT = 9;
/** Texts whose rule is a pattern or a check of its own: phones, ids, names of buckets, numbers. */
const CHECKED_UNITS = 64;
/** What a schema leaves to others to judge, such as a policy for a store. */
const UNKNOWN: InputSize = { bytes: 64 * 1024, values: 5_000 };
const NO_BOUND: InputSize = { bytes: Number.POSITIVE_INFINITY, values: Number.POSITIVE_INFINITY };

type Schema = v.GenericSchema;

/** Finds out how much an input can need, from the schemas of its fields. */
export function measureInput({ entries, fields = {} }: RouteContract['input']): InputSize {
  const sizes = Object.entries(entries).map(([name, schema]) => {
    const size = bounded(measure(schema));
    return member(name, { ...size, bytes: fields[name]?.maxBytes ?? size.bytes });
  });
  return atMost(LARGEST_INPUT, sum([SPARE, ...sizes]));
}

/** A schema, or a pipe of several steps of which each must be met. */
function measure(schema: Schema): InputSize {
  const steps: readonly unknown[] = 'pipe' in schema && Array.isArray(schema.pipe) ? schema.pipe : [schema];
  const longest = Math.min(...steps.map(toMaxLength));
  return steps.filter(isSchema).reduce((least, step) => atMost(least, measureStep(step, longest)), NO_BOUND);
}

function measureStep(schema: Schema, longest: number): InputSize {
  if (isArray(schema)) return times(item(measure(schema.item)), longest);
  if (isOptional(schema)) return measure(schema.wrapped);
  if (isObject(schema)) return sum(Object.entries(schema.entries).map(([name, each]) => member(name, measure(each))));
  if (isUnion(schema)) return schema.options.map(measure).reduce(atLeast, { bytes: 0, values: 0 });
  if (isPicklist(schema)) return text(Math.max(...schema.options.map((option) => String(option).length)));
  if (schema.type === 'string') return text(Number.isFinite(longest) ? longest : CHECKED_UNITS);
  return schema.type === 'number' || schema.type === 'boolean' ? text(CHECKED_UNITS) : NO_BOUND;
}

const bounded = ({ bytes, values }: InputSize): InputSize => ({
  bytes: Number.isFinite(bytes) ? bytes : UNKNOWN.bytes,
  values: Number.isFinite(values) ? values : UNKNOWN.values,
});

const text = (units: number): InputSize => ({ bytes: units * BYTES_PER_UNIT + 2, values: 1 });
const item = ({ bytes, values }: InputSize): InputSize => ({ bytes: bytes + 2, values });
const times = ({ bytes, values }: InputSize, count: number): InputSize => ({
  bytes: bytes * count + 2,
  values: values * count + 1,
});
const member = (name: string, { bytes, values }: InputSize): InputSize => ({
  bytes: bytes + name.length + 8,
  values: values + 1,
});
const sum = (sizes: readonly InputSize[]): InputSize =>
  sizes.reduce((one, other) => ({ bytes: one.bytes + other.bytes, values: one.values + other.values }), {
    bytes: 2,
    values: 1,
  });
const atMost = (one: InputSize, other: InputSize): InputSize => ({
  bytes: Math.min(one.bytes, other.bytes),
  values: Math.min(one.values, other.values),
});
const atLeast = (one: InputSize, other: InputSize): InputSize => ({
  bytes: Math.max(one.bytes, other.bytes),
  values: Math.max(one.values, other.values),
});

const toMaxLength = (step: unknown): number => (isMaxLength(step) ? step.requirement : Number.POSITIVE_INFINITY);

// Valibot's generic types do not tell its schemas apart; their `type` does.
const hasType = (value: unknown): value is { readonly type: unknown } =>
  typeof value === 'object' && value !== null && 'type' in value;
const isMaxLength = (step: unknown): step is v.MaxLengthAction<string, number, undefined> =>
  hasType(step) && step.type === 'max_length';
const isSchema = (step: unknown): step is Schema => hasType(step) && 'kind' in step && step.kind === 'schema';
const isArray = (schema: Schema): schema is v.ArraySchema<Schema, undefined> => schema.type === 'array';
const isOptional = (schema: Schema): schema is v.OptionalSchema<Schema, undefined> => schema.type === 'optional';
const isObject = (schema: Schema): schema is v.StrictObjectSchema<Record<string, Schema>, undefined> =>
  schema.type === 'strict_object';
const isUnion = (schema: Schema): schema is v.UnionSchema<Schema[], undefined> => schema.type === 'union';
const isPicklist = (schema: Schema): schema is v.PicklistSchema<string[], undefined> => schema.type === 'picklist';
