import type { ObjectPage, ObjectStore } from '../../../src/ports/object-store.ts';
import { failure, type KeptObject } from './kept-objects.ts';

const MAX_LIMIT = 1000;

/** Lists objects as S3 does; the continuation token is the last key or prefix that was shown. */
export function listInMemory(
  objects: ReadonlyMap<string, KeptObject>,
  { prefix = '', delimiter, continuationToken, limit }: Parameters<ObjectStore['list']>[1],
): ObjectPage {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw failure('InvalidArgument', 'The limit is not valid');
  const after = continuationToken === undefined ? undefined : Buffer.from(continuationToken, 'base64url').toString();
  const names = [...objects.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => rollUp(key, prefix, delimiter));
  const sorted = [...new Set(names)]
    .sort(inByteOrder)
    .filter((name) => after === undefined || inByteOrder(name, after) > 0);
  const shown = sorted.slice(0, limit);
  const last = shown.at(-1);
  return {
    objects: shown.flatMap((name) => {
      const kept = objects.get(name)?.object;
      return kept === undefined
        ? []
        : [{ key: name, size: kept.size, etag: kept.etag, lastModified: kept.lastModified }];
    }),
    // No key ends with a slash.
    prefixes: shown.filter((name) => name.endsWith('/')),
    ...(sorted.length > limit && last !== undefined && { continuationToken: Buffer.from(last).toString('base64url') }),
  };
}

function rollUp(key: string, prefix: string, delimiter: '/' | undefined): string {
  const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
  return end === -1 ? key : key.slice(0, end + 1);
}

const inByteOrder = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));
