// https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html
import { untilAborted } from '../concurrency/deadline.ts';
import { createLimit } from '../concurrency/limit.ts';
import { sleep } from '../concurrency/retry.ts';
import type { DomainGate, NetworkApi } from './domains.ts';
import {
  connectionFault,
  exchange,
  findHeader,
  type Hosts,
  type Received,
  type Sent,
  type Watcher,
} from './exchange.ts';
import type { FaultyNetwork, NetworkFault } from './network-faults.ts';
import { PlatformFault } from './platform-api.ts';

/** Sure: the page above. Whether the three calls share it is unsure, hence strict: they do. */
const MOST_AT_ONCE = 10;
/** Sure: typings of `RequestOption.timeout` and `DownloadFileOption.timeout`; likely for `uploadFile`. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** What a broken connection fails with; after anything else nothing is tried again. */
const BROKEN_CONNECTION = 600001;

/** How the network of a phone is set up. */
export interface DispatcherOptions {
  readonly appId: string;
  readonly version: string;
  readonly gate: DomainGate;
  readonly hosts: Hosts;
  readonly retries: number;
  /** `networkTimeout` of app.json. */
  readonly timeouts: Readonly<Partial<Record<NetworkApi, number>>>;
  readonly fault: FaultyNetwork;
}

/** What a call hands over. */
export interface Dispatched extends Omit<Sent, 'headers'> {
  readonly api: NetworkApi;
  readonly header: Readonly<Record<string, unknown>> | undefined;
  /** What the call itself says of its body, whatever the program says. */
  readonly contentType?: string | undefined;
  readonly timeoutMs: number | undefined;
}

/** An answer, and how often the platform tried again for it. */
export interface Arrived extends Received {
  readonly retryCount: number;
}

/** Sends what may be sent, ten at once. @throws {PlatformFault} */
export type Dispatch = (
  call: Dispatched,
  watcher: Omit<Watcher, 'signal'> & { signal: AbortSignal },
) => Promise<Arrived>;

/**
 * Creates what all calls over the network go through:
 *
 * - sure: more than ten wait for their turn (`queueStart` of the typings' `RequestProfile`);
 * - sure: `Referer` cannot be set, and is `https://servicewechat.com/<appId>/<version>/page-frame.html`;
 * - sure: a call that takes longer than its timeout fails with `timeout` (errno 5), 60 s unless said otherwise. Likely: the time in
 *   the queue does not count;
 * - sure that it happens (`exception.retryCount` of the typings), unsure when: after a broken connection the platform sends again on its
 *   own, whatever the method. `retries` says how often.
 */
export function createDispatcher({
  appId,
  version,
  gate,
  hosts,
  retries,
  timeouts,
  fault,
}: DispatcherOptions): Dispatch {
  const limit = createLimit({ concurrent: MOST_AT_ONCE });
  const referer = `https://servicewechat.com/${appId}/${version}/page-frame.html`;
  return async (call, watcher) => {
    gate(call.api, call.url);
    const sent = { ...call, headers: toHeaders(call, referer) };
    const timeoutMs = call.timeoutMs ?? timeouts[call.api] ?? DEFAULT_TIMEOUT_MS;
    const turn = limit(async () => {
      watcher.signal.throwIfAborted();
      const timeout = new AbortController();
      const timer = setTimeout(() => timeout.abort(new PlatformFault('timeout', { errno: 5 })), timeoutMs);
      const watched = { ...watcher, signal: AbortSignal.any([watcher.signal, timeout.signal]) };
      try {
        return await withRetries(retries, (retry) => {
          const { api, url, method } = call;
          return attempt(hosts, sent, watched, fault({ api, url, method, retry }));
        });
      } finally {
        clearTimeout(timer);
      }
    });
    return untilAborted(turn, watcher.signal);
  };
}

async function withRetries(retries: number, once: (retry: number) => Promise<Received>): Promise<Arrived> {
  for (let retry = 0; ; retry += 1) {
    try {
      return { ...(await once(retry)), retryCount: retry };
    } catch (error) {
      const isBroken = error instanceof PlatformFault && error.errno === BROKEN_CONNECTION;
      if (!isBroken || retry >= retries) throw error;
    }
  }
}

async function attempt(hosts: Hosts, sent: Sent, watcher: Watcher, fault: NetworkFault | undefined): Promise<Received> {
  if (fault === 'offline') throw connectionFault('ENOTFOUND');
  if (typeof fault === 'object') {
    await untilAborted(sleep(fault.delayMs), watcher.signal);
  }
  const cutAfter = fault === 'cut' ? Math.floor((sent.body?.byteLength ?? 0) / 2) : undefined;
  const received = await exchange(hosts, sent, { ...watcher, cutAfter });
  if (fault === 'lost') throw connectionFault('ECONNRESET');
  return received;
}

function toHeaders({ header = {}, contentType }: Dispatched, referer: string): Record<string, string> {
  const given = Object.entries(header).filter(
    ([name, value]) =>
      value !== undefined && value !== null && !['referer', 'content-length'].includes(name.toLowerCase()),
  );
  const headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value)]));
  const type = contentType ?? findHeader(headers, 'content-type') ?? 'application/json';
  return { ...headers, 'content-type': type, referer };
}
