// https://github.com/mongodb/specifications/blob/master/source/extended-json/extended-json.md
import { Violation } from './violation.ts';

/** A value in canonical extended JSON, as `JSON.parse` gives it. */
export type Ejson = string | boolean | null | readonly Ejson[] | EjsonObject;

/** A document, or a typed value such as `{ $numberInt: '1' }`. */
export type EjsonObject = { readonly [name: string]: Ejson };

const INT64 = 2n ** 63n;
const MAX_LEVELS = 100;

const isInt32 = (text: string): boolean => /^(?:0|-?[1-9]\d{0,9})$/.test(text) && Math.abs(Number(text)) <= 2 ** 31;
const isInt64 = (text: string): boolean =>
  /^(?:0|-?[1-9]\d{0,18})$/.test(text) && BigInt(text) < INT64 && BigInt(text) >= -INT64;
const isDouble = (text: string): boolean => /^-?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|Infinity|NaN)$/.test(text);

const NUMBERS = new Map<string, (text: string) => boolean>([
  ['$numberInt', isInt32],
  ['$numberLong', isInt64],
  ['$numberDouble', isDouble],
]);

/** Parses canonical extended JSON. @throws {Violation} for anything that is not canonical, such as a bare number */
export function parseEjson(text: unknown, what: string): EjsonObject {
  if (typeof text !== 'string') throw new Violation(`${what} must be a string of extended JSON, not ${typeof text}`);
  const value: unknown = JSON.parse(text);
  assertCanonical(value, what);
  if (!isDocument(value)) throw new Violation(`${what} must be an object: ${text}`);
  return value;
}

function assertCanonical(value: unknown, path: string): asserts value is Ejson {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (!value.isWellFormed() || value.includes('\0'))
      throw new Violation(`${path} has a character that may not survive`);
    return;
  }
  if (typeof value !== 'object') throw new Violation(`${path} has a bare ${typeof value}`);
  for (const [name, member] of Object.entries(value)) assertCanonical(member, `${path}.${name}`);
  const [type] = Object.keys(value);
  const isNumber = type === undefined ? undefined : NUMBERS.get(type);
  if (type === undefined || isNumber === undefined) return;
  const text: unknown = Reflect.get(value, type);
  if (Object.keys(value).length > 1 || typeof text !== 'string' || !isNumber(text)) {
    throw new Violation(`${path} is no ${type}: ${JSON.stringify(value)}`);
  }
}

/** Tells whether a value is an object but no typed value. */
export function isDocument(value: Ejson | undefined): value is EjsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && toNumber(value) === undefined;
}

/** The number that a typed value stands for; `undefined` when it is none. */
export function toNumber(value: Ejson | undefined): number | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const [entry] = Object.entries(value);
  return entry !== undefined && NUMBERS.has(entry[0]) ? Number(entry[1]) : undefined;
}

/** Types a number as the database would. */
export function fromNumber(value: number): Ejson {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) return { $numberInt: String(value) };
  if (Number.isSafeInteger(value)) return { $numberLong: String(value) };
  return { $numberDouble: String(value) };
}

/** @throws {Violation} unless every name can be stored, whichever version of the database it is */
export function assertStorable(value: Ejson, path: string, level = 0): void {
  if (level > MAX_LEVELS) throw new Violation(`${path} is nested deeper than ${MAX_LEVELS} levels`);
  if (typeof value !== 'object' || value === null || toNumber(value) !== undefined) return;
  for (const [name, member] of Object.entries(value)) {
    if (!/^[^$.\0][^.\0]*$/.test(name)) throw new Violation(`${path} has a field named ${JSON.stringify(name)}`);
    assertStorable(member, `${path}.${name}`, level + 1);
  }
}

const BRACKETS = ['null', 'number', 'string', 'object', 'array', 'boolean'] as const;

function bracketOf(value: Ejson): (typeof BRACKETS)[number] {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (toNumber(value) !== undefined) return 'number';
  return Array.isArray(value) ? 'array' : 'object';
}

/** Orders two values as the database does. */
export function compare(left: Ejson, right: Ejson): number {
  const [leftBracket, rightBracket] = [bracketOf(left), bracketOf(right)];
  if (leftBracket !== rightBracket) return BRACKETS.indexOf(leftBracket) - BRACKETS.indexOf(rightBracket);
  if (leftBracket === 'number') return (toNumber(left) ?? 0) - (toNumber(right) ?? 0);
  return Buffer.compare(Buffer.from(toSortable(left)), Buffer.from(toSortable(right)));
}

const toSortable = (value: Ejson): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Tells whether two values can be put in order by `$gt` and its like: the database compares within one type only. */
export const isComparable = (left: Ejson, right: Ejson): boolean => bracketOf(left) === bracketOf(right);
