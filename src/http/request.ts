/** An HTTP request, whatever brought it; its body is a stream. */
export interface HttpRequest {
  readonly method: string;
  /** As it came, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Uint8Array>;
  readonly scheme: 'http' | 'https';
  /** Address of the client, where whoever brought the request vouches for it. */
  readonly clientIp?: string | undefined;
  readonly requestId?: string | undefined;
}

/** An HTTP response; whoever gets it reads a streamed body to its end or gives it to `closeBody`. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<Uint8Array>;
  /** Gives an address where the same bytes are to be had, for fronts that cannot carry them. */
  readonly elsewhere?: (() => Promise<string>) | undefined;
}
