/** An object on its way to an HTTP client. */
export class Download {
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
  /** Gives an address that holds for minutes and does not lead through this service; absent when there is none. */
  readonly elsewhere: (() => Promise<string>) | undefined;

  constructor(download: Download) {
    this.size = download.size;
    this.contentType = download.contentType;
    this.etag = download.etag;
    this.lastModified = download.lastModified;
    this.range = download.range;
    this.body = download.body;
    this.isPublic = download.isPublic;
    this.elsewhere = download.elsewhere;
  }
}

/** Gives up bytes that nobody wants. Only an iterator that was begun closes what it reads from. */
export async function closeBody(body: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  const iterator = body?.[Symbol.asyncIterator]();
  await iterator?.next();
  await iterator?.return?.();
}
