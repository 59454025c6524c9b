// https://developers.cloudflare.com/api/resources/cache/methods/purge/
import { mapLimited } from '../concurrency/limit.ts';
import { retry } from '../concurrency/retry.ts';
import { AppError } from '../errors.ts';
import type { CachePurge } from '../ports/cache-purge.ts';

/** As many as Cloudflare takes in one call on every plan. */
const MAX_URLS = 30;
const AT_ONCE = 4;
const TRIES = 3;
const PAUSE_MS = 200;
const TIMEOUT_MS = 5000;

/** Where addresses are sent to, and what proves that one may. */
export interface WebhookOptions {
  readonly endpoints: readonly string[];
  readonly token: string | undefined;
}

/** Creates the purge by `POST {"files": [...]}` to every endpoint, with `Authorization: Bearer <token>`: as Cloudflare has it, and easily made of it for others. */
export function createPurgeWebhook({ endpoints, token }: WebhookOptions): CachePurge {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };

  const send = async (endpoint: string, files: readonly string[]): Promise<void> => {
    const body = JSON.stringify({ files });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(endpoint, { method: 'POST', headers, body, redirect: 'manual', signal });
    await answer.body?.cancel();
    if (!answer.ok) throw notTaken(endpoint, answer.status);
  };

  const sendSurely = (endpoint: string, files: readonly string[]): Promise<void> =>
    retry(() => send(endpoint, files), { tries: TRIES, delayMs: (_, failed) => PAUSE_MS * failed }).catch((cause) => {
      throw cause instanceof AppError ? cause : notTaken(endpoint, undefined, cause);
    });

  return {
    purge: async (urls) => {
      const batches = Array.from({ length: Math.ceil(urls.length / MAX_URLS) }, (_, index) =>
        urls.slice(index * MAX_URLS, (index + 1) * MAX_URLS),
      );
      await mapLimited(batches, AT_ONCE, async (files) => {
        await Promise.all(endpoints.map((endpoint) => sendSurely(endpoint, files)));
      });
    },
  };
}

const notTaken = (endpoint: string, status: number | undefined, cause?: unknown): AppError =>
  new AppError(
    'ServiceUnavailable',
    {
      zh: `缓存刷新地址 ${new URL(endpoint).host} 没有接受请求，请检查 IMAGEPIC_PURGE_URL 与 IMAGEPIC_PURGE_TOKEN`,
      en: `The cache at ${new URL(endpoint).host} did not take the purge; check IMAGEPIC_PURGE_URL and IMAGEPIC_PURGE_TOKEN`,
    },
    { cause, ...(status !== undefined && { details: { status } }) },
  );
