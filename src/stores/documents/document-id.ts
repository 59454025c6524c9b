import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { checkLimit, invalidArgument } from '../arguments.ts';

const COLLECTION = /^[a-z][a-z0-9-]{0,63}$/;
const ID = /^[a-z0-9_-]{1,128}$/;

/** Which document; both names are checked, so nothing but a name ever reaches a path or a query. */
export interface DocumentId {
  readonly collection: string;
  readonly id: string;
}

/** What to list. */
export interface PageRequest {
  readonly after?: string;
  readonly limit: number;
}

/** Tells whether a value is an id that this service may have given. */
export const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/** @throws {AppError} InvalidArgument unless both are names */
export function toDocumentId(collection: string, id: string): DocumentId {
  checkCollection(collection);
  if (!isId(id)) throw invalidArgument('id');
  return { collection, id };
}

/** @throws {AppError} InvalidArgument unless a collection may be asked for such a page */
export function checkPage(collection: string, { after, limit }: PageRequest): void {
  checkCollection(collection);
  if (after !== undefined && !isId(after)) throw invalidArgument('after');
  checkLimit(limit);
}

function checkCollection(collection: unknown): void {
  if (typeof collection !== 'string' || !COLLECTION.test(collection)) throw invalidArgument('collection');
}

/** The SHA-256 of an id in hex, which spreads ids evenly and names them where the id itself must not be shown. */
export const digestOf = (id: string): string => createHash('sha256').update(id).digest('hex');

/** Says which document to repair, without its id or content. */
export function damaged({ collection, id }: DocumentId): AppError {
  const digest = digestOf(id).slice(0, 12);
  return new AppError('ServiceUnavailable', {
    zh: `集合 ${collection} 中有一个文档已损坏，需要修复（其 id 的 SHA-256 以 ${digest} 开头）`,
    en: `A document of ${collection} is damaged and needs repair (the SHA-256 of its id begins with ${digest})`,
  });
}
