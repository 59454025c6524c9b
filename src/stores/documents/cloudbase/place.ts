import { AppError } from '../../../errors.ts';

const COLLECTION = /^[a-z][a-z0-9-]{0,63}$/;
const ID = /^[a-z0-9_-]{1,128}$/;

/** Where one document is kept; both names are checked, so nothing but a name ever reaches a query. */
export interface Place {
  readonly collection: string;
  readonly id: string;
}

/** @throws {AppError} InvalidArgument unless both are names */
export function toPlace(collection: string, id: string): Place {
  return { collection: checkedCollection(collection), id: checkedId(id, 'id') };
}

/** @throws {AppError} InvalidArgument */
export function checkedCollection(collection: string): string {
  if (typeof collection !== 'string' || !COLLECTION.test(collection)) throw invalid('collection');
  return collection;
}

/** @throws {AppError} InvalidArgument that names the argument as `what` */
export function checkedId(id: string, what: string): string {
  if (!isId(id)) throw invalid(what);
  return id;
}

/** Tells whether a value is an id that this service may have given. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** Says which argument is not valid. */
export function invalid(what: string): AppError {
  return new AppError('InvalidArgument', { zh: `参数 ${what} 无效`, en: `The ${what} is not valid` });
}
