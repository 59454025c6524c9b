import type { JsonObject, JsonValue } from '../../ports/document-store.ts';
import { isJsonObject, parseJsonObject } from '../disk/json.ts';

/** A document as the database keeps it: an object that people can read in the console, or else its JSON text. */
export type EncodedDocument = JsonObject | string;

// No `$` in front (an operator, or EJSON's own), no dot (a path), no control characters, no half of a surrogate pair.
const PLAIN_NAME = /^[^$.\p{Cc}\p{Cs}][^.\p{Cc}\p{Cs}]*$/u;
// Names that mean something to the SDK or to BSON; `coordinates` would make a GeoJSON object.
const RESERVED_NAMES = new Set(['__proto__', '_bsontype', '_internalType', 'coordinates']);
// MongoDB ends at 100 levels.
const MAX_DEPTH = 32;

/**
 * Encodes a document so that it reads back equal. Where a name or a value would not come back for certain (operators,
 * paths, GeoJSON, whole numbers beyond 2^53, NUL, half a surrogate pair, very deep nesting), the whole document becomes JSON text.
 */
export function encodeDocument(doc: JsonObject): EncodedDocument {
  const text = JSON.stringify(doc);
  // The copy is what JSON says of the document: no undefined, no NaN, no -0, nothing that has a prototype of its own.
  const copy: JsonObject = JSON.parse(text);
  return isPlain(copy, 0) ? copy : text;
}

/** Decodes what `encodeDocument` made, whatever else the database may hold; `undefined` when it is no document. */
export function decodeDocument(stored: unknown): JsonObject | undefined {
  if (typeof stored === 'string') return parseJsonObject(stored);
  const value = toJson(stored);
  return isJsonObject(value) ? value : undefined;
}

function isPlain(value: JsonValue, depth: number): boolean {
  if (typeof value === 'string') return isPlainText(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) || !Number.isInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === MAX_DEPTH) return false;
  return Object.entries(value).every(([name, member]) => isPlainName(name) && isPlain(member, depth + 1));
}

const isPlainText = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

const isPlainName = (name: string): boolean => PLAIN_NAME.test(name) && !RESERVED_NAMES.has(name);

/** Copies a value that JSON can say; `undefined` for all others, such as dates and the SDK's own classes. */
function toJson(value: unknown): JsonValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object') return undefined;
  return Array.isArray(value) ? allOf(value.map(toJson)) : toJsonObject(value);
}

function toJsonObject(value: object): JsonObject | undefined {
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const names = Object.keys(value);
  const members = allOf(Object.values(value).map(toJson));
  return members && Object.fromEntries(members.map((member, index) => [names[index], member]));
}

function allOf(values: readonly (JsonValue | undefined)[]): readonly JsonValue[] | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === values.length ? present : undefined;
}
