import { assertStorable, type Ejson, type EjsonObject, fromNumber, isDocument, toNumber } from './ejson.ts';
import { valueAt } from './query.ts';
import { DatabaseError, Violation } from './violation.ts';

/** Applies an update of operators to a document. @throws {Violation} for an operator that is not emulated */
export function updated(document: EjsonObject, update: EjsonObject): EjsonObject {
  const changes = Object.entries(update).flatMap(([operator, fields]) => {
    if (!isDocument(fields) || Object.keys(fields).length === 0) throw new Violation(`${operator} names no fields`);
    return Object.entries(fields).map(([path, operand]) => ({ operator, path, operand }));
  });
  if (changes.length === 0) throw new Violation('The update is empty');
  assertNoConflict(changes.map(({ path }) => path));
  return changes.reduce((result, { operator, path, operand }) => {
    const value = apply(operator, valueAt(result, path), operand);
    if (value !== undefined) assertStorable(value, path);
    return withValue(result, path.split('.'), value, path);
  }, document);
}

function apply(operator: string, before: Ejson | undefined, operand: Ejson): Ejson | undefined {
  if (operator === '$set') return operand;
  if (operator === '$unset') return undefined;
  if (operator !== '$inc') throw new Violation(`The operator ${operator} is not emulated`);
  const [value, by] = [before === undefined ? 0 : toNumber(before), toNumber(operand)];
  if (value === undefined || by === undefined) {
    throw new DatabaseError(
      'DATABASE_REQUEST_FAILED',
      '[FailedOperation.Update] Cannot apply $inc to a value of non-numeric type',
    );
  }
  return fromNumber(value + by);
}

function assertNoConflict(paths: readonly string[]): void {
  for (const path of paths) {
    if (path === '_id')
      throw new DatabaseError(
        'DATABASE_REQUEST_FAILED',
        "[FailedOperation.Update] Performing an update on the path '_id' would modify the immutable field '_id'",
      );
    if (paths.some((other) => other !== path && `${other}.`.startsWith(`${path}.`))) {
      throw new DatabaseError(
        'DATABASE_REQUEST_FAILED',
        `[FailedOperation.Update] Updating the path '${path}' would create a conflict at '${path}'`,
      );
    }
  }
}

function withValue(
  parent: EjsonObject,
  [name = '', ...rest]: readonly string[],
  value: Ejson | undefined,
  path: string,
): EjsonObject {
  if (name === '' || name.startsWith('$')) throw new Violation(`${path} is no path`);
  const { [name]: before, ...others } = parent;
  if (rest.length === 0) return value === undefined ? others : { ...parent, [name]: value };
  if (before !== undefined && !isDocument(before)) {
    const message = `[FailedOperation.Update] multiple write errors: [{write errors: [{Cannot create field '${rest[0]}' in element {${name}: ${JSON.stringify(before)}}}]}, {<nil>}]`;
    throw new DatabaseError('DATABASE_REQUEST_FAILED', message);
  }
  return { ...parent, [name]: withValue(before ?? {}, rest, value, path) };
}
