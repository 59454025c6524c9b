import * as v from 'valibot';
import type { Counter, DocumentStore } from '../ports/document-store.ts';
import { defineCollection } from './collection.ts';

/** Counts that start again when they expire. */
export const COUNTERS = defineCollection({
  name: 'counters',
  schema: v.object({ value: v.number(), expiresAt: v.string() }),
  retention: { isExpired: ({ expiresAt }, now) => Date.parse(expiresAt) <= now.getTime() },
});

/** Adds to a counter, across all instances; a running counter keeps its expiry. */
export type AddToCounter = (id: string, by: number, expiresInSeconds: number) => Promise<Counter>;

/** Opens the counters of a store. */
export const openCounters =
  (documents: DocumentStore): AddToCounter =>
  (id, by, expiresInSeconds) =>
    documents.increment(COUNTERS.name, id, { by, expiresInSeconds });
