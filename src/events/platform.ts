import type { Call } from '../app.ts';
import { isRecord } from '../naming/record.ts';

/** What an address may look like; `node:net` takes 4 ms of a cold start to know better. */
const IP = /^[\da-f]*[.:][\da-f.:]{1,44}$/i;

/** Reads an address; `undefined` for what is none. */
export const toIp = (value: unknown): string | undefined =>
  typeof value === 'string' && IP.test(value) ? value : undefined;

/** What the platform itself says of a call. */
export type PlatformFacts = Pick<Call, 'identity' | 'clientIp'>;

/**
 * Reads who calls out of this call's context and nothing else: events are the client's, and `process.env` of a reused
 * instance may still hold the caller before.
 */
export function readPlatform(context: unknown): PlatformFacts {
  const environment = readEnvironment(context);
  const openid = environment.get('WX_OPENID');
  const appid = environment.get('WX_APPID');
  return {
    identity: openid && appid ? { openid, appid } : undefined,
    clientIp: toIp(environment.get('WX_CLIENTIP')) ?? toIp(environment.get('TCB_SOURCE_IP')),
  };
}

/** Only `callFunction` comes with a caller, so an event that merely looks like HTTP or a timer is not taken for one. */
export const hasCaller = (context: unknown): boolean => {
  const environment = readEnvironment(context);
  return Boolean(environment.get('WX_OPENID') || environment.get('TCB_UUID'));
};

/** `environment` is JSON in new runtimes, `environ` a list of `K=V;` in old ones. */
function readEnvironment(context: unknown): ReadonlyMap<string, string> {
  if (!isRecord(context)) return new Map();
  const { environment, environ } = context;
  const named = typeof environment === 'string' ? parseRecord(environment) : environment;
  if (isRecord(named)) {
    return new Map(Object.entries(named).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
  }
  if (typeof environ !== 'string') return new Map();
  return new Map(environ.split(';').map((pair) => splitPair(pair)));
}

const splitPair = (pair: string): [string, string] => {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
};

function parseRecord(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
