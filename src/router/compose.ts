/** Runs the rest of the chain and settles when it has; to be called at most once, and awaited. */
export type Next = () => Promise<void>;

/** One step of a chain, sync or async. */
export type Middleware<Context> = (context: Context, next: Next) => unknown;

/** A chain as one function, and so a middleware itself; a given `next` becomes its last step. */
export type ComposedMiddleware<Context> = (context: Context, next?: Middleware<Context>) => Promise<void>;

const NOT_CALLED = 0;
const CALLED = 1;
const SETTLED = 2;

/** How far one middleware has come with one event. */
class Step {
  progress: typeof NOT_CALLED | typeof CALLED | typeof SETTLED = NOT_CALLED;
  downstream: Promise<void> | undefined = undefined;
}

const settled = Promise.resolve();
const nothing = (): void => {};

/**
 * Composes middleware into one, outermost first, as koa-compose does. The result may serve many contexts at once and
 * never throws synchronously.
 *
 * It rejects with `next() called multiple times`, and with `next() was not awaited` when a middleware resolves before
 * the `next()` that it called has settled: otherwise an answer leaves before the work is done. koa-compose 4.2.0 lets
 * that pass; its unreleased branch does not.
 *
 * @see https://github.com/koajs/compose
 * @throws {TypeError} naming the index of what is not a function
 */
export function compose<Context>(middleware: readonly Middleware<Context>[]): ComposedMiddleware<Context> {
  return composeTo(middleware, undefined);
}

/** Composes so, and resolves to `result`, unless that is `undefined`: another promise for it would cost as much as a middleware. */
export function composeTo<Context, Result>(
  middleware: readonly Middleware<Context>[],
  result: Result,
): (context: Context, next?: Middleware<Context>) => Promise<Result> {
  const chain = toChain(middleware);

  function enter(
    context: Context,
    last: Middleware<Context> | undefined,
    index: number,
    caller: Step | undefined,
  ): Promise<void> {
    const handler = (index === chain.length ? last : chain[index]) || nothing;
    const step = new Step();
    const next = (): Promise<void> => {
      if (step.progress !== NOT_CALLED) return Promise.reject(new Error('next() called multiple times'));
      step.progress = CALLED;
      step.downstream = enter(context, last, index + 1, step);
      return step.downstream;
    };
    const resolved = <Value>(value: Value): Value => {
      leave(step, caller);
      if (step.progress === CALLED) throw notAwaited(handler, index);
      // What the outermost one returned is nobody's but the result's.
      return caller === undefined && result !== undefined ? (result as unknown as Value) : value;
    };
    const rejected = (error: unknown): never => {
      leave(step, caller);
      throw error;
    };
    return invoke(handler, context, next).then(resolved, rejected);
  }

  return (context, next) => enter(context, next, 0, undefined) as Promise<Result>;
}

/**
 * Calls a middleware and turns what it throws into a rejection. What it returns passes through at run time, as in
 * koa-compose, but is no part of the types.
 */
export function invoke<Context>(
  handler: (context: Context, next: Next) => void,
  context: Context,
  next: Next,
): Promise<void> {
  try {
    return Promise.resolve(handler(context, next));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Tells the caller that what it called has settled. */
function leave(step: Step, caller: Step | undefined): void {
  // The event fails already; an unhandled rejection on top would take the whole process down.
  if (step.progress === CALLED) step.downstream?.catch(nothing);
  if (caller === undefined) return;
  if (step.progress === SETTLED) caller.progress = SETTLED;
  else tellLater(caller);
}

/**
 * A step that ran no other may be done the moment it is called. Told one job later, a caller that awaits hears it in time
 * and one that returns without does not, so that quick work never hides the mistake.
 */
function tellLater(caller: Step): void {
  void settled.then(() => {
    caller.progress = SETTLED;
  });
}

function notAwaited(handler: { readonly name: string }, index: number): Error {
  const name = handler.name || 'anonymous';
  return new Error(
    `next() was not awaited by middleware ${index} (${name}): it resolved before its downstream settled`,
  );
}

function toChain<Context>(middleware: readonly Middleware<Context>[]): readonly Middleware<Context>[] {
  if (!Array.isArray(middleware)) throw new TypeError('compose() takes an array of middleware');
  const wrong = middleware.findIndex((handler) => typeof handler !== 'function');
  if (wrong >= 0) throw new TypeError(`compose(): middleware ${wrong} is not a function`);
  return [...middleware];
}
