import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { compare, type EjsonObject } from './ejson.ts';
import { DatabaseError } from './violation.ts';

/** Codes and texts that the cloud is known or documented to use for the same thing. */
export interface Dialect {
  /** Whether `updated` counts what was found or what became different. */
  readonly updated: 'matched' | 'modified';
  readonly duplicate: 'multiple write errors' | 'bulk write error' | 'coded';
  readonly missing: 'coded' | 'numbered';
}

/** The collections of an environment. With a journal, a file, they outlive the process however it ends. */
export interface Collections {
  make(name: string): void;
  /** The documents, in the order of their ids. @throws {DatabaseError} when there is no such collection */
  documents(name: string): readonly EjsonObject[];
  /** One document by its id. @throws {DatabaseError} when there is no such collection */
  document(name: string, id: string): EjsonObject | undefined;
  insert(name: string, document: EjsonObject): void;
  put(name: string, document: EjsonObject): void;
  remove(name: string, id: string): void;
}

type Entry = { readonly name: string; readonly id?: string; readonly document?: EjsonObject };

/** Creates the collections of an environment, out of the journal if there is one already. */
export function createCollections({ duplicate, missing }: Dialect, journal?: string): Collections {
  const collections = new Map<string, Map<string, EjsonObject>>();
  const replay = ({ name, id, document }: Entry): void => {
    const documents = collections.get(name) ?? new Map<string, EjsonObject>();
    collections.set(name, documents);
    if (id !== undefined && document === undefined) documents.delete(id);
    if (id !== undefined && document !== undefined) documents.set(id, document);
  };
  if (journal !== undefined && existsSync(journal)) {
    for (const line of readFileSync(journal, 'utf8').split('\n')) if (line !== '') replay(JSON.parse(line));
  }
  const record = (entry: Entry): void => {
    if (journal !== undefined) appendFileSync(journal, `${JSON.stringify(entry)}\n`);
    replay(entry);
  };
  const named = (name: string): ReadonlyMap<string, EjsonObject> => {
    const documents = collections.get(name);
    if (documents !== undefined) return documents;
    throw missing === 'coded'
      ? new DatabaseError('DATABASE_COLLECTION_NOT_EXIST', `collection not exists: ${name}`)
      : new DatabaseError('DATABASE_REQUEST_FAILED', '[ResourceNotFound] Db or Table not exist. (-502005)');
  };

  return {
    make: (name) => {
      if (collections.has(name))
        throw new DatabaseError('DATABASE_REQUEST_FAILED', '[ResourceUnavailable.ResourceExist] Table exist');
      record({ name });
    },
    documents: (name) =>
      [...named(name).values()].sort((left, right) => compare(left['_id'] ?? null, right['_id'] ?? null)),
    document: (name, id) => named(name).get(id),
    insert: (name, document) => {
      const id = String(document['_id']);
      if (named(name).has(id)) throw duplicateKey(duplicate, name, id);
      record({ name, id, document });
    },
    put: (name, document) => record({ name, id: String(document['_id']), document }),
    remove: (name, id) => record({ name, id }),
  };
}

function duplicateKey(dialect: Dialect['duplicate'], name: string, id: string): DatabaseError {
  const told = `E11000 duplicate key error collection: tnt-emulator.${name} index: _id_ dup key: { _id: "${id}" }`;
  if (dialect === 'coded') return new DatabaseError('DATABASE_DUPLICATE_WRITE', 'index key conflict');
  const message =
    dialect === 'bulk write error'
      ? `[FailedOperation.Insert] bulk write error: ${told}`
      : `[FailedOperation] multiple write errors: [{write errors: [{${told}}]}, {<nil>}]`;
  return new DatabaseError('DATABASE_REQUEST_FAILED', message);
}
