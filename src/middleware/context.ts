import type { Envelope } from '../envelope.ts';
import type { AppError, Language } from '../errors.ts';
import type { Caller } from '../services/access/access.ts';
import type { PlatformIdentity } from '../services/identity/wechat.ts';
import type { ReceivedImage } from '../services/uploads/received-image.ts';

/** What a client sends with a call; read at most once, and not before the caller may send it. */
export interface RequestBody {
  /** The route's raw input, for routes that take no file. */
  json(): Promise<unknown>;
  /** The same, and beside it the image of a form; it belongs to the entry, which gives it up when it has its answer. */
  form(): Promise<Form>;
}

/** What a form holds. */
export interface Form {
  readonly fields: unknown;
  readonly file: ReceivedImage | undefined;
}

/** The body of a call that can bring no file, such as an event. */
export const withoutFile = (json: () => Promise<unknown>): RequestBody => ({
  json,
  form: async () => ({ fields: await json(), file: undefined }),
});

/** One call on its way through the middleware. */
export interface Context {
  readonly $url: unknown;
  readonly transport: 'call-function' | 'http' | 'local';
  readonly requestId: string;
  readonly language: Language;
  readonly mountUrl: string;
  /** Where the call comes from, as far as the platform vouches for it. */
  readonly clientIp: string | undefined;
  /** What the client says of itself, where it says anything; anybody can say anything. */
  readonly userAgent?: string | undefined;
  /** Who the platform says is calling. */
  readonly identity: PlatformIdentity | undefined;
  readonly idempotencyKey: unknown;
  /** The credential as it was presented. */
  readonly token: string | undefined;
  /** Where it was presented, when that was not a header of the request or the event itself. */
  readonly credentialPlace?: 'header' | 'query' | 'form' | undefined;
  /** What such clients are given to prove themselves with, for the advice to those who have not; a session unless said. */
  readonly credentialKind?: 'session' | 'api-token';
  readonly body: RequestBody;
  /** Told why the call is refused, in every language, for whoever passes that on. */
  readonly onRefused?: (error: AppError) => void;
  caller: Caller;
  input: unknown;
  /** The form's image, for a route that takes one instead of a field. */
  image: ReceivedImage | undefined;
  /** What the entry has found beside the input, for an endpoint. */
  given: object | undefined;
  output: unknown;
  envelope: Envelope | undefined;
}
