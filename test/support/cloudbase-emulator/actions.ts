import type { Collections, Dialect } from './collections.ts';
import { assertStorable, compare, type EjsonObject, isDocument, parseEjson, toNumber } from './ejson.ts';
import { matches, valueAt } from './query.ts';
import { updated } from './update.ts';
import { DatabaseError, Violation } from './violation.ts';

/** The body of a request, as the SDK sends it. */
export type Body = Readonly<Record<string, unknown>>;

interface Action {
  /** Fields of the body beside those of every request; those that end in `?` may be absent. */
  readonly fields: readonly string[];
  run(collections: Collections, name: string, body: Body, dialect: Dialect): unknown;
}

const ACTIONS = new Map<string, Action>([
  ['database.insertDocument', { fields: ['data'], run: insert }],
  [
    'database.getDocument',
    { fields: ['queryType', 'query?', 'limit?', 'order?', 'offset?', 'projection?', 'multi?'], run: get },
  ],
  ['database.calculateDocument', { fields: ['queryType', 'query?'], run: count }],
  ['database.modifyDocument', { fields: ['queryType', 'query', 'data', 'multi', 'merge', 'upsert'], run: modify }],
  ['database.modifyAndReturnDoc', { fields: ['queryType', 'query', 'data'], run: modifyAndReturn }],
  ['database.removeDocument', { fields: ['queryType', 'query', 'multi'], run: remove }],
  ['database.addCollection', { fields: [], run: addCollection }],
]);

const COMMON = [
  'action',
  'collectionName',
  'envName',
  'wxCloudApiToken',
  'wxCloudbaseAccesstoken',
  'tcb_sessionToken',
  'crossAuthorizationToken',
];

/** Runs a request against the collections and gives what goes into the answer's `data`. @throws {Violation} @throws {DatabaseError} */
export function run(collections: Collections, body: Body, dialect: Dialect): unknown {
  const action = ACTIONS.get(String(body['action']));
  if (action === undefined) throw new Violation(`The action ${String(body['action'])} is not emulated`);
  const required = [...COMMON, ...action.fields.filter((field) => !field.endsWith('?'))];
  const allowed = new Set([...COMMON, 'sessionToken', ...action.fields.map((field) => field.replace('?', ''))]);
  const missing = required.filter((field) => !(field in body));
  const unknown = Object.keys(body).filter((field) => !allowed.has(field));
  if (missing.length > 0 || unknown.length > 0) {
    throw new Violation(`${String(body['action'])} lacks [${missing.join()}] and has [${unknown.join()}] besides`);
  }
  const { collectionName } = body;
  if (typeof collectionName !== 'string' || !/^[A-Za-z0-9][\w-]{0,127}$/.test(collectionName)) {
    throw new Violation(`There can be no collection named ${JSON.stringify(collectionName)}`);
  }
  return action.run(collections, collectionName, body, dialect);
}

function insert(collections: Collections, name: string, { data }: Body): unknown {
  if (!Array.isArray(data) || data.length !== 1) throw new Violation('Exactly one document is inserted at a time here');
  const document = parseEjson(data[0], 'data[0]');
  assertStorable(document, 'data[0]');
  collections.documents(name);
  collections.insert(name, { ...document, _id: idOf(document) });
  return { insertedIds: [document['_id']] };
}

function get(collections: Collections, name: string, body: Body): unknown {
  const { limit = 100, offset = 0, order, projection, queryType } = body;
  const isPage =
    Number.isInteger(limit) &&
    Number(limit) >= 1 &&
    Number(limit) <= 1000 &&
    Number.isInteger(offset) &&
    Number(offset) >= 0;
  if (!isPage || (queryType === 'DOC' && body['multi'] !== false)) throw new Violation('The page is not valid');
  const sorted = inOrder(found(collections, name, body), order);
  const page = sorted.slice(Number(offset), Number(offset) + Number(limit));
  const show = projection === undefined ? (document: EjsonObject) => document : projectionOf(projection);
  return { list: page.map((document) => JSON.stringify(show(document))) };
}

/** What shows some fields of a document, and its id unless that is left out. */
function projectionOf(projection: unknown): (document: EjsonObject) => EjsonObject {
  const fields = Object.entries(parseEjson(projection, 'projection'));
  const isPlain = ([name, value]: (typeof fields)[number]): boolean => toNumber(value) === 1 && !name.includes('.');
  if (!fields.every(isPlain)) throw new Violation('A projection is emulated of whole fields alone');
  const names = new Set(['_id', ...fields.map(([name]) => name)]);
  return (document) => Object.fromEntries(Object.entries(document).filter(([name]) => names.has(name)));
}

function count(collections: Collections, name: string, body: Body): unknown {
  return { total: found(collections, name, body).length };
}

function addCollection(collections: Collections, name: string): unknown {
  collections.make(name);
  return {};
}

function modify(collections: Collections, name: string, body: Body, dialect: Dialect): unknown {
  const { multi, merge, upsert } = body;
  if (merge !== true || upsert !== false) return replace(collections, name, body);
  const update = operatorsOf(body);
  const hits = found(collections, name, body).slice(0, multi === true ? undefined : 1);
  const changed = hits.map((document) => ({ document, after: updated(document, update) }));
  for (const { after } of changed) collections.put(name, after);
  const counted = changed.filter(
    ({ document, after }) => dialect.updated === 'matched' || JSON.stringify(document) !== JSON.stringify(after),
  );
  return { updated: counted.length, upsert_id: '' };
}

function replace(collections: Collections, name: string, body: Body): unknown {
  if (body['merge'] !== false || body['upsert'] !== true || body['queryType'] !== 'DOC')
    throw new Violation('There is no such modification');
  const id = valueAt(parseEjson(body['query'], 'query'), '_id');
  const document = { _id: id ?? null, ...parseEjson(body['data'], 'data') };
  assertStorable(document, 'data');
  const existed = found(collections, name, body).length > 0;
  collections.put(name, document);
  return { updated: existed ? 1 : 0, upsert_id: existed ? '' : id };
}

function modifyAndReturn(collections: Collections, name: string, body: Body): unknown {
  const update = operatorsOf(body);
  const [document] = found(collections, name, body);
  if (document === undefined) return { updated: 0, doc: null };
  const after = updated(document, update);
  collections.put(name, after);
  return { updated: 1, doc: JSON.stringify(after) };
}

function remove(collections: Collections, name: string, body: Body): unknown {
  const hits = found(collections, name, body).slice(0, body['multi'] === true ? undefined : 1);
  for (const document of hits) collections.remove(name, idOf(document));
  return { deleted: hits.length };
}

/** The documents that a query finds, in the order of their ids. */
function found(collections: Collections, name: string, { query, queryType }: Body): readonly EjsonObject[] {
  if (queryType !== 'DOC' && queryType !== 'WHERE')
    throw new Violation(`There is no query of type ${String(queryType)}`);
  const condition = query === undefined ? {} : parseEjson(query, 'query');
  const id = valueAt(condition, '_id.$eq') ?? valueAt(condition, '_id');
  const candidates =
    typeof id === 'string'
      ? [collections.document(name, id)].filter((one) => one !== undefined)
      : collections.documents(name);
  return candidates.filter((document) => matches(document, condition));
}

function inOrder(documents: readonly EjsonObject[], order: unknown): readonly EjsonObject[] {
  if (order === undefined) return documents;
  const fields = Object.entries(parseEjson(order, 'order')).map(([path, direction]) => ({
    path,
    direction: toNumber(direction),
  }));
  if (fields.some(({ direction }) => direction !== 1 && direction !== -1))
    throw new Violation('The order is not valid');
  return [...documents].sort((left, right) =>
    fields.reduce(
      (result, { path, direction = 1 }) =>
        result === 0 ? direction * compare(valueAt(left, path) ?? null, valueAt(right, path) ?? null) : result,
      0,
    ),
  );
}

function operatorsOf({ data }: Body): EjsonObject {
  const update = parseEjson(data, 'data');
  if (!isDocument(update) || !Object.keys(update).every((name) => name.startsWith('$')))
    throw new Violation('The update has fields without an operator');
  return update;
}

function idOf(document: EjsonObject): string {
  const { _id: id } = document;
  if (typeof id !== 'string' || id === '')
    throw new DatabaseError('DATABASE_REQUEST_FAILED', 'Ids other than strings are not emulated');
  return id;
}
