declare module 'tcb-router' {
  /** As the package behaves; it has no types of its own. */
  class TcbRouter {
    constructor(options?: { event?: unknown });
    [property: string]: unknown;
    use(...args: unknown[]): void;
    router(...args: unknown[]): void;
    serve(): Promise<unknown>;
  }
  export = TcbRouter;
}
