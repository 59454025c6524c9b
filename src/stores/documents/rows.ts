import type { StoredDocument } from '../../ports/document-store.ts';
import type { Failure, FailureOf } from '../failure.ts';
import type { Call } from '../requests.ts';
import { type Change, isRevision, nextRevision } from '../revision.ts';
import { writeOnce } from '../write-once.ts';
import type { Database, Row } from './database.ts';
import { type DocumentId, damaged } from './document-id.ts';
import { decodeDocument, type EncodedDocument } from './encoding.ts';

/** The rows of a database as documents: a missing collection is made, and a lost answer is looked up. */
export interface Rows {
  /** @throws {AppError} ServiceUnavailable when the document is damaged */
  read(call: Call, target: DocumentId): Promise<StoredDocument | undefined>;
  /** Puts `doc` in the place of the revision `expected`, or where nothing is (`undefined`); tells whether it did. */
  write(call: Call, target: DocumentId, doc: EncodedDocument, expected: string | undefined): Promise<boolean>;
  remove(call: Call, target: DocumentId): Promise<void>;
  /** Up to `limit` rows with ids beyond `after`, in the order of ids. */
  list(call: Call, collection: string, after: string, limit: number): Promise<readonly Row[]>;
  /** Resolves when the database answers. */
  ping(call: Call): Promise<void>;
}

/** Creates the access to rows in collections whose names begin with `prefix`. */
export function createRows(database: Database, failureOf: FailureOf, prefix: string): Rows {
  const unless =
    (expected: Failure) =>
    (error: unknown): void => {
      if (failureOf(error) !== expected) throw error;
    };
  const falseIfDuplicate = (error: unknown): false => {
    unless('duplicate')(error);
    return false;
  };
  const making = new Map<string, Promise<void>>();
  const makeCollection = (name: string): Promise<void> => {
    const made = making.get(name) ?? database.makeCollection(name).catch(unless('collection-exists'));
    making.set(name, made);
    return made.finally(() => making.delete(name));
  };
  /** Makes the collection when there is none, and sends the request again. */
  const inCollection =
    <Answer>(collection: string, request: (name: string) => Promise<Answer>) =>
    async (): Promise<Answer> => {
      const name = `${prefix}${collection}`;
      try {
        return await request(name);
      } catch (error) {
        if (failureOf(error) !== 'no-collection') throw error;
        await makeCollection(name);
        return request(name);
      }
    };
  const find = (call: Call, { collection, id }: DocumentId): Promise<Row | undefined> =>
    call.repeatedly(inCollection(collection, (name) => database.find(name, id)));

  const sender = ({ collection, id }: DocumentId, { written: revision, expected }: Change, doc: EncodedDocument) =>
    inCollection(collection, (name) =>
      expected === undefined
        ? database.insert(name, id, { revision, doc }).then(() => true, falseIfDuplicate)
        : database.update(name, id, expected, { revision, doc }),
    );
  const write: Rows['write'] = async (call, target, doc, expected) => {
    const change = { written: nextRevision(expected), expected };
    const findRevision = async (): Promise<string | undefined> => {
      const row = await find(call, target);
      return row && revisionIn(row, target);
    };
    return writeOnce(call, { change, send: sender(target, change, doc), findRevision }, failureOf);
  };

  return {
    read: async (call, target) => {
      const row = await find(call, target);
      return row && toDocument(row, target);
    },
    write,
    remove: (call, { collection, id }) =>
      call.repeatedly(inCollection(collection, (name) => database.remove(name, id))),
    list: (call, collection, after, limit) =>
      call.repeatedly(inCollection(collection, (name) => database.findAfter(name, after, limit))),
    ping: (call) =>
      call.repeatedly(() => database.find(`${prefix}ping`, 'ping').then(() => undefined, unless('no-collection'))),
  };
}

/** Reads a row as a document. @throws {AppError} ServiceUnavailable when it is none */
export function toDocument({ revision, doc }: Row, target: DocumentId): StoredDocument {
  const decoded = decodeDocument(doc);
  if (decoded === undefined || !isRevision(revision)) throw damaged(target);
  return { revision, doc: decoded };
}

function revisionIn({ revision }: Row, target: DocumentId): string {
  if (!isRevision(revision)) throw damaged(target);
  return revision;
}
