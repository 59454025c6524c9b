import { bootstrap } from '../../src/bootstrap.ts';
import { type CallFunctionEntry, createCallFunctionEntry } from '../../src/events/call-function.ts';
import { createTempConfig } from './temp-config.ts';

/** A person of a test bed, signed in. */
export interface Person {
  readonly userId: string;
  readonly phone: string;
  readonly upwd: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** An answer as a client reads it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Answer = { code: string; success: boolean; error?: string; msg: string; data: any; requestId: string };

/** A whole service on a folder of its own, with a clock that tests move. */
export interface Bed {
  readonly folder: string;
  readonly log: string[];
  /** Milliseconds since 1970 that the service believes it is. */
  clock: { now: number };
  call(url: unknown, data?: object, token?: string, extra?: object): Promise<Answer>;
  /** An event with the platform's context, as a mini-program brings it. */
  callFrom(openid: string, url: string, data?: object, token?: string): Promise<Answer>;
  raw: CallFunctionEntry;
  /** Registers somebody and signs in. */
  person(name: string): Promise<Person>;
  close(): Promise<void>;
}

/** A context as the platform makes it for a mini-program's call. */
export const contextOf = (openid: string, appid = 'wx0001'): object => ({
  request_id: 'r-1',
  environment: JSON.stringify({ WX_OPENID: openid, WX_APPID: appid, TCB_SOURCE: 'wx_client', WX_CLIENTIP: '10.0.0.1' }),
});

/** Opens a bed. */
export async function openBed(env: Readonly<Record<string, string>> = {}): Promise<Bed> {
  const { config, folder, remove } = await createTempConfig(env);
  const clock = { now: Date.now() };
  const log: string[] = [];
  const app = await bootstrap(config, { writeLog: (line) => log.push(line), now: () => new Date(clock.now) });
  const raw = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: config.mount });
  const send = async (event: object, context: unknown): Promise<Answer> =>
    JSON.parse(JSON.stringify(await raw(event, context)));
  const call: Bed['call'] = (url, data = {}, token = undefined, extra = {}) =>
    send({ ...data, ...extra, $url: url, $token: token }, { request_id: 'r-1' });
  let people = 0;
  return {
    folder,
    log,
    clock,
    raw,
    call,
    callFrom: (openid, url, data = {}, token = undefined) =>
      send({ ...data, $url: url, $token: token }, contextOf(openid)),
    person: async (name) => {
      people += 1;
      const phone = `138${String(people).padStart(8, '0')}`;
      const upwd = 'correct horse 7';
      const registered = await call('auth/register', { name, tfs: '', email: 'p@example.com', phone, upwd });
      const { data } = await call('auth/login', { phone, upwd });
      return { userId: registered.data.userId, phone, upwd, token: data.token, refreshToken: data.refreshToken };
    },
    close: remove,
  };
}
