/**
 * How long an address stands for the same bytes: for ever where it says its content, for a day where an admin may change
 * what it means, else until somebody replaces the image; never what only stands in its place.
 */
export type Freshness = 'forever' | 'day' | 'shortly' | 'never';

/** An object on its way to an HTTP client. */
export interface Download {
  /** Bytes of the whole object. */
  readonly size: number;
  readonly contentType: string;
  /** Bare, without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** The part that `body` holds, both ends inclusive; absent when it is whole. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
  /** Absent for HEAD. Whoever gets it reads it to the end or gives it to `closeBody`. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** Whether caches on the way may keep it. */
  readonly isPublic: boolean;
  readonly freshness: Freshness;
  /** Gives an address that holds for minutes and does not lead through this service; absent when there is none. */
  readonly elsewhere: (() => Promise<string>) | undefined;
  /** The header of the request that another would have got something else for. */
  readonly variesBy?: 'accept' | undefined;
  /** Whether other pages may not show it, so that what lies between keeps it for none of them. */
  readonly isGuarded?: boolean;
  /** Present when a variant was asked for, and the image itself stands for it. */
  readonly isOriginal?: true;
}

/** That a variant is to be had from the store, which makes it by itself. */
export interface MadeElsewhere extends Pick<Download, 'isPublic' | 'variesBy'> {
  readonly address: string;
  /** How long it holds at least. */
  readonly holdsSeconds: number;
}

/** What the client has already. */
export interface Unchanged extends Pick<Download, 'isPublic' | 'freshness' | 'variesBy' | 'isGuarded' | 'isOriginal'> {
  /** Its etag, bare. */
  readonly unchanged: string;
}
