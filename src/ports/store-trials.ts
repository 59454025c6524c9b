import type { PutOptions } from './object-store.ts';

/**
 * Conditional calls exactly as S3 has them, with no way round for stores that lack one: what becomes of them is what is probed.
 *
 * @throws {AppError} NotImplemented, InvalidArgument or whatever else the store answers to a call that it does not know
 */
export interface StoreTrials {
  /** Stores bytes; `undefined` when the condition forbade it. */
  put(
    bucket: string,
    key: string,
    bytes: Uint8Array,
    condition: { readonly ifNoneMatch?: '*'; readonly ifMatch?: string },
  ): Promise<{ readonly etag: string } | undefined>;
  /** Removes an object; `false` when the condition forbade it. */
  remove(bucket: string, key: string, condition: { readonly ifMatch?: string }): Promise<boolean>;
  /** Copies an object within its bucket, which `ifSource` is the etag of, described anew where `description` is given; `undefined` when the condition forbade it. */
  copy(
    bucket: string,
    from: string,
    to: string,
    how: {
      readonly ifNoneMatch?: '*';
      readonly ifMatch?: string;
      readonly ifSource?: string;
      readonly description?: Pick<PutOptions, 'contentType' | 'metadata'>;
    },
  ): Promise<{ readonly etag: string } | undefined>;
  /** Sends a form that was signed beforehand, as a browser does. */
  postForm(bucket: string, key: string, bytes: Uint8Array): Promise<void>;
}
