import type { Envelope } from '../envelope.ts';
import type { Language } from '../errors.ts';
import type { Caller } from '../services/access/access.ts';
import type { PlatformIdentity } from '../services/identity/wechat.ts';

/** One call on its way through the middleware. */
export interface Context {
  readonly $url: unknown;
  readonly transport: 'call-function' | 'http' | 'local';
  readonly requestId: string;
  readonly language: Language;
  readonly mountUrl: string;
  /** Where the call comes from, as far as the platform vouches for it. */
  readonly clientIp: string | undefined;
  /** Who the platform says is calling. */
  readonly identity: PlatformIdentity | undefined;
  readonly idempotencyKey: unknown;
  /** The credential as it was presented. */
  readonly token: string | undefined;
  /** Where it was presented, when that was not a header of the request or the event itself. */
  readonly credentialPlace?: 'header' | 'query' | 'form' | undefined;
  /** Reads the route's raw input; not before the caller may send it. */
  readonly readInput: () => Promise<unknown>;
  caller: Caller;
  input: unknown;
  /** The route's output. */
  body: unknown;
  envelope: Envelope | undefined;
}
