import type { App, Call, Receiver } from '../app.ts';
import type { RouteInput, RouteOutput, RouteUrl } from '../contract/contract.ts';
import type { UploadOutput, UploadUrl } from '../contract/upload.ts';
import { type Envelope, type FailureEnvelope, toFailure } from '../envelope.ts';
import type { AppError, Language } from '../errors.ts';
import type { HttpRequest } from '../http/request.ts';
import { pickLanguage } from '../naming/language.ts';
import { pickRequestId } from '../naming/request-id.ts';
import { type Credential, findCredential } from './credential.ts';
import { type LinkFormat, pickFormat } from './link-formats.ts';

/** One request of an upload client on its way through the service. */
export interface Visit {
  readonly request: HttpRequest;
  /** The path below the mount. */
  readonly path: string;
  readonly language: Language;
  readonly mountUrl: string;
  /** The token that was presented before the body. */
  readonly credential: Credential | undefined;
  /** What the client asked to be answered with. */
  readonly format: LinkFormat;
  /** Takes an image in; the entry gives it up when the visit ends. */
  readonly receive: Receiver;
  /** Calls a route of the contract. */
  call<Url extends RouteUrl>(url: Url, input: RouteInput<Url>): Promise<Envelope<RouteOutput<Url>>>;
  /** Opens a door; its input is not read before the caller may send it. */
  open<Url extends UploadUrl>(url: Url, entry: DoorEntry): Promise<Envelope<UploadOutput<Url>>>;
  /** Wraps a refusal that no door has spoken. */
  fail(error: AppError): FailureEnvelope;
}

/** What goes through a door. */
interface DoorEntry {
  readonly readInput: () => unknown;
  /** Instead of the visit's own. */
  readonly credential?: Credential | undefined;
}

/** Where a request has come to, and how its images are received. */
export interface RequestPlace {
  /** Below the mount. */
  readonly path: string;
  readonly mountUrl: string;
  readonly receive: Receiver;
}

/** Begins a visit. */
export function createVisit(app: App, request: HttpRequest, place: RequestPlace): Visit {
  const requestId = pickRequestId(request.requestId);
  const language = pickLanguage(request.headers.get('accept-language'));
  const ownCredential = findCredential(request);

  const toCall = (url: string, { readInput, credential = ownCredential }: DoorEntry): Call => ({
    $url: url,
    transport: 'http',
    requestId,
    language,
    mountUrl: place.mountUrl,
    clientIp: request.clientIp,
    identity: undefined,
    idempotencyKey: request.headers.get('idempotency-key'),
    token: credential?.token,
    credentialPlace: credential?.place,
    body: toBody(async () => readInput()),
  });

  return {
    request,
    path: place.path,
    language,
    mountUrl: place.mountUrl,
    credential: ownCredential,
    format: pickFormat(request),
    receive: place.receive,
    // The contract's output schemas have checked what these envelopes carry.
    call: async (url, input) => (await app.call(toCall(url, { readInput: () => input }))) as Envelope<never>,
    open: async (url, entry) => (await app.open(toCall(url, entry))) as Envelope<never>,
    fail: (error) => toFailure(error, language, requestId),
  };
}

const toBody = (json: () => Promise<unknown>): Call['body'] => ({
  json,
  form: async () => ({ fields: await json(), file: undefined }),
});
