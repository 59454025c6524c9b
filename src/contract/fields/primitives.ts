import * as v from 'valibot';
import { isRecord } from '../../naming/record.ts';

/** A text of so many characters on one line, free of what makes it read as another one. */
export const line = (maxLength: number) =>
  v.pipe(
    v.string(),
    v.maxLength(maxLength),
    v.check((text) => text.isWellFormed()),
    v.check((text) => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)),
  );

/** A text of so many characters with line breaks and tabs, free of what makes it read as another one. */
export const paragraphs = (maxLength: number) =>
  v.pipe(
    v.string(),
    v.maxLength(maxLength),
    v.check((text) => text.isWellFormed()),
    v.check((text) => !/[\u202a-\u202e\u2066-\u2069]|(?![\t\r\n])\p{Cc}/u.test(text)),
  );

/** An integer, also as a form or an address writes it. */
export const integer = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^-?\d{1,12}$/), v.transform(Number))]),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  );

/** Arrays are objects too, and would pass for an object whose fields may all be left out. */
export const plainObject = v.custom<Readonly<Record<string, unknown>>>(isRecord);

/** So many of something; more are refused before any of them is looked at. */
export const list = <Item extends v.GenericSchema>(item: Item, minLength: number, maxLength: number) =>
  v.pipe(
    v.custom<unknown[]>((value) => Array.isArray(value) && value.length <= maxLength),
    v.array(item),
    v.minLength(minLength),
    v.maxLength(maxLength),
  );

/** The years that have four digits, since 1970. */
const LAST_DATE = Date.UTC(10_000, 0) - 1;

/** Tells whether the date that a moment begins with is one that calendars have. */
const isDay = (text: string): boolean =>
  new Date(`${text.slice(0, 10)}T00:00Z`).getUTCDate() === Number(text.slice(8, 10));

/** A day, or a time with its zone. */
export const moment = v.pipe(
  v.string(),
  v.maxLength(32),
  v.regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/),
  v.check(isDay),
  v.transform((text) => new Date(text)),
  v.check((date) => date.getTime() >= 0 && date.getTime() <= LAST_DATE),
);
