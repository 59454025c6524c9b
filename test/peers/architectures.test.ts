/** The three ways of cutting a backend into cloud functions that tcb-router's authors describe, on this package. */
import { describe, expect, it } from 'vitest';
import { Router, TcbRouter } from '../../src/router/index.ts';

type Event = Readonly<Record<string, unknown>>;
type Main = (event: Event, context: object) => unknown;

/** `wx.cloud.callFunction`: finds a function by name and gives it `data` as its event. */
const cloud = (functions: Readonly<Record<string, Main>>) => ({
  callFunction: async ({ name, data }: { name: string; data: Event }) => ({
    result: await functions[name]?.(data, {}),
  }),
});

const passOn = async (_ctx: unknown, next: () => Promise<void>): Promise<void> => {
  await next();
};

describe('architecture 1: one cloud function a task, no router at all', () => {
  const wx = cloud({ router: () => ({ code: 0, message: 'success' }) });

  it('answers whoever calls the function', async () => {
    expect(await wx.callFunction({ name: 'router', data: { name: 'tcb', company: 'Tencent' } })).toEqual({
      result: { code: 0, message: 'success' },
    });
  });
});

/** A function made of routes, built per event as tcb-router's authors write it: two middleware, then the answer. */
const routed =
  (routes: Readonly<Record<string, string>>): Main =>
  async (event) => {
    const app = new TcbRouter({ event });
    for (const [url, message] of Object.entries(routes)) {
      app.router(url, passOn, passOn, async (ctx) => {
        ctx.body = { code: 0, message };
      });
    }
    return app.serve();
  };

describe('architecture 2: one cloud function for each kind of request', () => {
  const wx = cloud({
    user: routed({ register: 'register success', login: 'login success' }),
    pay: routed({ makeOrder: 'make order success', pay: 'pay success' }),
  });

  it.each([
    ['user', { $url: 'register', name: 'tcb', password: '09876' }, 'register success'],
    ['user', { $url: 'login', name: 'tcb', password: '09876' }, 'login success'],
    ['pay', { $url: 'makeOrder', id: 'xxxx', amount: '3' }, 'make order success'],
    ['pay', { $url: 'pay', id: 'xxxx', amount: '3' }, 'pay success'],
  ])('%s serves %o', async (name, data, message) => {
    expect(await wx.callFunction({ name, data })).toEqual({ result: { code: 0, message } });
  });

  it('keeps the routes of one function out of the other', async () => {
    expect(await wx.callFunction({ name: 'user', data: { $url: 'pay' } })).toEqual({ result: undefined });
  });
});

const SERVICES = {
  'user/register': 'register success',
  'user/login': 'login success',
  'pay/makeOrder': 'make order success',
  'pay/pay': 'pay success',
} as const;

interface Context {
  readonly $url: unknown;
  readonly event: Event;
  body: unknown;
}

/** The same function with a table that is built once and shared by all events. */
function builtOnce(): Main {
  const router = new Router<Context>();
  for (const [url, message] of Object.entries(SERVICES)) {
    router.router(url, passOn, passOn, async (ctx) => {
      ctx.body = { code: 0, message };
    });
  }
  return async (event) => {
    const context: Context = { $url: event['$url'], event, body: undefined };
    const result = await router.serve(context);
    return result.ok ? context.body : { code: -1, message: result.error.message };
  };
}

describe.each([
  ['TcbRouter', routed(SERVICES)],
  ['Router', builtOnce()],
])('architecture 3: one cloud function for everything, with %s', (_name, main) => {
  const wx = cloud({ router: main });

  it.each(Object.entries(SERVICES))('serves %s', async ($url, message) => {
    const data = { $url, name: 'tcb', password: '09876', id: 'xxxx', amount: '3' };
    expect(await wx.callFunction({ name: 'router', data })).toEqual({ result: { code: 0, message } });
  });

  it('serves callers at the same time, each with its own answer', async () => {
    const urls = Array.from({ length: 40 }, (_, index) => Object.entries(SERVICES)[index % 4] ?? ['', '']);
    const answers = await Promise.all(urls.map(([$url]) => wx.callFunction({ name: 'router', data: { $url } })));
    expect(answers).toEqual(urls.map(([, message]) => ({ result: { code: 0, message } })));
  });
});

describe('architecture 3: what middleware is shared by', () => {
  const main: Main = async (event) => {
    const app = new TcbRouter<{ data: Record<string, unknown> }>({ event });
    app.use(async (ctx, next) => {
      ctx.data = {};
      await next();
      ctx.body = { code: 0, data: ctx.data };
    });
    app.router(['user', 'timer'], async (ctx, next) => {
      ctx.data['company'] = 'Tencent';
      await next();
    });
    app.use('user', async (ctx, next) => {
      ctx.data['name'] = 'heyli';
      await next();
    });
    app.router(
      'user',
      async (ctx, next) => {
        ctx.data['sex'] = await Promise.resolve('male');
        await next();
      },
      async (ctx) => {
        ctx.data['city'] = 'Foshan';
      },
    );
    app.router('timer', async (ctx) => {
      ctx.data['city'] = 'Taishan';
    });
    return app.serve();
  };

  it.each([
    ['user', { company: 'Tencent', name: 'heyli', sex: 'male', city: 'Foshan' }],
    ['timer', { company: 'Tencent', city: 'Taishan' }],
    ['neither', {}],
  ])('$url %s runs through what every route, its list and itself have', async ($url, data) => {
    const { result } = await cloud({ main }).callFunction({ name: 'main', data: { $url } });
    expect(result).toEqual({ code: 0, data });
  });
});
