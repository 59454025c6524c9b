import { createHash } from 'node:crypto';
import type { Part } from '../../ports/object-store.ts';

/** The etag of an object that was sent in parts, as S3 makes it: the MD5 of the parts' MD5s, and how many they are. */
export function joinEtags(parts: readonly Part[]): string {
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(etag, 'hex');
  return `${md5.digest('hex')}-${parts.length}`;
}
