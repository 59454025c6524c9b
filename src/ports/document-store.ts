/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON document. */
export type JsonObject = { readonly [name: string]: JsonValue };

/** A document as it was read; `revision` changes with every write and never comes back. */
export interface StoredDocument {
  readonly doc: JsonObject;
  readonly revision: string;
}

/** One page of a collection in the store's own stable order; `after` is absent on the last page. */
export interface DocumentPage {
  readonly documents: readonly (StoredDocument & { readonly id: string })[];
  readonly after?: string;
}

/** A counter's value after an increment and when it starts again from nought. */
export interface Counter {
  readonly value: number;
  readonly expiresAt: Date;
}

/**
 * JSON documents in collections, shared by every instance of the service.
 *
 * Collections are lower-case words; ids match `^[a-z0-9_-]{1,128}$`. A write is durable when its promise resolves.
 * A document that cannot be read (damaged, not JSON) rejects with `ServiceUnavailable` and still counts as present.
 *
 * @throws {AppError} ServiceUnavailable when the store does not answer or a document is damaged
 * @throws {AppError} InsufficientStorage when there is no room; the old document stays intact
 */
export interface DocumentStore {
  /** Stores a new document; `false` when one is already there. Of many at once exactly one gets `true`. */
  create(collection: string, id: string, doc: JsonObject): Promise<boolean>;

  /** Reads a document; `undefined` when there is none. */
  read(collection: string, id: string): Promise<StoredDocument | undefined>;

  /** Compare-and-set: stores `doc` when `revision` is still the stored one; `false` when it is not, or the document is gone. */
  replace(collection: string, id: string, doc: JsonObject, revision: string): Promise<boolean>;

  /** Removes a document, also one that is damaged or was never there. */
  remove(collection: string, id: string): Promise<void>;

  /** Lists a collection, `after` an id (exclusive), at most `limit` (1–1,000) documents; every document exactly once over the pages. */
  list(collection: string, options: { readonly after?: string; readonly limit: number }): Promise<DocumentPage>;

  /**
   * Adds `by` (may be 0 or negative) to a counter atomically, across processes; an absent or expired counter counts as 0.
   * `expiresInSeconds` applies when the counter starts; a running counter keeps its expiry. An expired one may be removed.
   */
  increment(
    collection: string,
    id: string,
    options: { readonly by: number; readonly expiresInSeconds: number },
  ): Promise<Counter>;

  /** Resolves when the store answers; for the health check. */
  ping(): Promise<void>;

  /** Lets the process end; absent where it does so by itself. Nothing may be asked after it. */
  close?(): Promise<void>;
}
