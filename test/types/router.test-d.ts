import { expectTypeOf } from 'vitest';
import {
  type ComposedMiddleware,
  compose,
  type Middleware,
  type Next,
  RouteError,
  Router,
  type ServeResult,
  type TcbContext,
  TcbRouter,
} from '../../src/router/index.ts';

interface Context {
  readonly $url: unknown;
  caller: string | undefined;
  body: unknown;
}

const router = new Router<Context>();

// The context is inferred in sync and async middleware, on every way in.
router.use(async (ctx, next) => {
  expectTypeOf(ctx).toEqualTypeOf<Context>();
  expectTypeOf(next).toEqualTypeOf<Next>();
  expectTypeOf(await next()).toEqualTypeOf<void>();
});
router.use((ctx, next) => {
  ctx.caller = 'someone';
  return next();
});
router.use('a', (ctx) => {
  expectTypeOf(ctx.caller).toEqualTypeOf<string | undefined>();
});
router.use(['a', 'b'] as const, async ({ body }) => body);
router.router(
  'a',
  async (ctx, next) => {
    expectTypeOf(ctx).toEqualTypeOf<Context>();
    await next();
  },
  (ctx) => {
    ctx.body = { code: 0 };
  },
);

// Registrations chain, and middleware for a wider context fits a narrower one.
expectTypeOf(router.use((_ctx: { readonly $url: unknown }) => {})).toEqualTypeOf<Router<Context>>();
expectTypeOf(router.router(['a'], () => 1)).toEqualTypeOf<Router<Context>>();
expectTypeOf(router.routes).toEqualTypeOf<readonly string[]>();
expectTypeOf(router.has('a')).toEqualTypeOf<boolean>();

// @ts-expect-error a property that the context does not have
router.use(async (ctx) => ctx.nobody);
router.use((ctx) => {
  // @ts-expect-error $url is what the event says, nobody writes it
  ctx.$url = 'other';
});
// @ts-expect-error a handler is a function
router.router('a', 'not a function');
// @ts-expect-error a handler for a context with more than this one
router.router('a', (ctx: Context & { session: string }) => ctx.session);
// @ts-expect-error next() takes nothing
router.use((_ctx, next) => next('something'));
// @ts-expect-error a path is a string
router.router(1, () => {});
const middleware: Middleware<Context> = (_ctx, next) => next();
// @ts-expect-error use() takes one middleware
router.use('a', middleware, middleware);
// @ts-expect-error a context without $url cannot be routed
new Router<{ body: unknown }>();
// @ts-expect-error an event without the context's properties
void router.serve({ $url: 'a' });

// What serve() answers narrows by `ok`.
const result: ServeResult = await router.serve({ $url: 'a', caller: undefined, body: undefined });
if (result.ok) {
  // @ts-expect-error nothing went wrong
  void result.error;
} else {
  expectTypeOf(result.error).toEqualTypeOf<RouteError>();
  expectTypeOf(result.error.reason).toEqualTypeOf<'invalid' | 'unknown'>();
  expectTypeOf(result.error).toExtend<Error>();
}
// @ts-expect-error only two reasons
new RouteError('forbidden', 'message');

// A composition is a middleware of the same context, and starts a chain by itself.
const composed = compose<Context>([async (ctx, next) => (ctx.body ? undefined : next())]);
expectTypeOf(composed).toEqualTypeOf<ComposedMiddleware<Context>>();
expectTypeOf(composed).toExtend<Middleware<Context>>();
router.use(composed);
expectTypeOf(composed({ $url: 'a', caller: undefined, body: undefined })).toEqualTypeOf<Promise<void>>();
// @ts-expect-error not a list of middleware
compose([1]);

// TcbRouter: free properties are unknown until they are named.
const app = new TcbRouter({ event: { $url: 'a', name: 'tcb' } });
app.use(async (ctx, next) => {
  expectTypeOf(ctx).toEqualTypeOf<TcbContext>();
  ctx['data'] = { company: 'Tencent' };
  expectTypeOf(ctx['data']).toEqualTypeOf<unknown>();
  expectTypeOf(ctx._req.url).toEqualTypeOf<unknown>();
  ctx.body = { code: 0 };
  await next();
});
app.router(['a', 1], (ctx) => ctx._res);
app.router(undefined, () => {});
expectTypeOf(app.serve()).toEqualTypeOf<Promise<unknown>>();
// @ts-expect-error a handler is a function
app.use('a', 'not a function');
// @ts-expect-error next() takes nothing
app.use((_ctx, next) => next(1));

const typed = new TcbRouter<{ data: { company: string } }>({ event: { $url: 'a' } });
typed.use(async (ctx, next) => {
  expectTypeOf(ctx.data.company).toEqualTypeOf<string>();
  // @ts-expect-error not the type that was named
  ctx.data = 'company';
  await next();
});
