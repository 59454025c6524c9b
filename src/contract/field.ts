import * as v from 'valibot';
import type { Text } from '../errors.ts';

/** What a field is to look like, and what its sender is told. */
interface Definition<Schema extends v.GenericSchema, Secret extends boolean> {
  readonly schema: Schema;
  /** What people call it, as a sentence begins. */
  readonly label: Text;
  /** What to put there. */
  readonly rule: Text;
  /** The whole sentence about a wrong value, where the usual one made of the label will not do. */
  readonly wrong?: Text;
  /** The sentence about a wrong value that many send for one and the same reason; `undefined` of the others. */
  readonly tell?: (value: unknown) => Text | undefined;
  /** Whether no log may ever show it; `false` unless said. */
  readonly secret?: Secret;
  /** The most bytes that it can need, where its schema cannot say or says too much. */
  readonly maxBytes?: number;
}

/** A field of the API under its one name. */
export interface Field<
  Name extends string = string,
  Schema extends v.GenericSchema = v.GenericSchema,
  Secret extends boolean = boolean,
> extends Definition<Schema, Secret> {
  readonly name: Name;
  readonly secret: Secret;
  /** Whether the bed knows the value where it is left out. */
  readonly isSettled?: boolean;
}

/** Fields by their names. */
export type Fields = Readonly<Record<string, Field>>;

/** Defines a field; one that is like another spreads it: `defineField('toObjectName', { ...objectName, label })`. */
export const defineField = <
  const Name extends string,
  Schema extends v.GenericSchema,
  const Secret extends boolean = false,
>(
  name: Name,
  definition: Definition<Schema, Secret>,
): Field<Name, Schema, Secret> => ({
  ...definition,
  name,
  // Where it is left out the compiler takes the type parameter's default.
  secret: definition.secret ?? (false as Secret),
});

/** The same field where it may be left out. */
export function optional<Name extends string, Schema extends v.GenericSchema, Secret extends boolean>(
  field: Field<Name, Schema, Secret>,
): Field<Name, v.OptionalSchema<Schema, undefined>, Secret>;
/** The same field where it may be left out, and then has a value all the same. */
export function optional<
  Name extends string,
  Schema extends v.GenericSchema,
  Secret extends boolean,
  const Default extends v.Default<Schema, undefined>,
>(field: Field<Name, Schema, Secret>, value: Default): Field<Name, v.OptionalSchema<Schema, Default>, Secret>;
export function optional(field: Field, value?: unknown): Field {
  return { ...field, schema: v.optional(field.schema, value) };
}

/** The same field where it may be left out, since the bed knows the value, and puts it in before the input is checked. */
export const settled = <Name extends string, Schema extends v.GenericSchema<string>, Secret extends boolean>(
  field: Field<Name, Schema, Secret>,
): Field<Name, v.OptionalSchema<Schema, string>, Secret> => ({
  ...field,
  // The default is nothing that a contract could know, and yet nobody who comes after `validate` finds it missing.
  schema: v.optional(field.schema) as unknown as v.OptionalSchema<Schema, string>,
  isSettled: true,
});

/** What a schema of several fields is made of. */
type Entries<Known extends Fields> = { -readonly [Name in keyof Known]: Known[Name]['schema'] };

/** The schema of a route's input, which knows the texts of its fields. */
export type InputSchema<Known extends Fields = Fields> = v.StrictObjectSchema<Entries<Known>, undefined> & {
  readonly fields: Known;
};

/** Makes the schema of an input out of fields, each under its own name; every other name is refused. */
export function input<const Known extends { readonly [Name in keyof Known]: Field<Name & string> }>(
  fields: Known,
): InputSchema<Known> {
  // `Object.entries` forgets which name has which schema.
  const entries = Object.fromEntries(
    Object.entries<Field>(fields).map(([name, { schema }]) => [name, schema]),
  ) as Entries<Known>;
  return Object.assign(v.strictObject(entries), { fields });
}
