import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createInvocation, type Triggers } from '../../src/events/invocation.ts';
import { createLogger } from '../../src/logger.ts';

const CALL = { $url: 'health' };
const ACCESS = {
  path: '/imagepic/health',
  httpMethod: 'GET',
  headers: { 'accept-language': 'en' },
  queryStringParameters: {},
  requestContext: { requestId: 'http-1' },
  body: '',
  isBase64Encoded: false,
};
const TIMER = { Type: 'Timer', TriggerName: 'sweep', Time: '2026-11-20T00:00:00Z', Message: '' };
const CALLER = { request_id: 'r-1', environ: 'TCB_ENV=env;WX_OPENID=o1;WX_APPID=wx1' };
const FRAMEWORK = { ctxId: 'c', eventID: 'e', httpContext: { url: '/', httpMethod: 'POST', headers: {} } };

let log: string[];
beforeEach(() => {
  log = [];
});
afterEach(() => {
  vi.useRealTimers();
});

const logger = createLogger(
  (line) => log.push(line),
  () => new Date(),
);

/** Triggers that answer with their own names. */
const named: Triggers = {
  callFunction: async () => ({ code: '0', data: 'call', msg: '成功', success: true, requestId: 'r' }),
  http: async () => ({ status: 200, headers: {}, body: 'http' }),
  timer: async (name, limitMs) => `${name} ${limitMs}`,
};
const invoke = createInvocation({ open: async () => named, logger });
const AS_CALL = expect.objectContaining({ data: 'call' });
const AS_HTTP = expect.objectContaining({ statusCode: 200, body: 'http' });

describe('the entry of the cloud function tells the triggers apart', () => {
  it.each([
    ['a call', CALL, CALLER, AS_CALL],
    ['a request', ACCESS, { request_id: 'r-1' }, AS_HTTP],
    ['the timer', TIMER, { request_id: 'r-1' }, 'sweep 59500'],
    ['a caller who pretends to be HTTP', ACCESS, CALLER, AS_CALL],
    ['a caller who pretends to be the timer', TIMER, CALLER, AS_CALL],
    ['a caller without WeChat who pretends to be the timer', TIMER, { environ: 'TCB_UUID=u1' }, AS_CALL],
    ['the timer of another job', { ...TIMER, TriggerName: 'other' }, { request_id: 'r-1' }, 'other 59500'],
    ['a timer without a name', { ...TIMER, TriggerName: undefined }, {}, AS_CALL],
    ['what only looks like a timer', { ...TIMER, Type: 'timer' }, {}, AS_CALL],
    ['a body of functions-framework that pretends to be HTTP', ACCESS, FRAMEWORK, AS_CALL],
    ['a body of functions-framework that pretends to be the timer', TIMER, FRAMEWORK, AS_CALL],
    ['an event without a context', CALL, undefined, AS_CALL],
  ])('%s', async (_, event, context, expected) => {
    expect(await invoke(event, context)).toEqual(expected);
  });

  it('and never asks bytes for their names', async () => {
    const seen: unknown[] = [];
    const callFunction: Triggers['callFunction'] = async (event) => {
      seen.push(event);
      return named.callFunction(event, undefined);
    };
    await createInvocation({ open: async () => ({ ...named, callFunction }), logger })(Buffer.alloc(10), FRAMEWORK);
    expect(seen).toEqual([undefined]);
  });
});

describe('the entry of the cloud function answers in time', () => {
  const never = () => new Promise<never>(() => {});

  it.each([
    ['within the limit that the context names', { time_limit_in_ms: 3000 }, 2500],
    ['within 60 s when it names none', {}, 59_500],
    ['within 60 s when it is the command line, which gives seconds', { time_limit_in_ms: '3' }, 59_500],
    ['within 60 s when what it names is no limit', { time_limit_in_ms: Number.POSITIVE_INFINITY }, 59_500],
  ])('%s', async (_, context, ms) => {
    vi.useFakeTimers();
    const hanging = createInvocation({ open: async () => ({ ...named, callFunction: never }), logger });
    let answer: unknown;
    void hanging({ ...CALL, $requestId: 'mine' }, context).then((value) => {
      answer = value;
    });
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(answer).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(answer).toMatchObject({ success: false, error: 'ServiceUnavailable', requestId: 'mine' });
    expect(log).toEqual([expect.stringContaining('"event":"too-late"')]);
  });

  it('also over HTTP, with the status and in the language of the request', async () => {
    vi.useFakeTimers();
    const answer = createInvocation({ open: async () => ({ ...named, http: never }), logger })(ACCESS, {});
    await vi.advanceTimersByTimeAsync(60_000);
    const { statusCode, body } = (await answer) as { statusCode: number; body: string };
    expect(statusCode).toBe(503);
    expect(JSON.parse(body)).toMatchObject({
      error: 'ServiceUnavailable',
      requestId: 'http-1',
      data: { err: expect.stringContaining('did not finish within the time') },
    });
  });

  it('also when the service does not come up, and the next event does not wait for the same', async () => {
    vi.useFakeTimers();
    const starts: (() => Promise<Triggers>)[] = [never, async () => named];
    const event = createInvocation({ open: () => starts.shift()?.() ?? never(), logger });
    const first = event(CALL, { time_limit_in_ms: 2000 });
    await vi.advanceTimersByTimeAsync(2000);
    expect(await first).toMatchObject({ error: 'ServiceUnavailable' });
    expect(await event(CALL, {})).toEqual(AS_CALL);
  });

  it('leaves no timer behind', async () => {
    vi.useFakeTimers();
    await invoke(CALL, {});
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the entry of the cloud function never throws', () => {
  it('when the service cannot start; the reason is in the log only, and the next event tries again', async () => {
    const starts = [() => Promise.reject(new Error('IMAGEPIC_SECRET must be set')), () => Promise.resolve(named)];
    const event = createInvocation({ open: () => starts.shift()?.() ?? Promise.resolve(named), logger });
    const answer = await event(CALL, { request_id: 'r-7' });
    expect(answer).toMatchObject({ error: 'ServiceUnavailable', requestId: 'r-7' });
    expect(JSON.stringify(answer)).not.toContain('IMAGEPIC_SECRET');
    expect(log).toEqual([expect.stringMatching(/not-started.*r-7.*IMAGEPIC_SECRET must be set/)]);
    expect(await event(CALL, {})).toEqual(AS_CALL);
  });

  it('builds the service once for many events at once', async () => {
    const open = vi.fn(async () => named);
    const event = createInvocation({ open, logger });
    await Promise.all(Array.from({ length: 20 }, () => event(CALL, {})));
    expect(open).toHaveBeenCalledOnce();
  });

  it.each([
    [
      'synchronously',
      () => {
        throw new Error('at once');
      },
    ],
    ['later', () => Promise.reject(new Error('later'))],
    ['what is no error', () => Promise.reject('a string')],
    ['nothing', () => Promise.reject(undefined)],
    [
      'what cannot be logged',
      () =>
        Promise.reject({
          toJSON: () => {
            throw new Error('no');
          },
        }),
    ],
    ['a number without JSON', () => Promise.reject(1n)],
  ])('when a trigger throws %s', async (_, callFunction) => {
    const event = createInvocation({ open: async () => ({ ...named, callFunction }), logger });
    expect(await event(CALL, {})).toMatchObject({ success: false, error: 'InternalError' });
    expect(log).toHaveLength(1);
  });

  it('when the bytes of a download break off', async () => {
    async function* broken() {
      yield Buffer.from('half');
      throw new Error('reset');
    }
    const http: Triggers['http'] = async () => ({ status: 200, headers: {}, body: broken() });
    const answer = await createInvocation({ open: async () => ({ ...named, http }), logger })(ACCESS, {});
    expect(answer).toMatchObject({ statusCode: 500, body: expect.stringContaining('InternalError') });
  });
});
