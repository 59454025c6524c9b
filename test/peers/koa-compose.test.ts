import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import koaCompose from 'koa-compose';
import { describe, expect, it } from 'vitest';
import { compose, type Middleware, type Next } from '../../src/router/index.ts';

type Run<Context> = (context: Context, next?: Middleware<Context>) => Promise<unknown>;
type Compose = <Context>(middleware: readonly Middleware<Context>[]) => Run<Context>;

// Its types say less than it takes: the function given as `next` gets a context and a `next` of its own.
const peer = koaCompose as unknown as Compose;

interface Context {
  trace: unknown[];
}

const create = (): Context => ({ trace: [] });

/** koa-compose's own test list: what both promise. */
describe.each([
  ['koa-compose 4.2.0', peer],
  ['compose', compose as Compose],
])('%s', (_name, compose) => {
  const onion = (down: number, up: number): Middleware<Context> => {
    return async (ctx, next) => {
      ctx.trace.push(down);
      await delay(1);
      await next();
      await delay(1);
      ctx.trace.push(up);
    };
  };

  it('goes down in order and comes back up in the reverse', async () => {
    const context = create();
    await compose([onion(1, 6), onion(2, 5), onion(3, 4)])(context);
    expect(context.trace).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('serves one context after the other', async () => {
    const run = compose([onion(1, 4), onion(2, 3)]);
    for (const context of [create(), create()]) {
      await run(context);
      expect(context.trace).toEqual([1, 2, 3, 4]);
    }
  });

  it.each([undefined, null, {}, 'text', () => {}])('takes nothing but an array: %o', (middleware) => {
    expect(() => compose(middleware as never)).toThrow(TypeError);
  });

  it.each([{}, undefined, null, 1, 'text'])('takes nothing but functions: %o', (middleware) => {
    expect(() => compose([() => {}, middleware as never])).toThrow(TypeError);
  });

  it('gives a next() that returns a promise, wherever in the chain', async () => {
    const seen: unknown[] = [];
    const middleware: Middleware<null> = (_ctx, next) => {
      const downstream = next();
      seen.push(downstream);
      return downstream;
    };
    await compose([middleware, middleware, middleware])(null);
    expect(seen).toEqual([expect.any(Promise), expect.any(Promise), expect.any(Promise)]);
  });

  it('works without any middleware', async () => {
    await expect(compose([])({})).resolves.toBeUndefined();
  });

  it('works when the last middleware calls next()', async () => {
    const context = create();
    await compose<Context>([(ctx, next) => next().then(() => ctx.trace.push('called'))])(context);
    expect(context.trace).toEqual(['called']);
  });

  it('rejects with what an async middleware throws', async () => {
    const failure = new Error('async');
    const run = compose([async () => Promise.reject(failure)]);
    await expect(run({})).rejects.toBe(failure);
  });

  it('rejects with what a sync middleware throws, and does not throw', async () => {
    const failure = new Error('sync');
    const run = compose([
      () => {
        throw failure;
      },
    ]);
    await expect(run({})).rejects.toBe(failure);
  });

  it('hands the same context to every middleware', async () => {
    const context = {};
    const seen: unknown[] = [];
    const middleware: Middleware<object> = async (ctx, next) => {
      await next();
      seen.push(ctx);
    };
    await compose([middleware, middleware, middleware])(context);
    expect(seen.every((ctx) => ctx === context)).toBe(true);
  });

  it('lets a middleware catch what happens downstream', async () => {
    const context = create();
    await compose<Context>([
      async (ctx, next) => {
        ctx.trace.push('before');
        try {
          await next();
          ctx.trace.push('never');
        } catch {
          ctx.trace.push('caught');
        }
        ctx.trace.push('after');
      },
      () => {
        throw new Error('downstream');
      },
    ])(context);
    expect(context.trace).toEqual(['before', 'caught', 'after']);
  });

  it('ends with the next that it is given', async () => {
    const context = create();
    await compose<Context>([(_ctx, next) => next()])(context, async (ctx) => ctx.trace.push('next'));
    await compose<Context>([])(context, async (ctx) => ctx.trace.push('next alone'));
    expect(context.trace).toEqual(['next', 'next alone']);
  });

  it('does not run the given next when a middleware stops the chain', async () => {
    const context = create();
    await compose<Context>([() => 'stop'])(context, (ctx) => ctx.trace.push('next'));
    expect(context.trace).toEqual([]);
  });

  it('hands context and next() to the given next, whose own next() leads nowhere', async () => {
    const context = create();
    await compose<Context>([(_ctx, next) => next()])(context, async (ctx, next) => {
      ctx.trace.push('given');
      await next();
    });
    expect(context.trace).toEqual(['given']);
  });

  it.each([null, '', 0, false])('takes %o for no next', async (next) => {
    await expect(compose([(_ctx, next) => next()])({}, next as never)).resolves.toBeUndefined();
  });

  it('rejects when the given next fails, or is not a function', async () => {
    const run = compose([(_ctx, next) => next()]);
    await expect(
      run({}, () => {
        throw new Error('given');
      }),
    ).rejects.toThrow('given');
    await expect(run({}, 'given' as never)).rejects.toThrow(TypeError);
  });

  it('composes compositions', async () => {
    const context = create();
    const push =
      (label: number): Middleware<Context> =>
      (ctx, next) => {
        ctx.trace.push(label);
        return next();
      };
    const inner = compose([push(1), push(2)]);
    await compose([inner, push(3), compose<Context>([]), compose([inner])])(context, push(4));
    expect(context.trace).toEqual([1, 2, 3, 1, 2, 4]);
  });

  it('rejects a second next()', async () => {
    const run = compose([(_ctx, next) => next().then(() => next())]);
    await expect(run({})).rejects.toThrow(new Error('next() called multiple times'));
  });

  it('rejects a second next() of a composition in a composition', async () => {
    const twice: Middleware<unknown> = (_ctx, next) => next().then(() => next());
    await expect(compose([compose([twice]), () => 'end'])({})).rejects.toThrow('next() called multiple times');
  });

  it('passes return values up: next() resolves with what the next middleware returned', async () => {
    const run = compose([
      async (_ctx, next) => {
        expect(await next()).toBe(2);
        return 1;
      },
      async (_ctx, next) => {
        expect(await next()).toBe(0);
        return 2;
      },
    ]);
    await expect(run({}, () => 0)).resolves.toBe(1);
  });

  it('leaves the array alone', () => {
    const middleware = [onion(1, 4), onion(2, 3)];
    const before = [...middleware];
    compose(middleware);
    expect(middleware).toEqual(before);
  });
});

describe('where compose differs from koa-compose 4.2.0', () => {
  const hasty: Middleware<Context> = async function hasty(_ctx, next) {
    void next();
  };
  const slow: Middleware<Context> = async (ctx) => {
    await delay(1);
    ctx.trace.push('done');
  };

  it('koa-compose answers before the work is done when next() is not awaited; compose rejects', async () => {
    const context = create();
    await peer([hasty, slow])(context);
    expect(context.trace).toEqual([]);
    await expect(compose([hasty, slow])(create())).rejects.toThrow(
      /next\(\) was not awaited by middleware 0 \(hasty\)/,
    );
  });

  it('koa-compose flattens nested arrays; compose names the index of one', async () => {
    const nested = [slow, [slow]] as never;
    const context = create();
    await peer<Context>(nested)(context);
    expect(context.trace).toEqual(['done']);
    expect(() => compose<Context>(nested)).toThrow(new TypeError('compose(): middleware 1 is not a function'));
  });
});

/** The same two guards in the obvious way: one async function a step, one around its next(). */
const obvious: Compose = (middleware) => (context, last) => {
  const enter = async (index: number): Promise<unknown> => {
    const handler = index < middleware.length ? middleware[index] : last;
    let called = false;
    let settled = false;
    const next = async (): Promise<unknown> => {
      if (called) throw new Error('next() called multiple times');
      called = true;
      try {
        return await enter(index + 1);
      } finally {
        // One job more, or a downstream that throws at once would hide that nobody awaited it.
        await Promise.resolve();
        settled = true;
      }
    };
    const value = await handler?.(context, next as Next);
    if (called && !settled) throw new Error(`next() was not awaited by middleware ${index}`);
    return value;
  };
  return enter(0);
};

type Instruction = 'await next' | 'try next' | 'next' | 'throw' | 'tick' | 'record' | 'return';

/** A middleware that does what the list says, in an async function or in a sync one that returns the last promise. */
function interpret(label: number, sync: boolean, instructions: readonly Instruction[]): Middleware<Context> {
  if (sync) {
    return (ctx, next) => {
      ctx.trace.push(`${label} sync`);
      if (instructions.includes('throw')) throw new Error(`thrown by ${label}`);
      if (instructions.includes('await next')) return next();
      // Not awaited: what it rejects with is lost either way.
      if (instructions.includes('next')) void next().catch(() => {});
      return label;
    };
  }
  return async (ctx, next) => {
    for (const instruction of instructions) {
      if (instruction === 'await next') ctx.trace.push(`${label} got ${await next()}`);
      else if (instruction === 'try next')
        await next().catch((error: Error) => ctx.trace.push(`${label} ${error.message}`));
      else if (instruction === 'next') return void next().catch(() => {});
      else if (instruction === 'throw') throw new Error(`thrown by ${label}`);
      else if (instruction === 'tick') await Promise.resolve();
      else if (instruction === 'return') return label;
      else ctx.trace.push(label);
    }
    return label;
  };
}

describe('generated chains', () => {
  const programs = (instructions: readonly Instruction[]) =>
    fc
      .array(fc.tuple(fc.boolean(), fc.array(fc.constantFrom(...instructions), { maxLength: 5 })), { maxLength: 6 })
      .map((steps) => steps.map(([sync, list], label) => interpret(label, sync, list)));

  const outcomeOf = async (compose: Compose, middleware: readonly Middleware<Context>[]) => {
    const context = create();
    const result = await compose(middleware)(context).then(
      (value) => ({ value }),
      (error: Error) => ({ message: error.message.replace(/ \(.*/, '') }),
    );
    return { ...result, trace: context.trace };
  };

  const runs = { numRuns: Math.max(5_000, Number(process.env['IMAGEPIC_FUZZ_RUNS'] ?? 0)) };

  it('give what koa-compose gives, as long as every next() is awaited', async () => {
    const awaited = programs(['await next', 'try next', 'throw', 'tick', 'record', 'return']);
    await fc.assert(
      fc.asyncProperty(awaited, async (middleware) => {
        expect(await outcomeOf(compose, middleware)).toEqual(await outcomeOf(peer, middleware));
      }),
      runs,
    );
  });

  it('get the verdict of the obvious guard, also when some next() is not awaited', async () => {
    const any = programs(['await next', 'try next', 'next', 'throw', 'tick', 'record', 'return']);
    await fc.assert(
      fc.asyncProperty(any, async (middleware) => {
        const [{ trace: _ours, ...verdict }, { trace: _theirs, ...expected }] = await Promise.all([
          outcomeOf(compose, middleware),
          outcomeOf(obvious, middleware),
        ]);
        expect(verdict).toEqual(expected);
      }),
      runs,
    );
  });
});
