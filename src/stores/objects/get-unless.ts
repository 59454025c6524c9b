import { closeBody } from '../../concurrency/close-body.ts';
import type { ObjectStore } from '../../ports/object-store.ts';

/** For a store that is at hand: opens the object and looks. */
export const getUnlessBy =
  (get: ObjectStore['get']): ObjectStore['getUnless'] =>
  async (bucket, key, { etag, range }) => {
    const opened = await get(bucket, key, range === undefined ? {} : { range });
    if (opened?.object.etag !== etag) return opened;
    await closeBody(opened.body);
    return 'unchanged';
  };
