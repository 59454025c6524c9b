import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Middleware, RouteError, Router } from '../../../src/router/index.ts';

interface Context {
  readonly $url: unknown;
  trace: string[];
  body?: unknown;
}

const event = ($url: unknown): Context => ({ $url, trace: [] });

const mark =
  (label: string): Middleware<Context> =>
  async (ctx, next) => {
    ctx.trace.push(label);
    await next();
  };

const reasonOf = async (router: Router<Context>, $url: unknown): Promise<string> => {
  const result = await router.serve(event($url));
  return result.ok ? 'served' : result.error.reason;
};

describe('Router: order', () => {
  it('runs shared middleware first, then what the path has, each in the order of registration', async () => {
    const router = new Router<Context>()
      .router('a', mark('route'))
      .use('a', mark('late path middleware'))
      .use(mark('shared 1'))
      .use('*', mark('shared 2'))
      .use(['b', 'a'], mark('path list'));
    const context = event('a');
    await router.serve(context);
    expect(context.trace).toEqual(['shared 1', 'shared 2', 'route', 'late path middleware', 'path list']);
  });

  it('takes shared middleware from a list of paths too', async () => {
    const router = new Router<Context>().use(['*'], mark('shared')).router('a', mark('route'));
    const context = event('a');
    await router.serve(context);
    expect(context.trace).toEqual(['shared', 'route']);
  });

  it('goes on through a route with next(), up to its last handler', async () => {
    const router = new Router<Context>().router(['a', 'b'], mark('1'), mark('2'), (ctx) => {
      ctx.body = ctx.trace.join();
    });
    for (const $url of ['a', 'b']) {
      const context = event($url);
      expect(await router.serve(context)).toEqual({ ok: true });
      expect(context.body).toBe('1,2');
    }
  });

  it('stops where a middleware does not call next()', async () => {
    const router = new Router<Context>().use((ctx) => ctx.trace.push('guard')).router('a', mark('route'));
    const context = event('a');
    expect(await router.serve(context)).toEqual({ ok: true });
    expect(context.trace).toEqual(['guard']);
  });
});

describe('Router: which events have a route', () => {
  const router = new Router<Context>()
    .use(mark('shared'))
    .use('only/middleware', mark('path'))
    .router('a/b', mark('route'));

  it.each(['', undefined, null, 1, 0, Number.NaN, true, {}, [], ['a/b'], { toString: () => 'a/b' }, { toString: 0 }])(
    'calls $url %o invalid',
    async ($url) => {
      expect(await reasonOf(router, $url)).toBe('invalid');
    },
  );

  it.each([10n, Symbol('a/b'), () => 'a/b', new String('a/b'), Object.create(null)])(
    'calls a $url that JSON cannot say invalid',
    async ($url) => {
      expect(await reasonOf(router, $url)).toBe('invalid');
    },
  );

  it.each([
    '*',
    'a',
    'a/',
    'a/b/',
    '/a/b',
    'A/B',
    'a/b ',
    ' a/b',
    'a/b\0',
    'a/B',
    'a%2Fb',
    'a/.*',
    '.*',
    '[',
    'only/middleware',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'middlewares',
    'undefined',
    'null',
    '图片/猫',
  ])('calls $url %j unknown', async ($url) => {
    expect(await reasonOf(router, $url)).toBe('unknown');
  });

  it('takes $url up to 64 characters', async () => {
    const longest = 'x'.repeat(64);
    const tall = new Router<Context>().router(longest, mark('route'));
    expect(await reasonOf(tall, longest)).toBe('served');
    expect(await reasonOf(tall, 'y'.repeat(64))).toBe('unknown');
    expect(await reasonOf(tall, 'x'.repeat(65))).toBe('invalid');
  });

  it('calls a $url whose getter throws invalid', async () => {
    const context = {
      get $url(): unknown {
        throw new Error('hostile');
      },
      trace: [],
    };
    expect(await router.serve(context)).toMatchObject({ ok: false, error: { reason: 'invalid' } });
  });

  it('reads $url once', async () => {
    let reads = 0;
    const context = {
      get $url(): unknown {
        reads += 1;
        return reads === 1 ? 'a/b' : '*';
      },
      trace: [],
    };
    expect(await router.serve(context)).toEqual({ ok: true });
    expect(reads).toBe(1);
  });

  it.each([undefined, null])('calls a context that is %o invalid', async (context) => {
    expect(await router.serve(context as never)).toMatchObject({ ok: false, error: { reason: 'invalid' } });
  });

  it('runs no middleware for an event without a route', async () => {
    for (const $url of ['*', 'only/middleware', 'nowhere', undefined]) {
      const context = event($url);
      await router.serve(context);
      expect(context.trace).toEqual([]);
    }
  });

  it('answers with an error that says which route is missing, in printable characters', async () => {
    const result = await router.serve(event('no\nwhere'));
    expect(result.ok || result.error).toBeInstanceOf(RouteError);
    expect(result.ok || result.error.message).toBe('There is no route "no\\nwhere"');
    expect(result.ok || result.error.name).toBe('RouteError');
  });

  it.each(['constructor', '__proto__', 'hasOwnProperty', 'toString', 'then'])(
    'serves a route that is really named %s, and spoils no other',
    async (name) => {
      const odd = new Router<Context>().router(name, mark(name)).router('plain', mark('plain'));
      for (const $url of [name, 'plain']) {
        const context = event($url);
        expect(await odd.serve(context)).toEqual({ ok: true });
        expect(context.trace).toEqual([$url]);
      }
      expect(await reasonOf(odd, 'valueOf')).toBe('unknown');
    },
  );

  it('settles every event with a value and runs exactly the route that it names', async () => {
    const names = fc.oneof(
      fc.constantFrom('a/b', '*', 'only/middleware', ...Object.getOwnPropertyNames(Object.prototype)),
      fc.string({ maxLength: 70 }),
    );
    const anything = fc.oneof(
      names,
      fc.anything({ withBigInt: true, withNullPrototype: true }),
      names.map((name) => [name]),
    );
    await fc.assert(
      fc.asyncProperty(anything, async ($url) => {
        const context = event($url);
        const result = await router.serve(context);
        expect(result.ok).toBe($url === 'a/b');
        expect(context.trace).toEqual($url === 'a/b' ? ['shared', 'route'] : []);
      }),
      { numRuns: Math.max(20_000, Number(process.env['IMAGEPIC_FUZZ_RUNS'] ?? 0)) },
    );
  });
});

describe('Router: failures', () => {
  const failing = () =>
    new Router<Context>()
      .router('sync', () => {
        throw new Error('sync');
      })
      .router('async', async () => Promise.reject(new Error('async')))
      .router('nothing', () => Promise.reject(undefined))
      .router('twice', (_ctx, next) => next().then(() => next()))
      .router(
        'hasty',
        async function hasty(_ctx, next) {
          void next();
        },
        () => delay(1),
      );

  it.each([
    ['sync', 'sync'],
    ['async', 'async'],
    ['twice', 'next() called multiple times'],
    ['hasty', /next\(\) was not awaited by middleware 0 \(hasty\)/],
  ])('rejects with what the route %s throws', async ($url, message) => {
    await expect(failing().serve(event($url))).rejects.toThrow(message);
  });

  it('rejects with undefined when that is what was thrown', async () => {
    const outcome = await failing()
      .serve(event('nothing'))
      .catch((error: unknown) => ({ error }));
    expect(outcome).toEqual({ error: undefined });
  });

  it('lets shared middleware turn a failure into an answer', async () => {
    const router = failing().use(async (ctx, next) => {
      await next().catch((error: Error) => {
        ctx.body = error.message;
      });
    });
    const context = event('sync');
    expect(await router.serve(context)).toEqual({ ok: true });
    expect(context.body).toBe('sync');
  });
});

describe('Router: many events', () => {
  it('serves events that overlap, each in its own context', async () => {
    const router = new Router<Context>().use(mark('shared')).router(['fast', 'slow'], async (ctx) => {
      if (ctx.$url === 'slow') await delay(2);
      ctx.trace.push(String(ctx.$url));
    });
    const contexts = Array.from({ length: 50 }, (_, index) => event(index % 2 ? 'slow' : 'fast'));
    await Promise.all(contexts.map((context) => router.serve(context)));
    expect(contexts.map(({ trace }) => trace)).toEqual(contexts.map(({ $url }) => ['shared', $url]));
  });

  it('takes registrations after the first event into account from the next event on', async () => {
    const router = new Router<Context>().router('a', mark('a'));
    await router.serve(event('a'));
    expect(await reasonOf(router, 'b')).toBe('unknown');
    router.use(mark('shared')).router('b', mark('b')).use('a', mark('more'));
    const contexts = [event('a'), event('b')];
    for (const context of contexts) await router.serve(context);
    expect(contexts.map(({ trace }) => trace)).toEqual([
      ['shared', 'a', 'more'],
      ['shared', 'b'],
    ]);
  });

  it('leaves an event under way with the middleware that it started with', async () => {
    const router = new Router<Context>();
    router.router('a', async (ctx, next) => {
      router.use('a', mark('later'));
      await next();
      ctx.trace.push('end');
    });
    const contexts = [event('a'), event('a')];
    for (const context of contexts) await router.serve(context);
    expect(contexts.map(({ trace }) => trace)).toEqual([['end'], ['later', 'end']]);
  });
});

describe('Router: the table', () => {
  it('lists the routes in order, without paths that only have middleware', () => {
    const router = new Router<Context>()
      .router(['z', 'a'], mark('1'))
      .use('middleware', mark('2'))
      .use(mark('3'))
      .router('m', mark('4'));
    expect(router.routes).toEqual(['z', 'a', 'm']);
    expect(['z', 'a', 'm', 'middleware', '*', 'toString'].map((path) => router.has(path))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('hands out a copy', () => {
    const router = new Router<Context>().router('a', mark('a'));
    (router.routes as string[]).push('b');
    expect(router.routes).toEqual(['a']);
  });
});

describe('Router: wrong registrations', () => {
  const handler = mark('handler');

  it.each<[string, (router: Router<Context>) => unknown]>([
    ['router("a"): handler 1 is not a function', (router) => router.router('a', handler, 5 as never)],
    ['router("a", "b"): handler 0 is not a function', (router) => router.router(['a', 'b'], undefined as never)],
    ['router("a"): a handler is missing', (router) => router.router('a')],
    ['router([]): a path is missing', (router) => router.router([], handler)],
    ['router("*"): not a route; use() adds middleware for every route', (router) => router.router('*', handler)],
    ['router("here"): there is such a route already', (router) => router.router('here', handler)],
    ['router("here"): there is such a route already', (router) => router.router(['a', 'here'], handler)],
    ['router("twin"): there is such a route already', (router) => router.router(['twin', 'twin'], handler)],
    ['router(""): a path is a string of 1 to 64 characters', (router) => router.router('', handler)],
    ['router("1"): a path is a string of 1 to 64 characters', (router) => router.router(1 as never, handler)],
    ['router("undefined"): a path is', (router) => router.router(undefined as never, handler)],
    ['router(an object): a path is', (router) => router.router({ toString: 0 } as never, handler)],
    ['router("Symbol(a)"): a path is', (router) => router.router(['a', Symbol('a') as never], handler)],
    [`router("${'x'.repeat(65)}"): a path is`, (router) => router.router('x'.repeat(65), handler)],
    ['use("*"): handler 0 is not a function', (router) => router.use('a' as never)],
    ['use("a"): handler 0 is not a function', (router) => router.use('a', {} as never)],
    ['use(""): a path is a string of 1 to 64 characters', (router) => router.use('', handler)],
    ['use([]): a path is missing', (router) => router.use([], handler)],
    ['use("undefined"): a path is', (router) => (router.use as (this: Router<Context>) => unknown).call(router)],
  ])('%s', async (message, register) => {
    const router = new Router<Context>().router('here', handler);
    expect(() => register(router)).toThrow(TypeError);
    expect(() => register(router)).toThrow(message);
    expect(router.routes).toEqual(['here']);
    const context = event('here');
    await router.serve(context);
    expect(context.trace).toEqual(['handler']);
  });
});
