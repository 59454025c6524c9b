import type { RouteOutput } from '../contract/contract.ts';

/** What signing in gives; `expiresIn` is in seconds. */
export type TokenPair = RouteOutput<'auth/login'>;

/** Who calls, for as long as they are signed in. */
export interface Session {
  /** The access token; a new one where the last is about to expire, `undefined` where nobody is signed in. */
  token(): Promise<string | undefined>;
  /** Another one in place of a token that the bed has refused; `undefined` where the session has ended. */
  renew(refused: string): Promise<string | undefined>;
}

/** Where a session comes from and what is to be done with its tokens. */
export interface SessionOptions {
  readonly pair?: TokenPair | undefined;
  /** Gives the next pair for a refresh token; `undefined` when that is used up, ended or unknown. */
  readonly refresh: (refreshToken: string) => Promise<TokenPair | undefined>;
  /** Told of each pair, before the first call that uses it, and of `undefined` when the session has ended. */
  readonly onChange?: ((pair: TokenPair | undefined) => void | Promise<void>) | undefined;
}

/** A session whose pair may be set from outside: after signing in, and after signing out. */
export interface HeldSession extends Session {
  set(pair: TokenPair | undefined): Promise<void>;
}

/** So long before its end a token is renewed, so that it does not end on its way. */
const EARLY_MS = 30_000;

/** Creates a session. However many calls find its token expired, it is renewed once. */
export function createSession({ pair: first, refresh, onChange }: SessionOptions): HeldSession {
  let pair = first;
  let endsAt = toEnd(first);
  let renewing: Promise<string | undefined> | undefined;

  const set = async (next: TokenPair | undefined): Promise<void> => {
    pair = next;
    endsAt = toEnd(next);
    await onChange?.(next);
  };
  const renewOnce = async (): Promise<string | undefined> => {
    if (pair === undefined) return undefined;
    await set(await refresh(pair.refreshToken));
    return pair?.token;
  };
  const renew = async (refused: string): Promise<string | undefined> => {
    // Somebody else has renewed it while this call was on its way.
    if (pair?.token !== refused) return pair?.token;
    renewing ??= renewOnce().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  return {
    token: async () => (pair !== undefined && Date.now() > endsAt ? renew(pair.token) : (renewing ?? pair?.token)),
    renew,
    set,
  };
}

const toEnd = (pair: TokenPair | undefined): number =>
  pair === undefined ? 0 : Date.now() + Math.max(pair.expiresIn * 1000 - EARLY_MS, 0);
