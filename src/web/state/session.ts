import { BedError, type BedErrorCode, createSession, type TokenPair } from '../../client/index.ts';
import { isRecord } from '../../naming/record.ts';
import { settings } from './settings.ts';

/*
 * Who is signed in, in this browser
 * - The refresh token is in a cookie that no script sees; the access token is in memory. What is kept on this machine is that
 *   somebody was signed in, so that a first visit asks for nothing.
 * - All tabs share the cookie: one renews at a time, and tells the others when nobody is signed in any more.
 */

const FLAG = 'imagepic.signed-in';
const LOCK = 'imagepic.session';
const channel = new BroadcastChannel(LOCK);

/** Session routes are not of the contract: they are the page's own. */
async function post(name: 'login' | 'refresh' | 'logout', input: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`session/${name}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': settings.value.language,
      'x-imagepic-page': new URL('.', location.href).pathname,
    },
    body: JSON.stringify(input),
  }).catch((cause: unknown) => {
    throw new BedError('Unreachable', unreachable(), { cause, isPassing: true });
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (!isRecord(body) || !isRecord(body['data'])) throw new BedError('NotABed', unreachable());
  const { success, data, error, requestId } = body;
  if (success === true) return data as Readonly<Record<string, unknown>>;
  const options = { status: response.status, requestId: typeof requestId === 'string' ? requestId : undefined };
  // The bed's own names of failures.
  throw new BedError(error as BedErrorCode, String((data as { readonly err?: unknown }).err), options);
}

const unreachable = (): string =>
  settings.value.language === 'zh'
    ? '连不上图床，请检查网络后重试'
    : 'The image bed does not answer; check the network and try again';

const toPair = ({ token, expiresIn }: Readonly<Record<string, unknown>>): TokenPair => ({
  token: String(token),
  expiresIn: Number(expiresIn),
  refreshToken: '',
});

/** Where the browser has no locks, the bed forgives what comes twice. */
const alone = <Result>(work: () => Promise<Result>): Promise<Result> =>
  navigator.locks === undefined ? work() : navigator.locks.request(LOCK, work);

async function refresh(): Promise<TokenPair | undefined> {
  try {
    return toPair(await alone(() => post('refresh', {})));
  } catch (error) {
    if (error instanceof BedError && error.code === 'InvalidToken') return undefined;
    throw error;
  }
}

const listeners = new Set<() => void>();

/** The session that all calls are made with. */
export const session = createSession({
  refresh,
  onChange: (pair) => {
    if (pair !== undefined) return;
    for (const listener of listeners) listener();
  },
});

/** Calls `listener` when nobody is signed in any more: by time, by an admin, or in another tab. */
export const onSignedOut = (listener: () => void): void => void listeners.add(listener);

/** Goes on with the session of the last visit. @returns whether there is one @throws {BedError} */
export async function resume(): Promise<boolean> {
  if (!isFlagged()) return false;
  const pair = await refresh();
  if (pair === undefined) setFlag(false);
  else await session.set(pair);
  return pair !== undefined;
}

/** Signs in. @throws {BedError} */
export async function signIn(phone: string, upwd: string): Promise<void> {
  const pair = toPair(await alone(() => post('login', { phone, upwd })));
  setFlag(true);
  await session.set(pair);
  channel.postMessage('in');
}

/** Signs out, in every tab. @throws {BedError} */
export async function signOut(): Promise<void> {
  await alone(() => post('logout', {}));
  setFlag(false);
  channel.postMessage('out');
  await session.set(undefined);
}

/** Calls `listener` when another tab has signed in or out. */
export const onOtherTab = (listener: (what: 'in' | 'out') => void): void => {
  channel.onmessage = ({ data }) => listener(data === 'in' ? 'in' : 'out');
};

function isFlagged(): boolean {
  try {
    return localStorage.getItem(FLAG) !== null;
  } catch {
    return true;
  }
}

function setFlag(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem(FLAG, '1');
    else localStorage.removeItem(FLAG);
  } catch {
    // The next visit asks.
  }
}
