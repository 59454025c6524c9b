import { setImmediate as quiet } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import PeerTcbRouter from 'tcb-router';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TcbRouter } from '../../src/router/index.ts';

/** What programs see of either class. */
interface App {
  [property: string]: unknown;
  use(...args: unknown[]): void;
  router(...args: unknown[]): void;
  serve(): Promise<unknown>;
}
type Next = () => Promise<unknown>;
type Create = (options?: unknown) => App;

// Programs are plain JavaScript: they pass whatever they like.
const createOurs: Create = (options) => new TcbRouter(options as never) as unknown as App;
const createPeer: Create = (options) => new PeerTcbRouter(options as never);

const WARNING = 'Handler should be a function. The middleware is not installed correctly.';

let warnings: unknown[][] = [];
beforeEach(() => {
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((...args) => void warnings.push(args));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The instructions of a generated middleware. */
type Instruction =
  | { readonly do: 'record' | 'await next' | 'try next' | 'next' | 'next twice' | 'next later' | 'tick' | 'request' }
  | { readonly do: 'throw' | 'reject' | 'return'; readonly value: unknown }
  | { readonly do: 'set'; readonly property: string; readonly value: unknown }
  | { readonly do: 'read'; readonly property: string }
  | { readonly do: 'register'; readonly path: string };

interface Handler {
  readonly kind: 'sync' | 'async' | 'not a function';
  readonly instructions: readonly Instruction[];
  readonly value: unknown;
}

interface Call {
  readonly method: 'use' | 'router';
  /** Absent: the call begins with the handlers. */
  readonly path?: { readonly is: unknown };
  readonly handlers: readonly Handler[];
}

interface Program {
  readonly calls: readonly Call[];
  readonly event: Readonly<Record<string, unknown>>;
  readonly serves: number;
}

type Trace = unknown[];

/** What is not awaited is caught, and the catch recorded, in the same way for both. */
const detach = (trace: Trace, label: string, downstream: Promise<unknown>): void => {
  downstream.then(
    (value) => trace.push(`${label} detached ${String(value)}`),
    (error: Error) => trace.push(`${label} detached ${error.message}`),
  );
};

function step(instruction: Instruction, label: string, trace: Trace, ctx: App, next: Next): void {
  if (instruction.do === 'record') trace.push(label);
  else if (instruction.do === 'set') ctx[instruction.property] = instruction.value;
  else if (instruction.do === 'read') trace.push(`${label} read ${JSON.stringify(ctx[instruction.property])}`);
  else if (instruction.do === 'request') trace.push(`${label} got ${JSON.stringify([ctx['_req'], ctx['_res']])}`);
  else if (instruction.do === 'next') detach(trace, label, next());
  else if (instruction.do === 'next later') detach(trace, label, Promise.resolve().then(next));
  else if (instruction.do === 'register') ctx.router(instruction.path, () => trace.push(`${label} registered this`));
}

function toHandler({ kind, instructions, value }: Handler, label: string, trace: Trace, app: App): unknown {
  if (kind === 'not a function') return value;
  if (kind === 'sync') {
    return (ctx: App, next: Next) => {
      trace.push(`${label} ${ctx === app}`);
      for (const instruction of instructions) {
        if (instruction.do === 'throw') throw new Error(`${label} ${String(instruction.value)}`);
        if (instruction.do === 'reject') return Promise.reject(new Error(`${label} ${String(instruction.value)}`));
        if (instruction.do === 'return') return instruction.value;
        if (instruction.do === 'await next') return next();
        if (instruction.do === 'next twice') return next().then(() => next());
        step(instruction, label, trace, ctx, next);
      }
      return undefined;
    };
  }
  return async (ctx: App, next: Next) => {
    for (const instruction of instructions) {
      if (instruction.do === 'throw' || instruction.do === 'reject')
        throw new Error(`${label} ${String(instruction.value)}`);
      if (instruction.do === 'return') return instruction.value;
      if (instruction.do === 'await next') trace.push(`${label} resumed with ${String(await next())}`);
      else if (instruction.do === 'next twice') await Promise.all([next(), next()]);
      else if (instruction.do === 'try next')
        await next().catch((error: Error) => trace.push(`${label} caught ${error.message}`));
      else if (instruction.do === 'tick') await Promise.resolve();
      else step(instruction, label, trace, ctx, next);
    }
    trace.push(`${label} end`);
    return label;
  };
}

/** Runs a program; everything in it is a microtask, so that one turn of the event loop sees the last of it. */
async function runProgram(create: Create, { calls, event, serves }: Program) {
  warnings = [];
  const trace: Trace = [];
  const app = create({ event });
  for (const [index, { method, path, handlers }] of calls.entries()) {
    const functions = handlers.map((handler, position) => toHandler(handler, `${index}.${position}`, trace, app));
    try {
      trace.push(app[method](...(path ? [path.is] : []), ...functions));
    } catch (error) {
      trace.push(`${method} threw ${String(error)}`);
    }
  }
  for (let serve = 0; serve < serves; serve += 1) {
    app.serve().then(
      (value) => trace.push({ value }),
      (error: Error) => trace.push({ message: error.message }),
    );
    await quiet();
  }
  return { trace, warnings };
}

const PATHS = ['a', 'b', 'a/b', 'A', '', '1', '-0', '1e21', 'undefined', 'null', 'a,b', '图片', '*'];
const value = fc.constantFrom<unknown>(undefined, null, 0, 'text', { code: 0 }, ['list']);

const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: 'await next' } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('record', 'try next', 'next', 'next twice', 'next later', 'tick', 'request'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('throw', 'reject', 'return'), value }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('set'), property: fc.constantFrom('body', 'data', '_res'), value }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('read'), property: fc.constantFrom('body', 'data', 'nothing') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('register'), path: fc.constantFrom('a', '*') }) },
);

const handler: fc.Arbitrary<Handler> = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('async' as const) },
    { weight: 3, arbitrary: fc.constant('sync' as const) },
    { weight: 1, arbitrary: fc.constant('not a function' as const) },
  ),
  instructions: fc.array(instruction, { maxLength: 4 }),
  value: fc.constantFrom<unknown>(undefined, null, 'handler', 0, {}, [() => {}]),
});

const singlePath = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<unknown>('a', '*') },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(...PATHS) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(1, -0, 1e21, Number.NaN, null, undefined, true, {}, { toString: 0 }),
  },
);
const path = fc.oneof(
  { weight: 4, arbitrary: singlePath },
  { weight: 1, arbitrary: fc.array(fc.oneof(singlePath, fc.constant(['a', 'b'])), { maxLength: 3 }) },
);

const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ method: fc.constant('use' as const), handlers: fc.tuple(handler) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      method: fc.constantFrom('use' as const, 'router' as const),
      path: fc.record({ is: path }),
      handlers: fc.array(handler, { maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      method: fc.constantFrom('use' as const, 'router' as const),
      handlers: fc.array(handler, { maxLength: 2 }),
    }),
  },
);

const hasShared = ({ calls }: Program): boolean =>
  JSON.stringify(calls).includes('"*"') || calls.some(({ path }) => path === undefined || path.is === undefined);

/** Only what is mended is left out: `$url: '*'` with shared middleware. `$url` is a string, and no name of `Object.prototype`. */
const program: fc.Arbitrary<Program> = fc
  .record({
    calls: fc.array(call, { maxLength: 6 }),
    event: fc.record(
      { $url: fc.oneof(fc.constant('a'), fc.constantFrom(...PATHS)), name: fc.constant('tcb') },
      { requiredKeys: ['$url'] },
    ),
    serves: fc.constantFrom(1, 1, 1, 2),
  })
  .filter((candidate) => candidate.event['$url'] !== '*' || !hasShared(candidate));

describe('TcbRouter against tcb-router 1.1.2: generated programs', () => {
  const programs = Math.max(50_000, Number(process.env['IMAGEPIC_FUZZ_RUNS'] ?? 0));

  it(`gives the same trace, result, error and warnings in ${programs} programs`, {
    timeout: programs * 10,
  }, async () => {
    const seen = { ranHandlers: 0, rejected: 0, warned: 0, outlivedItsAnswer: 0, calledTwice: 0 };
    await fc.assert(
      fc.asyncProperty(program, async (candidate) => {
        const theirs = await runProgram(createPeer, candidate);
        const ours = await runProgram(createOurs, candidate);
        if (!isDeepStrictEqual(ours, theirs)) expect(ours).toEqual(theirs);
        const text = JSON.stringify(ours.trace);
        if (ours.trace.some((entry) => typeof entry === 'string')) seen.ranHandlers += 1;
        if (text.includes('{"message":')) seen.rejected += 1;
        if (ours.warnings.length > 0) seen.warned += 1;
        if (typeof ours.trace.at(-1) === 'string') seen.outlivedItsAnswer += 1;
        if (text.includes('next() called multiple times')) seen.calledTwice += 1;
      }),
      { numRuns: programs },
    );
    // The comparison is worth what the programs do: a generator that has gone dull fails here.
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(programs * 0.02);
    expect(seen.ranHandlers).toBeGreaterThan(programs * 0.5);
  });
});

/** The table that most of the following look into. */
function withTable(create: Create, $url: unknown, { shared = true } = {}) {
  const app = create({ event: { $url } });
  const trace: string[] = [];
  if (shared) {
    app.use(async (_ctx: App, next: Next) => {
      trace.push('shared');
      await next();
    });
  }
  for (const name of ['a', '1', 'null', 'undefined', 'true', '[object Object]', 'a,b']) {
    app.router(name, (ctx: App) => {
      trace.push(name);
      ctx['body'] = name;
    });
  }
  return { app, trace };
}

const serve = async ({ app, trace }: ReturnType<typeof withTable>) => ({ value: await app.serve(), trace });

describe('TcbRouter mends tcb-router 1.1.2: names of Object.prototype as $url', () => {
  const names = Object.getOwnPropertyNames(Object.prototype);

  it.each(names)('%s throws out of serve() there, and is an unknown route here', async (name) => {
    expect(() => withTable(createPeer, name).app.serve()).toThrow(TypeError);
    expect(await serve(withTable(createOurs, name))).toEqual({ value: undefined, trace: ['shared'] });
    expect(await serve(withTable(createOurs, name, { shared: false }))).toEqual({ value: undefined, trace: [] });
  });

  it.each(names)('%s works here when it is a route', async (name) => {
    for (const shared of [true, false]) {
      const table = withTable(createOurs, name, { shared });
      for (const part of ['1', '2']) {
        table.app.router(name, async (ctx: App, next: Next) => {
          ctx['body'] = `${ctx['body'] ?? ''}${part}`;
          await next();
        });
      }
      expect((await serve(table)).value).toBe('12');
    }
  });

  it('a route named hasOwnProperty breaks every registration and event there, and nothing here', async () => {
    const peer = withTable(createPeer, 'a').app;
    peer.router('hasOwnProperty', () => {});
    expect(() => peer.router('b', () => {})).toThrow('hasOwnProperty is not a function');
    expect(() => peer.serve()).toThrow('hasOwnProperty is not a function');

    const ours = withTable(createOurs, 'a');
    ours.app.router('hasOwnProperty', () => {});
    ours.app.router('b', () => {});
    expect(await serve(ours)).toEqual({ value: 'a', trace: ['shared', 'a'] });
  });

  it('a route named __proto__ is lost and lends its insides to others there, and is a plain route here', async () => {
    const lost = withTable(createPeer, '__proto__', { shared: false }).app;
    lost.router('__proto__', (ctx: App) => {
      ctx['body'] = 'found';
    });
    expect(await lost.serve()).toBeUndefined();
    const lent = withTable(createPeer, 'middlewares').app;
    lent.router('__proto__', () => {});
    expect(() => lent.serve()).toThrow(TypeError);

    const ours = withTable(createOurs, 'middlewares');
    ours.app.router('__proto__', () => {});
    expect(await serve(ours)).toEqual({ value: undefined, trace: ['shared'] });
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });
});

describe('TcbRouter mends tcb-router 1.1.2: $url that is not a string', () => {
  it.each([
    [['a'], 'a'],
    [[['a']], 'a'],
    [['a', 'b'], 'a,b'],
    [1, '1'],
    [null, 'null'],
    [undefined, 'undefined'],
    [true, 'true'],
    [{}, '[object Object]'],
    [{ toString: () => 'a' }, 'a'],
  ])('%o matches the route %s there, and none here', async ($url, name) => {
    expect(await serve(withTable(createPeer, $url))).toEqual({ value: name, trace: ['shared', name] });
    expect(await serve(withTable(createOurs, $url))).toEqual({ value: undefined, trace: ['shared'] });
    expect(await serve(withTable(createOurs, $url, { shared: false }))).toEqual({ value: undefined, trace: [] });
  });

  it.each([{ toString: 0 }, { toString: null, valueOf: null }, [{ toString: 0 }], Object.create(null)])(
    '%o throws out of serve() there, and is an unknown route here',
    async ($url) => {
      expect(() => withTable(createPeer, $url).app.serve()).toThrow(TypeError);
      expect(await serve(withTable(createOurs, $url))).toEqual({ value: undefined, trace: ['shared'] });
      expect(await serve(withTable(createOurs, $url, { shared: false }))).toEqual({ value: undefined, trace: [] });
    },
  );

  it('["*"] runs the shared middleware twice there, and once here', async () => {
    expect((await serve(withTable(createPeer, ['*']))).trace).toEqual(['shared', 'shared']);
    expect((await serve(withTable(createOurs, ['*']))).trace).toEqual(['shared']);
  });

  it('an event without $url reaches what was installed for undefined there, and not here', async () => {
    const install = (create: Create) => {
      const app = create();
      app.use(undefined, (ctx: App) => {
        ctx['body'] = 'reached';
      });
      return app.serve();
    };
    expect(await install(createPeer)).toBe('reached');
    expect(await install(createOurs)).toBeUndefined();
  });

  it('settles any $url at all, and matches by string only', async () => {
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withNullPrototype: true }),
      fc.constantFrom<unknown>('a', 'null', '*', ...Object.getOwnPropertyNames(Object.prototype)),
    );
    await fc.assert(
      fc.asyncProperty(anything, fc.boolean(), async ($url, shared) => {
        const known =
          typeof $url === 'string' && ['a', '1', 'null', 'undefined', 'true', '[object Object]', 'a,b'].includes($url);
        const { value, trace } = await serve(withTable(createOurs, $url, { shared }));
        expect(value).toBe(known ? $url : undefined);
        expect(trace).toEqual([...(shared ? ['shared'] : []), ...(known ? [$url] : [])]);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('TcbRouter mends tcb-router 1.1.2: the rest', () => {
  it('$url "*" runs the shared middleware twice there, and once here', async () => {
    expect((await serve(withTable(createPeer, '*'))).trace).toEqual(['shared', 'shared']);
    expect((await serve(withTable(createOurs, '*'))).trace).toEqual(['shared']);
  });

  it('a request that is gone throws out of serve() there, and rejects here', async () => {
    const without = (create: Create) => Object.assign(create(), { _req: undefined });
    expect(() => without(createPeer).serve()).toThrow(TypeError);
    await expect(without(createOurs).serve()).rejects.toThrow(TypeError);
  });
});

describe.each([
  ['tcb-router 1.1.2', createPeer],
  ['TcbRouter', createOurs],
])('%s: what programs rely on', (_name, create) => {
  it('keeps the event and its $url in _req, and an empty _res', () => {
    const event = { $url: 'a', name: 'tcb' };
    const app = create({ event });
    expect(app['_req']).toEqual({ event, url: 'a' });
    expect((app['_req'] as { event: unknown }).event).toBe(event);
    expect(app['_res']).toEqual({});
    expect(create()['_req']).toEqual({ event: {}, url: undefined });
    expect('body' in app).toBe(false);
  });

  it('does not take null for an event', () => {
    expect(() => create({ event: null })).toThrow(TypeError);
    expect(() => create(null)).toThrow(TypeError);
  });

  it('takes numbers as paths, for the $url that reads the same', async () => {
    const app = create({ event: { $url: '1' } });
    app.router([1, 2], (ctx: App) => {
      ctx['body'] = 'one or two';
    });
    expect(await app.serve()).toBe('one or two');
  });

  it('takes router(undefined, …) for every route', async () => {
    const app = create({ event: { $url: 'anything' } });
    app.router(undefined, (ctx: App) => {
      ctx['body'] = 'shared';
    });
    expect(await app.serve()).toBe('shared');
  });

  it('warns about a handler that is not a function, after installing the ones before it', async () => {
    const app = create({ event: { $url: 'a' } });
    const handler = async (ctx: App, next: Next) => {
      ctx['body'] = Number(ctx['body'] ?? 0) + 1;
      await next();
    };
    app.router('a', handler, handler, 'handler', handler);
    app.use('a', undefined);
    app.use();
    expect(warnings).toEqual([[WARNING], [WARNING], [WARNING]]);
    expect(await app.serve()).toBe(2);
  });

  it('answers before the work is done when next() is not awaited', async () => {
    const app = create({ event: { $url: 'a' } });
    app.use(async (ctx: App, next: Next) => {
      void next();
      ctx['body'] = 'early';
    });
    app.router('a', async (ctx: App) => {
      await quiet();
      ctx['body'] = 'late';
    });
    expect(await app.serve()).toBe('early');
    await quiet();
    await quiet();
    expect(app['body']).toBe('late');
  });

  it('resolves with undefined for an unknown route, whatever the body', async () => {
    const app = create({ event: { $url: 'nowhere' } });
    app['body'] = 'left over';
    expect(await app.serve()).toBeUndefined();
  });

  it('passes over the holes of a list of paths', async () => {
    const app = create({ event: { $url: 'undefined' } });
    app.router(Object.assign([], { 1: 'a' }), (ctx: App) => {
      ctx['body'] = 'reached';
    });
    expect(await app.serve()).toBeUndefined();
  });

  it('rejects with the error of a body that cannot be read', async () => {
    const app = create({ event: { $url: 'a' } });
    app.router('a', (ctx: App) => {
      Object.defineProperty(ctx, 'body', {
        get: () => {
          throw new Error('unreadable');
        },
      });
    });
    await expect(app.serve()).rejects.toThrow('unreadable');
  });
});
