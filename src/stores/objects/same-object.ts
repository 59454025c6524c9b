import type { ObjectMetadata } from '../../ports/object-store.ts';

/** Tells whether what is there is still what was seen: bytes, date and everything that is kept beside them. */
export function isSameObject(found: ObjectMetadata, seen: ObjectMetadata): boolean {
  const names = Object.keys(found.metadata);
  return (
    found.etag === seen.etag &&
    found.lastModified.getTime() === seen.lastModified.getTime() &&
    names.length === Object.keys(seen.metadata).length &&
    names.every((name) => found.metadata[name] === seen.metadata[name])
  );
}
