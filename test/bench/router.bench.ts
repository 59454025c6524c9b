/**
 * What one event costs in the router: 12 routes, 4 middleware each, every contestant awaited in the same loop, rounds
 * interleaved so that a busy machine slows all alike. Prints medians, and each as a multiple of what `Router` takes.
 */
import koaCompose from 'koa-compose';
import PeerTcbRouter from 'tcb-router';
import { type Next, Router, TcbRouter } from '../../src/router/index.ts';

const ROUTES = 12;
const WARM_UP_ROUNDS = 8;
const ROUNDS = 48;

interface Context {
  $url: string;
  body: unknown;
}

type Handler = (ctx: { body: unknown }, next: Next) => Promise<void>;

interface Contestant {
  readonly name: string;
  readonly eventsPerRound: number;
  readonly serve: (context: Context) => Promise<unknown> | undefined;
}

const urls = Array.from({ length: ROUTES }, (_, index) => `object/route${index}`);

/** Fresh functions at every call, as a program that registers per event makes them. */
const stack = (): [Handler, Handler, Handler, Handler] => [
  async (_ctx, next) => {
    await next();
  },
  async (_ctx, next) => {
    await next();
  },
  async (_ctx, next) => {
    await next();
  },
  async (ctx) => {
    ctx.body = { code: 0 };
  },
];

/** Composed once, looked up by `$url`. */
const byMap = (name: string, composeOne: (handlers: ReturnType<typeof stack>) => (ctx: Context) => Promise<void>) => {
  const chains = new Map(urls.map((url) => [url, composeOne(stack())] as const));
  return { name, eventsPerRound: 24_000, serve: (ctx) => chains.get(ctx.$url)?.(ctx) } satisfies Contestant;
};

const nothing: Next = () => Promise.resolve();
const ignore = (): void => {};

const direct = byMap('direct nested async calls (the limit)', ([first, second, third, handler]) => (ctx) => {
  return first(ctx, () => second(ctx, () => third(ctx, () => handler(ctx, nothing))));
});

/** To know when a promise settled takes a reaction on it: no exact guard against a forgotten await can cost less. */
export const watched = byMap('the same, one promise reaction a step', ([first, second, third, handler]) => (ctx) => {
  const end = () => handler(ctx, nothing).then(ignore);
  return first(ctx, () => second(ctx, () => third(ctx, end).then(ignore)).then(ignore)).then(ignore);
});

const koa = byMap('koa-compose 4.2.0 + Map (guards less)', (handlers) => koaCompose<Context>(handlers));

/** The same two guards in the obvious way, two async functions a step. */
export const guarded = byMap('both guards as async functions + Map', (handlers) => {
  const enter = async (ctx: Context, index: number): Promise<void> => {
    const step = { called: false, settled: false };
    const next = async () => {
      if (step.called) throw new Error('next() called multiple times');
      step.called = true;
      try {
        await enter(ctx, index + 1);
      } finally {
        step.settled = true;
      }
    };
    await handlers[index]?.(ctx, next);
    if (step.called && !step.settled) throw new Error('next() was not awaited');
  };
  return (ctx) => enter(ctx, 0);
});

/** Ours, as it is or as it was. */
export function routerOf(Ours: typeof Router): Contestant {
  const app = new Ours<Context>();
  for (const url of urls) app.router(url, ...stack());
  return { name: 'Router', eventsPerRound: 24_000, serve: (ctx) => app.serve(ctx) };
}

/** As tcb-router's docs do it: construct, register everything, serve one event. */
const perEvent = (name: string, create: (event: { $url: string }) => TcbRouter | PeerTcbRouter): Contestant => ({
  name,
  eventsPerRound: 1_200,
  serve: async (ctx) => {
    const app = create({ $url: ctx.$url });
    for (const url of urls) app.router(url, ...stack());
    ctx.body = await app.serve();
  },
});

/** The peer as its documentation has it. */
export const perEventPeer = perEvent('tcb-router 1.1.2, made per event', (event) => new PeerTcbRouter({ event }));

/** Nanoseconds an event. */
export async function measure({ serve, eventsPerRound }: Contestant): Promise<number> {
  const start = process.hrtime.bigint();
  for (let event = 0; event < eventsPerRound; event += 1) {
    const context: Context = { $url: urls[event % ROUTES] ?? '', body: undefined };
    await serve(context);
    if (context.body === undefined) throw new Error(`${context.$url} was not served`);
  }
  return Number(process.hrtime.bigint() - start) / eventsPerRound;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Measures and prints; `npm run bench -- router` calls it. */
export async function run(): Promise<void> {
  const contestants = [
    direct,
    watched,
    koa,
    routerOf(Router),
    guarded,
    perEvent('TcbRouter, made per event', (event) => new TcbRouter({ event })),
    perEventPeer,
  ].map((contestant) => ({ contestant, samples: [] as number[] }));

  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const turn = (round + WARM_UP_ROUNDS) % contestants.length;
    for (const { contestant, samples } of [...contestants.slice(turn), ...contestants.slice(0, turn)]) {
      const nanoseconds = await measure(contestant);
      if (round >= 0) samples.push(nanoseconds);
    }
  }
  const ours = median(contestants.find(({ contestant }) => contestant.name === 'Router')?.samples ?? []);
  console.log(
    `router: ${ROUTES} routes × 4 middleware, median of ${ROUNDS} interleaved rounds, Node ${process.version}`,
  );
  for (const { contestant, samples } of contestants) {
    const nanoseconds = median(samples);
    const ratio = (nanoseconds / ours).toFixed(2);
    console.log(`  ${contestant.name.padEnd(40)} ${nanoseconds.toFixed(0).padStart(6)} ns/event   ${ratio} × Router`);
  }
}
