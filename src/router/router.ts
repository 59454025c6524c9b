import { composeTo, type Middleware } from './compose.ts';

const MAX_PATH_LENGTH = 64;
const SHARED = '*';

/** Why an event was not served: `invalid` when its `$url` cannot be a route's name, `unknown` when no route has that name. */
export class RouteError extends Error {
  override readonly name = 'RouteError';
  readonly reason: 'invalid' | 'unknown';

  constructor(reason: 'invalid' | 'unknown', message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Whether a route was found and ran to its end; what it answered is in the context. */
export type ServeResult = { readonly ok: true } | { readonly ok: false; readonly error: RouteError };

const SERVED: ServeResult = { ok: true };

/**
 * Dispatches events to routes by their `$url`, by exact match, through middleware as in Koa.
 *
 * Built once, serves any number of events at once. A registration after the first `serve` holds from the next `serve` on.
 *
 * ```ts
 * const router = new Router<Context>();
 * router.use(async (ctx, next) => { … await next(); … });
 * router.router('user/register', async (ctx) => { ctx.body = … });
 * const result = await router.serve(ctx);
 * ```
 */
export class Router<Context extends { readonly $url: unknown }> {
  readonly #routes = new Set<string>();
  readonly #middleware = new Map<string, Middleware<Context>[]>();
  #chains: ReadonlyMap<string, (context: Context) => Promise<ServeResult>> | undefined;

  /** The routes in the order of their registration. */
  get routes(): readonly string[] {
    return [...this.#routes];
  }

  /** Whether there is such a route; `*` and paths that only have middleware are none. */
  has(path: string): boolean {
    return this.#routes.has(path);
  }

  /**
   * Adds middleware for every route (without a path, or for `*`) or for some. The former runs before the latter, each in
   * the order of registration. A path that only has middleware is not a route.
   *
   * @throws {TypeError} naming the route, when the path or the middleware is not one
   */
  use(middleware: Middleware<Context>): this;
  use(path: string | readonly string[], middleware: Middleware<Context>): this;
  use(...args: [Middleware<Context>] | [string | readonly string[], Middleware<Context>]): this {
    const [path, middleware] = args.length === 1 ? ([SHARED, args[0]] as const) : args;
    this.#add(toPaths('use', path), [middleware], 'use');
    return this;
  }

  /**
   * Adds a route, or several that share their handlers.
   *
   * @throws {TypeError} naming the route, when it is not a path, is there already, or a handler is missing or not a function
   */
  router(path: string | readonly string[], ...handlers: readonly Middleware<Context>[]): this {
    const paths = toPaths('router', path);
    const seen = new Set(this.#routes);
    for (const name of paths) {
      if (name === SHARED) throw new TypeError('router("*"): not a route; use() adds middleware for every route');
      if (seen.has(name)) throw new TypeError(`router(${quote([name])}): there is such a route already`);
      seen.add(name);
    }
    this.#add(paths, handlers, 'router');
    for (const name of paths) this.#routes.add(name);
    return this;
  }

  /**
   * Runs the route that `context.$url` names. Never throws synchronously; rejects with what the route's middleware throws.
   * An event without a route runs no middleware at all.
   */
  serve(context: Context): Promise<ServeResult> {
    const url = readUrl(context);
    if (url === undefined) {
      return refuse('invalid', `$url must be a string of 1 to ${MAX_PATH_LENGTH} characters`);
    }
    this.#chains ??= this.#compose();
    const chain = this.#chains.get(url);
    if (chain === undefined) return refuse('unknown', `There is no route ${quote([url])}`);
    return chain(context);
  }

  #add(paths: readonly string[], handlers: readonly Middleware<Context>[], method: string): void {
    const wrong = handlers.findIndex((handler) => typeof handler !== 'function');
    if (wrong >= 0) {
      throw new TypeError(`${method}(${quote(paths)}): handler ${wrong} is not a function`);
    }
    if (handlers.length === 0) throw new TypeError(`${method}(${quote(paths)}): a handler is missing`);
    for (const path of paths) {
      this.#middleware.set(path, [...(this.#middleware.get(path) ?? []), ...handlers]);
    }
    this.#chains = undefined;
  }

  #compose(): ReadonlyMap<string, (context: Context) => Promise<ServeResult>> {
    const installed = (path: string) => this.#middleware.get(path) ?? [];
    return new Map(
      this.routes.map((path) => [path, composeTo([...installed(SHARED), ...installed(path)], SERVED)] as const),
    );
  }
}

function refuse(reason: 'invalid' | 'unknown', message: string): Promise<ServeResult> {
  return Promise.resolve({ ok: false, error: new RouteError(reason, message) });
}

function readUrl(context: { readonly $url: unknown }): string | undefined {
  try {
    const url = context.$url;
    return isPath(url) ? url : undefined;
  } catch {
    // An event is foreign data, and so may be its getters.
    return undefined;
  }
}

function isPath(path: unknown): path is string {
  return typeof path === 'string' && path.length > 0 && path.length <= MAX_PATH_LENGTH;
}

function toPaths(method: string, path: string | readonly string[]): readonly string[] {
  const paths: readonly unknown[] = Array.isArray(path) ? path : [path];
  if (paths.length === 0) throw new TypeError(`${method}([]): a path is missing`);
  return paths.map((name) => {
    if (isPath(name)) return name;
    const given = typeof name === 'object' ? 'an object' : quote([String(name)]);
    throw new TypeError(`${method}(${given}): a path is a string of 1 to ${MAX_PATH_LENGTH} characters`);
  });
}

const quote = (paths: readonly string[]): string => paths.map((path) => JSON.stringify(path)).join(', ');
