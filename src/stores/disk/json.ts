import { isRecord } from '../../naming/record.ts';
import type { JsonObject, JsonValue } from '../../ports/document-store.ts';

/** Tells whether `value`, which came out of JSON, is an object. */
export const isJsonObject = (value: JsonValue | undefined): value is JsonObject => isRecord(value);

/** Parses a JSON object; `undefined` when `text` is anything else. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: JsonValue = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Tells whether `value`, which came out of JSON, maps names to texts only. */
export function isTextRecord(value: JsonValue | undefined): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

/** Reads a time as JSON has it; `undefined` when it is none. */
export function toDate(value: JsonValue | undefined): Date | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
