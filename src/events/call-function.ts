import { type App, type Call, withoutFile } from '../app.ts';
import type { Envelope } from '../envelope.ts';
import { toToken } from '../naming/credential.ts';
import { pickLanguage } from '../naming/language.ts';
import { isRecord } from '../naming/record.ts';
import { pickRequestId } from '../naming/request-id.ts';
import { readPlatform } from './platform.ts';

/** An event of `callFunction`: whatever a client sent, so nothing in it is believed. */
export type CallFunctionEntry = (event: unknown, context: unknown) => Promise<Envelope>;

interface Options {
  readonly transport: Call['transport'];
  /** Address of the HTTP mount, for links; empty when the service is not told. */
  readonly mountUrl: string;
}

/**
 * Creates the entry for `{ $url, $token, $requestId, $idempotencyKey, $lang, ...input }` events.
 * WeChat adds `userInfo` to every event of its own; it proves nothing and is dropped.
 */
export function createCallFunctionEntry(app: App, { transport, mountUrl }: Options): CallFunctionEntry {
  return (event, context) => {
    const names = isRecord(event) ? event : {};
    const input = Object.entries(names).filter(([name]) => !name.startsWith('$') && name !== 'userInfo');
    return app.call({
      $url: names['$url'],
      transport,
      requestId: pickRequestId(names['$requestId'], isRecord(context) ? context['request_id'] : undefined),
      language: pickLanguage(names['$lang']),
      mountUrl,
      ...readPlatform(context),
      idempotencyKey: names['$idempotencyKey'],
      token: readToken(names['$token']),
      body: withoutFile(async () => Object.fromEntries(input)),
    });
  };
}

/** As people write it in a header; anything but a string is a credential that cannot be right. */
const readToken = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : typeof value === 'string' ? toToken(value) : '';
