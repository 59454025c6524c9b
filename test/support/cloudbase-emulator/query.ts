import { compare, type Ejson, type EjsonObject, isComparable, isDocument } from './ejson.ts';
import { Violation } from './violation.ts';

type Test = (value: Ejson | undefined, operand: Ejson) => boolean;

const compared =
  (holds: (order: number) => boolean): Test =>
  (value, operand) =>
    value !== undefined && isComparable(value, operand) && holds(compare(value, operand));

const isEqual: Test = (value, operand) => (value === undefined ? operand === null : compare(value, operand) === 0);

const OPERATORS = new Map<string, Test>([
  ['$eq', isEqual],
  ['$ne', (value, operand) => !isEqual(value, operand)],
  ['$gt', compared((order) => order > 0)],
  ['$gte', compared((order) => order >= 0)],
  ['$lt', compared((order) => order < 0)],
  ['$lte', compared((order) => order <= 0)],
  ['$in', (value, operand) => membersOf(operand).some((member) => isEqual(value, member))],
]);

/** What a list answers: that it has such a member. */
const OF_LISTS: ReadonlySet<string> = new Set(['$eq', '$in']);

/** Tells whether a document answers a query. @throws {Violation} for an operator that is not emulated */
export function matches(document: EjsonObject, query: EjsonObject): boolean {
  return Object.entries(query).every(([name, condition]) => {
    if (name === '$and') return listOf(condition).every((part) => matches(document, part));
    if (name === '$or') return listOf(condition).some((part) => matches(document, part));
    if (name.startsWith('$')) throw new Violation(`The operator ${name} is not emulated`);
    return meets(valueAt(document, name), condition);
  });
}

function meets(value: Ejson | undefined, condition: Ejson): boolean {
  const operators = isDocument(condition) ? Object.keys(condition).filter((name) => name.startsWith('$')) : [];
  if (!isDocument(condition) || operators.length === 0) {
    if (Array.isArray(value)) throw new Violation('Conditions on lists are not emulated without operators');
    return isEqual(value, condition);
  }
  if (operators.length !== Object.keys(condition).length) throw new Violation('A condition mixes operators and fields');
  return Object.entries(condition).every(([name, operand]) => {
    const test = OPERATORS.get(name);
    if (test === undefined) throw new Violation(`The operator ${name} is not emulated`);
    if (!Array.isArray(value)) return test(value, operand);
    if (!OF_LISTS.has(name) || !membersOf(name === '$in' ? operand : [operand]).every(isText))
      throw new Violation(`The operator ${name} on lists is emulated for texts alone, and not this`);
    return value.some((member) => test(member, operand));
  });
}

const isText = (value: Ejson): boolean => typeof value === 'string';

function membersOf(operand: Ejson): readonly Ejson[] {
  if (!Array.isArray(operand)) throw new Violation('A list of values is expected');
  return operand;
}

function listOf(value: Ejson): readonly EjsonObject[] {
  if (!Array.isArray(value) || !value.every(isDocument)) throw new Violation('A list of conditions is expected');
  return value;
}

/** The value at a path of names and dots. */
export function valueAt(document: EjsonObject, path: string): Ejson | undefined {
  let value: Ejson | undefined = document;
  for (const name of path.split('.')) value = isDocument(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}
