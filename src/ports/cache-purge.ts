/** Tells the caches between the bed and those who look that some addresses show something else now. */
export interface CachePurge {
  /** @throws {AppError} ServiceUnavailable when a cache did not take it */
  purge(urls: readonly string[]): Promise<void>;
}
