// https://json-schema.org/draft/2020-12, which OpenAPI 3.1 takes as it is
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type { Text } from '../../errors.ts';
import { BUCKET_NAME, isBucketName } from '../../naming/bucket.ts';

/** A schema, or any other object of the document. */
export type Json = Readonly<Record<string, unknown>>;

/** What a schema is of: what a client sends, or what it gets. */
type Mode = 'input' | 'output';

/** Checks of ours that a keyword can say; of the others the text of the field tells. */
const KEYWORDS = new Map<unknown, Json>([[isBucketName, { pattern: BUCKET_NAME.source }]]);
/** Steps that change nothing which a keyword could say. */
const SILENT = new Set(['check', 'trim', 'readonly', 'transform']);

/** Writes a schema of the contract as JSON Schema. @throws {Error} for what has no counterpart there */
export function toSchema(schema: v.GenericSchema, typeMode: Mode): Json {
  const { $schema: _, ...json } = toJsonSchema(prepare(schema), {
    typeMode,
    target: 'draft-2020-12',
    overrideAction: ({ valibotAction, jsonSchema }) => {
      if (!SILENT.has(valibotAction.type)) return undefined;
      const requirement = 'requirement' in valibotAction ? valibotAction.requirement : undefined;
      return { ...jsonSchema, ...KEYWORDS.get(requirement) };
    },
  });
  return { ...json };
}

/** Both languages in the one text that a description is. */
export const bothOf = ({ zh, en }: Text): string => (zh === en ? en : `${en}\n\n${zh}`);

/** Takes such a text apart again. */
export function eachOf(description: string): Text {
  const [en = '', zh = en] = description.split('\n\n');
  return { zh, en };
}

type Schema = v.GenericSchema;

/** Puts what the converter cannot see into words that it can: guards before a schema, and numbers that a form writes as text. */
function prepare(schema: Schema): Schema {
  if ('pipe' in schema && Array.isArray(schema.pipe)) return preparePipe(schema.pipe);
  if ('entries' in schema) return { ...schema, entries: eachEntry(schema.entries) } as Schema;
  if ('item' in schema) return { ...schema, item: prepare(schema.item as Schema) } as Schema;
  if ('wrapped' in schema) return { ...schema, wrapped: prepare(schema.wrapped as Schema) } as Schema;
  // Only a record has a key beside its value.
  if ('key' in schema && 'value' in schema) return prepareRecord(schema, schema.key as Schema, schema.value as Schema);
  if (schema.type !== 'union' || !('options' in schema)) return schema;
  const options = schema.options as readonly Schema[];
  return options[0]?.type === 'number' ? v.number() : ({ ...schema, options: options.map(prepare) } as Schema);
}

/** A record of names that are all known is an object of which any may be left out. */
function prepareRecord(schema: Schema, key: Schema, value: Schema): Schema {
  if (key.type !== 'picklist' || !('options' in key)) return { ...schema, value: prepare(value) } as Schema;
  const names = key.options as readonly string[];
  return v.strictObject(Object.fromEntries(names.map((name) => [name, v.optional(prepare(value))])));
}

function preparePipe(steps: readonly (Schema | v.GenericPipeAction)[]): Schema {
  const isGuarded = steps[0]?.type === 'custom';
  const guarded = isGuarded ? steps.findIndex((step, index) => index > 0 && step.kind === 'schema') : 0;
  const pipe = steps
    .slice(Math.max(0, guarded))
    .map((step) => (step.kind === 'schema' ? prepare(step as Schema) : step));
  return Object.assign({ ...pipe[0] }, { pipe }) as unknown as Schema;
}

const eachEntry = (entries: unknown): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    Object.entries(entries as Readonly<Record<string, Schema>>).map(([name, entry]) => [name, prepare(entry)]),
  );
