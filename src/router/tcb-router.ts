import { invoke, type Next } from './compose.ts';

/** Where middleware is installed; a number means its decimal string, `*` every route. */
export type TcbPath = string | number | readonly (string | number)[];

/** What a cloud function receives; `$url` names the route. */
export type TcbEvent = { readonly $url?: unknown; readonly [property: string]: unknown };

/** The context of a `TcbRouter` is the router itself, with whatever properties middleware puts on it. */
export type TcbContext<Properties extends object = Record<string, unknown>> = TcbRouter<Properties> & Properties;

/** A middleware or handler of a `TcbRouter`; it may call `next()` without awaiting it. */
export type TcbMiddleware<Properties extends object = Record<string, unknown>> = (
  ctx: TcbContext<Properties>,
  next: Next,
) => unknown;

const SHARED = '*';

/**
 * Stands in for the class of npm tcb-router 1.1.2: made per event, `serve` resolves with `ctx.body`, or with `undefined` when
 * nothing matches. New code takes `Router`, which is built once and does not lose an unknown `$url`.
 *
 * Differs only where tcb-router is wrong: a `$url` matches by exact string, so that names of `Object.prototype`, arrays,
 * objects and numbers are plain unknown routes; `$url: '*'` runs the shared middleware once; any string can name a route;
 * `serve` never throws synchronously.
 *
 * ```ts
 * export const main = async (event) => {
 *   const app = new TcbRouter({ event });
 *   app.use(async (ctx, next) => { ctx.data = {}; await next(); });
 *   app.router('user/register', async (ctx) => { ctx.body = { code: 0, data: ctx.data }; });
 *   return app.serve();
 * };
 * ```
 *
 * @see https://github.com/TencentCloudBase/tcb-router
 */
export class TcbRouter<Properties extends object = Record<string, unknown>> {
  readonly _req: { event: TcbEvent; url: unknown };
  readonly _res: Record<string, unknown> = {};
  declare body: unknown;

  readonly #middleware = new Map<string, TcbMiddleware<Properties>[]>();

  constructor({ event = {} }: { readonly event?: TcbEvent } = {}) {
    this._req = { event, url: event.$url };
  }

  /** Adds middleware for every route, or for some. Warns about, and leaves out, what is not a function. */
  use(middleware: TcbMiddleware<Properties>): void;
  use(path: TcbPath, middleware: TcbMiddleware<Properties>): void;
  use(...args: [TcbMiddleware<Properties>] | [TcbPath, TcbMiddleware<Properties>]): void {
    const [path, middleware] = args.length === 1 ? ([SHARED, args[0]] as const) : args;
    this.#install(path, middleware);
  }

  /** Adds handlers to one route or several, up to the first that is not a function; `undefined` means every route. */
  router(path: TcbPath | undefined = SHARED, ...handlers: readonly TcbMiddleware<Properties>[]): void {
    for (const handler of handlers) {
      if (!this.#install(path, handler)) return;
    }
  }

  /** Runs the middleware of every route, then the route's own, and resolves with `ctx.body`. */
  serve(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const chain = this.#match(this._req.url);
      if (chain === undefined) return resolve(undefined);
      // The context is this instance; the properties that middleware agrees on arrive on it at run time.
      const ctx = this as this & Properties;
      dispatch(chain, ctx)
        .then(() => resolve(this.body))
        .catch(reject);
    });
  }

  #match(url: unknown): readonly TcbMiddleware<Properties>[] | undefined {
    const own = typeof url === 'string' && url !== SHARED ? this.#middleware.get(url) : undefined;
    const shared = this.#middleware.get(SHARED);
    return shared === undefined ? own : [...shared, ...(own ?? [])];
  }

  #install(path: TcbPath, middleware: TcbMiddleware<Properties>): boolean {
    if (typeof middleware !== 'function') {
      // biome-ignore lint/suspicious/noConsole: programs written for tcb-router see its warning, not an error
      console.warn('Handler should be a function. The middleware is not installed correctly.');
      return false;
    }
    const paths: readonly unknown[] = Array.isArray(path) ? path : [path];
    // forEach, because tcb-router skips the holes of an array.
    paths.forEach((name) => {
      const key = String(name);
      const installed = this.#middleware.get(key);
      if (installed) installed.push(middleware);
      else this.#middleware.set(key, [middleware]);
    });
    return true;
  }
}

/** koa-compose without a guard against a `next()` that is not awaited, because programs written for tcb-router do that. */
function dispatch<Context>(chain: readonly ((ctx: Context, next: Next) => unknown)[], ctx: Context): Promise<unknown> {
  let reached = -1;
  const run = (index: number): Promise<void> => {
    if (index <= reached) return Promise.reject(new Error('next() called multiple times'));
    reached = index;
    const handler = chain[index];
    if (handler === undefined) return Promise.resolve();
    return invoke(handler, ctx, () => run(index + 1));
  };
  return run(0);
}
