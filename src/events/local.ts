import type { App, RouteInput, RouteOutput, RouteUrl } from '../app.ts';
import type { Envelope } from '../envelope.ts';
import { createCallFunctionEntry } from './call-function.ts';

/** What goes beside a route's input. */
export interface LocalOptions {
  readonly token?: string;
  readonly requestId?: string;
  readonly idempotencyKey?: string;
  readonly lang?: string;
}

/** The service without any transport, typed by the contract. */
export interface Local {
  call<Url extends RouteUrl>(
    url: Url,
    data: RouteInput<Url>,
    options?: LocalOptions,
  ): Promise<Envelope<RouteOutput<Url>>>;
}

/** Creates the entry for tests and scripts. */
export function createLocalEntry(app: App, mountUrl: string): Local {
  const serve = createCallFunctionEntry(app, { transport: 'local', mountUrl });
  const call = (url: string, data: object, { token, requestId, idempotencyKey, lang }: LocalOptions = {}) =>
    serve(
      { ...data, $url: url, $token: token, $requestId: requestId, $idempotencyKey: idempotencyKey, $lang: lang },
      undefined,
    );
  // The contract's output schema has checked what the envelope carries.
  return { call: call as Local['call'] };
}
