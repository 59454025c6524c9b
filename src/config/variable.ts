import * as v from 'valibot';

/** An environment variable: what it is to look like, and what its message tells people to put there. */
export interface Variable<Schema extends v.GenericSchema = v.GenericSchema> {
  readonly schema: Schema;
  readonly rule: string;
}

/** Variables by their names. */
export type Variables = Readonly<Record<string, Variable>>;

/** What variables hold once they are read. */
export type Values<Known extends Variables> = {
  readonly [Name in keyof Known]: v.InferOutput<Known[Name]['schema']>;
};

/** Writes a variable down; `rule` follows the words "must be". */
export const variable = <Schema extends v.GenericSchema>(schema: Schema, rule: string): Variable<Schema> => ({
  schema,
  rule,
});

/** A whole number of so many digits at most. */
export const wholeNumber = (digits: number) =>
  v.pipe(
    v.string(),
    v.check((text) => /^\d+$/.test(text) && text.length <= digits),
    v.transform(Number),
  );

/** What an address that others are made from may not have: they would carry it to where it means nothing. */
function isPlain(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { search, hash, username, password } = new URL(text);
  const isBare = search === '' && hash === '' && username === '' && password === '' && !/[?#]/.test(text);
  return isBare && !DOT_SEGMENT.test(text);
}

/** What browsers take out, and with two dots what stands before it. @see https://url.spec.whatwg.org/#double-dot-path-segment */
const DOT_SEGMENT = /[/\\](\.|%2e){1,2}([/\\]|$)/i;

/** An address without a slash at the end, and without a query, a fragment, a password or a `.` or `..` in its path. */
export const httpUrl = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^https?:\/\//),
  v.check(isPlain),
  v.transform((url) => url.replace(/\/+$/, '')),
);

/** The same without placeholders. */
export const plainUrl = v.pipe(
  httpUrl,
  v.check((url) => !/[{}]|%7[bd]/i.test(url)),
);

/** Which of these variables, none of which has a value of its own, somebody has set. */
export const namesSet = <Known extends Variables>(known: Known, values: Values<Known>): readonly string[] =>
  Object.keys(known).filter((name) => values[name] !== undefined);

/** Reads what some other choice makes necessary. What is missing is told in `problems`; what comes back is then never used. */
export const createNeed =
  <Known extends Variables>(known: Known, values: Values<Known>, problems: string[]) =>
  (name: keyof Known & string, why: string): string => {
    const value: unknown = values[name];
    if (typeof value === 'string') return value;
    problems.push(`${name} must be set ${why}: ${known[name]?.rule}`);
    return '';
  };
