import type { RouteInput, RouteOutput, RouteUrl } from '../contract/contract.ts';
import type { Language } from '../errors.ts';
import { isRecord } from '../naming/record.ts';
import { BedError } from './bed-error.ts';
import { persist } from './persist.ts';
import { createSession, type HeldSession, type Session, type TokenPair } from './session.ts';
import type { CallFile, SignedSend, Transport } from './transport.ts';

/** What goes beside a route's input. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** The same for a call that is made again by whoever asks; a new one unless given. */
  readonly idempotencyKey?: string | undefined;
  /** For a route that takes an image: sent as a form, in place of `base64`. */
  readonly file?: CallFile | undefined;
  /** Told of the bytes of the form that have gone out, where the platform can tell. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** A call that does not throw what the bed says. */
export type Outcome<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly error: BedError };

type Arguments<Url extends RouteUrl> =
  Record<string, never> extends RouteInput<Url>
    ? [input?: RouteInput<Url>, options?: CallOptions]
    : [input: RouteInput<Url>, options?: CallOptions];

/** One route as a function. */
export interface RouteCall<Url extends RouteUrl> {
  /** @throws {BedError} what the bed refuses, and what never reached it; the signal's reason when it was aborted */
  (...args: Arguments<Url>): Promise<RouteOutput<Url>>;
  /** The same with a failure as a value. @throws the signal's reason when it was aborted */
  safe(...args: Arguments<Url>): Promise<Outcome<RouteOutput<Url>>>;
}

type Prefix<Url> = Url extends `${infer Before}/${string}` ? Before : never;

/** Every route of the contract by its two names: `object/statObject` is `bed.object.statObject`. */
export type Routes = {
  readonly [Before in Prefix<RouteUrl>]: {
    readonly [Url in RouteUrl as Url extends `${Before}/${infer Name}` ? Name : never]: RouteCall<Url>;
  };
} & { readonly [Url in Exclude<RouteUrl, `${string}/${string}`>]: RouteCall<Url> };

/** What every way to use a bed stands on. */
export interface BedCalls {
  readonly language: Language;
  /** Calls a route by its `$url`. @throws {BedError} */
  call<Url extends RouteUrl>(url: Url, input: RouteInput<Url>, options?: CallOptions): Promise<RouteOutput<Url>>;
  /** Sends bytes to a presigned address. @throws {BedError} */
  send(send: SignedSend): Promise<void>;
}

/** A bed. Each call is made up to five times under one idempotency key, so that it happens once. */
export interface BedClient extends BedCalls, Routes {
  /** Signs in; the calls after it are this account's, and its tokens are renewed as they end. @throws {BedError} */
  signIn(proof: RouteInput<'auth/login'>): Promise<TokenPair>;
  /** Ends the session; of a client that was made with an API token, that token, wherever else it is used. */
  signOut(): Promise<void>;
}

/** How to reach a bed, and as whom. */
export interface ClientOptions {
  /** Where the bed answers, such as `https://img.example.com/imagepic`. */
  readonly url?: string;
  /** Another way to reach it than HTTP, in place of `url`. */
  readonly transport?: Transport;
  /** An API token, or an access token that is not renewed. */
  readonly token?: string | undefined;
  /** A pair of tokens of an earlier `signIn`, or a session of one's own. */
  readonly session?: TokenPair | Session | undefined;
  /** Told of each new pair of tokens, so that it can be kept, and of `undefined` when the session has ended. */
  readonly onSession?: ((pair: TokenPair | undefined) => void | Promise<void>) | undefined;
  /** The language of messages; Chinese unless given. */
  readonly language?: Language | undefined;
}

/** What differs between the places where a client runs. */
export interface ClientPlatform {
  readonly transport: Transport;
  /** Makes a name that nothing else has. */
  readonly newKey: () => string;
}

/** Creates what every client of a bed stands on. */
export function createBedClient(options: ClientOptions, { transport, newKey }: ClientPlatform): BedClient {
  const { language = 'zh' } = options;

  const post = async (url: string, input: unknown, token: string | undefined, call: CallOptions): Promise<unknown> => {
    const { signal, idempotencyKey = newKey(), file, onProgress } = call;
    const request = { url, input: { ...Object(input) }, token, idempotencyKey, language, signal, file, onProgress };
    const { body } = await persist(() => transport.call(request), signal);
    if (!isRecord(body) || body['success'] !== true) throw notABed(options.url ?? url, language);
    return body['data'];
  };

  const held = toHeldSession(options, post);
  const session: Session | undefined = isSession(options.session) ? options.session : held;

  const call = async (url: string, input: unknown = {}, made: CallOptions = {}): Promise<unknown> => {
    const again = { ...made, idempotencyKey: made.idempotencyKey ?? newKey() };
    const token = options.token ?? (await session?.token());
    try {
      return await post(url, input, token, again);
    } catch (error) {
      const renewed = isEnded(error) && token !== undefined && token !== options.token && (await session?.renew(token));
      if (!renewed) throw error;
      return post(url, input, renewed, again);
    }
  };
  const calls: BedCalls = {
    language,
    // The bed has put it through the schema of this very type.
    call: call as BedCalls['call'],
    send: async (request) => {
      try {
        await persist(() => transport.send(request), request.signal);
      } catch (error) {
        throw isForeign(error) ? storeRefused(error, language) : error;
      }
    },
  };
  return Object.assign(toRoutes(call), calls, {
    signIn: async (proof: RouteInput<'auth/login'>) => {
      const pair = await calls.call('auth/login', proof);
      await held.set(pair);
      return pair;
    },
    signOut: async () => {
      await calls.call('auth/logout', {}).catch(ifEnded);
      await held.set(undefined);
    },
  });
}

function toHeldSession(
  { session, onSession }: ClientOptions,
  post: (url: string, input: unknown, token: undefined, options: CallOptions) => Promise<unknown>,
): HeldSession {
  const refresh = async (refreshToken: string) => {
    try {
      return (await post('auth/refresh', { refreshToken }, undefined, {})) as TokenPair;
    } catch (error) {
      return ifEnded(error);
    }
  };
  return createSession({ pair: isSession(session) ? undefined : session, refresh, onChange: onSession });
}

const isSession = (session: ClientOptions['session']): session is Session =>
  session !== undefined && 'renew' in session;
const isEnded = (error: unknown): boolean => error instanceof BedError && error.code === 'InvalidToken';

function ifEnded(error: unknown): undefined {
  if (!isEnded(error)) throw error;
}

/** Makes functions of routes as they are asked for, so that no list of them is carried along. */
function toRoutes(call: (url: string, input?: unknown, options?: CallOptions) => Promise<unknown>): Routes {
  const toCall = (url: string) =>
    Object.assign((input?: unknown, options?: CallOptions) => call(url, input, options), {
      safe: async (input?: unknown, options?: CallOptions): Promise<Outcome<unknown>> => {
        try {
          return { ok: true, data: await call(url, input, options) };
        } catch (error) {
          if (error instanceof BedError) return { ok: false, error };
          throw error;
        }
      },
    });
  const under = (prefix: string) =>
    new Proxy(toCall(prefix), {
      get: (self, name) =>
        typeof name !== 'string' || name in self ? Reflect.get(self, name) : toCall(`${prefix}/${name}`),
    });
  const routes = new Proxy(Object.create(null), {
    // A promise that resolves to a client looks for `then`.
    get: (self, name) =>
      typeof name !== 'string' || name in self || name === 'then' ? Reflect.get(self, name) : under(name),
  });
  // The proxy has every name that the contract has; the compiler knows which.
  return routes as Routes;
}

/** A store's own answer, which is no envelope. */
const isForeign = (error: unknown): error is BedError => error instanceof BedError && error.code === 'NotABed';

const storeRefused = (cause: BedError, language: Language): BedError =>
  new BedError(
    'StoreRefused',
    language === 'zh'
      ? `存储拒绝了直传（${cause.message}）；上传地址可能已过期，请重试`
      : `The store refused the upload (${cause.message}); its address may have expired, try again`,
    { status: cause.status, cause },
  );

const notABed = (url: string, language: Language): BedError =>
  new BedError(
    'NotABed',
    language === 'zh'
      ? `${url} 的应答不是 imagepic 的；请检查地址`
      : `${url} does not answer as an imagepic does; check the address`,
  );
