import { createHash } from 'node:crypto';
import { AppError } from '../../../errors.ts';
import type { JsonObject } from '../../../ports/document-store.ts';
import type { Database, Row } from './database.ts';
import { decodeDocument, type EncodedDocument } from './encoding.ts';
import { failureOf } from './failure.ts';
import type { Place } from './place.ts';
import type { Call } from './requests.ts';
import { type Change, isRevision, nextRevision, outcomeOf } from './revision.ts';

const MAX_ATTEMPTS = 3;

/** A document as it was read. */
export interface StoredRecord {
  readonly revision: string;
  readonly doc: JsonObject;
}

/** The rows of a database as records: a missing collection is made, and a lost answer is looked up. */
export interface Records {
  /** @throws {AppError} ServiceUnavailable when the record is damaged */
  read(call: Call, place: Place): Promise<StoredRecord | undefined>;
  /** Puts `doc` in the place of the revision `expected`, or where nothing is (`undefined`); tells whether it did. */
  write(call: Call, place: Place, doc: EncodedDocument, expected: string | undefined): Promise<boolean>;
  remove(call: Call, place: Place): Promise<void>;
  /** Up to `limit` rows with ids beyond `after`, in the order of ids. */
  list(call: Call, collection: string, after: string, limit: number): Promise<readonly Row[]>;
  /** Resolves when the database answers. */
  ping(call: Call): Promise<void>;
}

/** Creates records in collections whose names begin with `prefix`. */
export function createRecords(database: Database, prefix: string): Records {
  const making = new Map<string, Promise<void>>();
  const makeCollection = (name: string): Promise<void> => {
    const made = making.get(name) ?? database.makeCollection(name).catch(unlessItExists);
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
  const find = (call: Call, { collection, id }: Place): Promise<Row | undefined> =>
    call.repeatedly(inCollection(collection, (name) => database.find(name, id)));

  const sender = ({ collection, id }: Place, { written: revision, expected }: Change, doc: EncodedDocument) =>
    inCollection(collection, (name) =>
      expected === undefined
        ? database.insert(name, id, { revision, doc }).then(() => true, falseIfDuplicate)
        : database.update(name, id, expected, { revision, doc }),
    );
  /** Tells whether a write happened whose answer is lost; `undefined` when it may be sent again. @throws what it failed with */
  const lookUp = async (call: Call, place: Place, change: Change, failure: unknown): Promise<boolean | undefined> => {
    const row = await find(call, place);
    const outcome = outcomeOf(change, row && revisionIn(row, place));
    if (outcome === 'unknowable') throw failure;
    return outcome === 'open' ? undefined : outcome === 'done';
  };
  const write: Records['write'] = async (call, place, doc, expected) => {
    const change = { written: nextRevision(expected), expected };
    const send = sender(place, change, doc);
    for (let attempt = 1; ; attempt += 1) {
      const { written, failure } = await call.once(send).then(answered, lost);
      if (isFinal(written, attempt)) return written;
      const happened = await lookUp(call, place, change, failure);
      if (happened !== undefined) return happened;
      // No pause: the sooner it is sent again, the less is written by others meanwhile. A look-up that fails pauses itself.
      if (attempt === MAX_ATTEMPTS) throw failure;
    }
  };

  return {
    read: async (call, place) => {
      const row = await find(call, place);
      return row && toRecord(row, place);
    },
    write,
    remove: (call, { collection, id }) =>
      call.repeatedly(inCollection(collection, (name) => database.remove(name, id))),
    list: (call, collection, after, limit) =>
      call.repeatedly(inCollection(collection, (name) => database.findAfter(name, after, limit))),
    ping: (call) =>
      call.repeatedly(() => database.find(`${prefix}ping`, 'ping').then(() => undefined, unlessItIsMissing)),
  };
}

/** Reads a row as a record. @throws {AppError} ServiceUnavailable when it is none */
export function toRecord({ revision, doc }: Row, place: Place): StoredRecord {
  const decoded = decodeDocument(doc);
  if (decoded === undefined || !isRevision(revision)) throw damaged(place);
  return { revision, doc: decoded };
}

function revisionIn({ revision }: Row, place: Place): string {
  if (!isRevision(revision)) throw damaged(place);
  return revision;
}

/** Says which document to repair, without its id or content. */
export function damaged({ collection, id }: Place): AppError {
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12);
  return new AppError('ServiceUnavailable', {
    zh: `集合 ${collection} 中有一个文档已损坏，需要修复（其 id 的 SHA-256 以 ${digest} 开头）`,
    en: `A document of ${collection} is damaged and needs repair (the SHA-256 of its id begins with ${digest})`,
  });
}

/** How a write went: it was answered, or its answer was lost. */
interface Sent {
  readonly written?: boolean;
  readonly failure: unknown;
}

const answered = (written: boolean): Sent => ({
  written,
  failure: new Error('The database does not tell what became of a write'),
});

/** A first no is an answer; a later one may come from what an earlier attempt has done. */
const isFinal = (written: boolean | undefined, attempt: number): written is boolean =>
  written === true || (written === false && attempt === 1);

function lost(failure: unknown): Sent {
  if (failureOf(failure) === 'refused') throw failure;
  return { failure };
}

function falseIfDuplicate(error: unknown): false {
  if (failureOf(error) === 'duplicate') return false;
  throw error;
}

function unlessItExists(error: unknown): void {
  if (failureOf(error) !== 'collection-exists') throw error;
}

function unlessItIsMissing(error: unknown): void {
  if (failureOf(error) !== 'no-collection') throw error;
}
