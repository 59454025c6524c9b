import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { compose, type Middleware, type Next } from '../../../src/router/index.ts';

interface Context {
  trace: string[];
}

const create = (): Context => ({ trace: [] });

/** A promise that settles when the test says so. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('compose: construction', () => {
  it.each([undefined, null, 'middleware', {}, () => {}, new Set()])('refuses %o in place of an array', (middleware) => {
    expect(() => compose(middleware as never)).toThrow(new TypeError('compose() takes an array of middleware'));
  });

  it.each([
    ['an object', [() => {}, {}], 1],
    ['undefined', [undefined], 0],
    ['a nested array', [() => {}, () => {}, [() => {}]], 2],
    ['a promise', [Promise.resolve()], 0],
    ['a hole', new Array(3).fill(() => {}, 0, 1), 1],
  ])('names the index of %s', (_what, middleware, index) => {
    expect(() => compose(middleware as never)).toThrow(
      new TypeError(`compose(): middleware ${index} is not a function`),
    );
  });

  it('does not see what happens to the array afterwards', async () => {
    const middleware: Middleware<Context>[] = [
      async (ctx, next) => {
        ctx.trace.push('first');
        await next();
      },
    ];
    const run = compose(middleware);
    middleware.push((ctx) => ctx.trace.push('late'));
    const context = create();
    await run(context);
    expect(context.trace).toEqual(['first']);
  });
});

describe('compose: next() called multiple times', () => {
  it.each<[string, Middleware<Context>]>([
    ['one after the other', (_ctx, next) => next().then(() => next())],
    ['side by side', (_ctx, next) => Promise.all([next(), next()])],
    ['as a callback', (_ctx, next) => next().then(next)],
  ])('rejects when called %s', async (_how, twice) => {
    const context = create();
    const run = compose<Context>([twice, (ctx) => ctx.trace.push('downstream')]);
    await expect(run(context)).rejects.toThrow(new Error('next() called multiple times'));
    expect(context.trace).toEqual(['downstream']);
  });

  it('rejects only the second call, so that a middleware may handle it', async () => {
    const run = compose<Context>([
      async (ctx, next) => {
        await next();
        await next().catch((error: Error) => ctx.trace.push(error.message));
      },
    ]);
    const context = create();
    await run(context);
    expect(context.trace).toEqual(['next() called multiple times']);
  });
});

const forgetful: readonly [string, Middleware<Context>][] = [
  [
    'an async function that calls and returns',
    async function forgetful(_ctx, next) {
      next();
    },
  ],
  [
    'an async function that calls after work of its own',
    async function forgetful(_ctx, next) {
      await Promise.resolve();
      next();
    },
  ],
  [
    'a sync function that does not return the promise',
    function forgetful(_ctx, next) {
      next();
    },
  ],
  [
    'a function that resolves with something else',
    function forgetful(_ctx, next) {
      next();
      return Promise.resolve('something else');
    },
  ],
];

const downstreams: readonly [string, () => Middleware<Context>][] = [
  ['a handler that is done at once', () => () => undefined],
  ['an async handler that is done at once', () => async () => undefined],
  ['a slow handler', () => () => delay(5)],
  ['a chain that passes through', () => compose<Context>([(_ctx, next) => next(), async (_ctx, next) => next()])],
  [
    'a handler that throws',
    () => () => {
      throw new Error('lost');
    },
  ],
  [
    'a handler that rejects later',
    () => async () => {
      await delay(1);
      throw new Error('lost');
    },
  ],
];

describe('compose: next() that is not awaited', () => {
  describe.each(forgetful)('%s', (_who, middleware) => {
    // Vitest fails the run on an unhandled rejection, so these also show that the lost errors do not take the process down.
    it.each(downstreams)('is found out before %s', async (_what, downstream) => {
      const run = compose<Context>([async (_ctx, next) => next(), middleware, downstream()]);
      await expect(run(create())).rejects.toThrow(/^next\(\) was not awaited by middleware 1 \(forgetful\)/);
      await delay(2);
    });

    it('is found out before the next that the chain was given', async () => {
      await expect(compose<Context>([middleware])(create(), async () => undefined)).rejects.toThrow(/not awaited/);
    });

    it('is found out at the end, where nothing is downstream', async () => {
      await expect(compose<Context>([middleware])(create())).rejects.toThrow(/not awaited/);
    });
  });

  it('lets the upstream catch the failure like any other', async () => {
    const context = create();
    await compose<Context>([
      async (ctx, next) => {
        await next().catch((error: Error) => ctx.trace.push(error.message));
      },
      async function hasty(_ctx, next) {
        next();
      },
      () => delay(1),
    ])(context);
    expect(context.trace).toEqual([expect.stringContaining('(hasty)')]);
  });

  it('names the culprit and not the middleware around it', async () => {
    const run = compose<Context>([
      async function outer(_ctx, next) {
        await next();
      },
      async function culprit(_ctx, next) {
        next();
      },
      async function inner(_ctx, next) {
        await next();
      },
      () => delay(1),
    ]);
    await expect(run(create())).rejects.toThrow(/middleware 1 \(culprit\)/);
  });

  it('calls a function without a name anonymous', async () => {
    const run = compose<Context>([
      ...[
        (_ctx: Context, next: Next) => {
          void next();
        },
      ],
      () => delay(1),
    ]);
    await expect(run(create())).rejects.toThrow(/middleware 0 \(anonymous\)/);
  });

  it('finds a middleware that waits, but not long enough', async () => {
    const slow = gate();
    const run = compose<Context>([
      async function impatient(_ctx, next) {
        await Promise.race([next(), delay(1)]);
      },
      () => slow.opened,
    ]);
    await expect(run(create())).rejects.toThrow(/\(impatient\)/);
    slow.open();
  });

  it('finds a thenable that resolves by itself', async () => {
    const run = compose<Context>([
      function detached(_ctx, next) {
        next();
        return Object.defineProperty({}, 'then', { value: (resolve: () => void) => resolve() });
      },
      () => delay(1),
    ]);
    await expect(run(create())).rejects.toThrow(/\(detached\)/);
  });

  it('lets pass a middleware that waited by other means', async () => {
    const context = create();
    const done = gate();
    await compose<Context>([
      async (ctx, next) => {
        next().finally(done.open);
        await done.opened;
        ctx.trace.push('upstream');
      },
      async (ctx) => {
        await delay(1);
        ctx.trace.push('downstream');
      },
    ])(context);
    expect(context.trace).toEqual(['downstream', 'upstream']);
  });

  it.each<[string, Middleware<Context>]>([
    ['returns it', (_ctx, next) => next()],
    ['awaits it', async (_ctx, next) => void (await next())],
    ['returns it from an async function', async (_ctx, next) => next()],
    ['chains on it', (_ctx, next) => next().then(() => 'done')],
    ['awaits it among others', async (_ctx, next) => void (await Promise.all([next(), delay(1)]))],
    ['keeps it and awaits it later', async (_ctx, next) => awaitLater(next())],
    ['never calls it', async () => undefined],
    ['catches its failure', async (_ctx, next) => void (await next().catch(() => undefined))],
  ])('lets pass a middleware that %s', async (_how, middleware) => {
    for (const [what, downstream] of downstreams) {
      const outcome = await compose<Context>([middleware, downstream()])(create()).then(
        () => 'resolved',
        (error: Error) => error.message,
      );
      expect(['resolved', 'lost'], what).toContain(outcome);
    }
  });

  it("keeps a middleware's own error when it throws after a next() that it did not await", async () => {
    const run = compose<Context>([
      async (_ctx, next) => {
        next();
        throw new Error('its own');
      },
      async () => {
        await delay(1);
        throw new Error('lost');
      },
    ]);
    await expect(run(create())).rejects.toThrow('its own');
    await delay(2);
  });

  it('finds each of two culprits in nested chains', async () => {
    const seen: string[] = [];
    const hasty = compose<Context>([
      async function innerCulprit(_ctx, next) {
        next();
      },
      () => delay(1),
    ]);
    await expect(
      compose<Context>([
        async function outerCulprit(_ctx, next) {
          next().catch((error: Error) => seen.push(error.message));
        },
        hasty,
      ])(create()),
    ).rejects.toThrow(/outerCulprit/);
    await delay(2);
    expect(seen).toEqual([expect.stringContaining('innerCulprit')]);
  });
});

async function awaitLater(downstream: Promise<void>): Promise<void> {
  const outcome = downstream.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  await delay(1);
  const failure = await outcome;
  if (failure) throw failure.error;
}

describe('compose: many events at once', () => {
  it('keeps the progress of every event apart', async () => {
    const first = gate();
    const second = gate();
    const gates = new Map([
      ['first', first],
      ['second', second],
    ]);
    const run = compose<{ name: string; trace: string[] }>([
      async (ctx, next) => {
        ctx.trace.push(`${ctx.name} in`);
        await next();
        ctx.trace.push(`${ctx.name} out`);
      },
      async (ctx) => {
        await gates.get(ctx.name)?.opened;
      },
    ]);
    const trace: string[] = [];
    const both = [run({ name: 'first', trace }), run({ name: 'second', trace })];
    second.open();
    await both[1];
    first.open();
    await both[0];
    expect(trace).toEqual(['first in', 'second in', 'second out', 'first out']);
  });

  it('fails the event that breaks a rule, and no other', async () => {
    const run = compose<{ hasty: boolean }>([
      async function sometimesHasty(ctx, next) {
        const downstream = next();
        if (!ctx.hasty) await downstream;
      },
      () => delay(1),
    ]);
    const events = Array.from({ length: 100 }, (_, index) => ({ hasty: index % 3 === 0 }));
    const outcomes = await Promise.allSettled(events.map((event) => run(event)));
    expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(events.map(({ hasty }) => hasty));
  });
});

describe('compose: what comes out', () => {
  it('never throws synchronously', async () => {
    const run = compose<Context>([
      () => {
        throw new Error('sync');
      },
    ]);
    await expect(run(create())).rejects.toThrow('sync');
  });

  it.each([undefined, null, 0, '', 'text', { code: 1 }])('rejects with %o as it was thrown', async (thrown) => {
    const run = compose<Context>([
      async (_ctx, next) => next(),
      () => {
        throw thrown;
      },
    ]);
    await expect(run(create()).catch((error: unknown) => ({ error }))).resolves.toEqual({ error: thrown });
  });

  it('rejects when the given next is not a function', async () => {
    await expect(compose<Context>([])(create(), 'next' as never)).rejects.toThrow(TypeError);
  });

  it('keeps a thousand middleware in order', async () => {
    const seen: number[] = [];
    const middleware = Array.from(
      { length: 1_000 },
      (_, index): Middleware<null> =>
        async (_ctx, next) => {
          seen.push(index);
          await next();
          seen.push(index);
        },
    );
    await compose(middleware)(null);
    const down = Array.from({ length: 1_000 }, (_, index) => index);
    expect(seen).toEqual([...down, ...down.toReversed()]);
  });
});
