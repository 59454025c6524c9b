import type { JsonValue } from '../../ports/document-store.ts';

/** A row as it was found; nothing of it is checked but that `id` is there. */
export interface Row {
  readonly id: unknown;
  readonly revision: unknown;
  readonly doc: unknown;
}

/** What a row is written with. */
export interface RowValue {
  readonly revision: string;
  readonly doc: JsonValue;
}

/** One request each, by full collection name; what fails throws as the SDK throws it. */
export interface Database {
  insert(collection: string, id: string, value: RowValue): Promise<void>;
  find(collection: string, id: string): Promise<Row | undefined>;
  /** Up to `limit` rows with ids beyond `after`, in the order of ids. */
  findAfter(collection: string, after: string, limit: number): Promise<readonly Row[]>;
  /** Writes where the row still has the revision `expected`; tells whether there was one. */
  update(collection: string, id: string, expected: string, value: RowValue): Promise<boolean>;
  remove(collection: string, id: string): Promise<void>;
  makeCollection(collection: string): Promise<void>;
  /** Gives up what keeps the process alive; absent where nothing does. */
  close?(): Promise<void>;
}
