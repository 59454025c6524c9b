import type { AccessLevel, App, Endpoint, Receiver, RouteContract, Sent } from '../app.ts';
import { type Envelope, type FailureEnvelope, toFailure } from '../envelope.ts';
import type { AppError, Language } from '../errors.ts';
import { type DialectRequest, type HttpRequest, toCallFacts } from '../http/request.ts';
import { type AnswerFormat, pickAnswerFormat } from './answer-format.ts';
import { type Credential, findCredential } from './credential.ts';

/** One request of an upload client, and what it may ask of the service. */
export interface RequestContext {
  readonly request: HttpRequest;
  /** The path below the mount. */
  readonly path: string;
  readonly language: Language;
  readonly mountUrl: string;
  /** The token that was presented before the body. */
  readonly credential: Credential | undefined;
  /** What the client asked to be answered with. */
  readonly format: AnswerFormat;
  /** Takes an image in; the entry gives it up when it has its answer. */
  readonly receive: Receiver;
  /** Calls an endpoint, with the request's own credential unless another is given. */
  call<Who extends AccessLevel, Input extends RouteContract['input'], Given extends object, Output>(
    endpoint: Endpoint<Who, Input, Given, Output>,
    read: Read<Given>,
    credential?: Credential,
  ): Promise<Envelope<Output>>;
  /** Wraps a refusal that no endpoint has given. */
  fail(error: AppError): FailureEnvelope;
}

/** Reads what goes to an endpoint; not before the caller may send it. */
type Read<Given extends object> = () => Sent<Given> | Promise<Sent<Given>>;

/** What a client sent, where its dialect has found nothing beside it. */
export const onlyFields = (fields: unknown): Sent<object> => ({ fields, given: {} });

/** Begins a request. */
export function createRequestContext(app: App, request: HttpRequest, at: DialectRequest): RequestContext {
  const facts = toCallFacts(request, at.mountUrl);
  const ownCredential = findCredential(request);
  return {
    ...at,
    request,
    language: facts.language,
    credential: ownCredential,
    format: pickAnswerFormat(request),
    call: (endpoint, read, credential = ownCredential) =>
      app.serve(endpoint)({
        ...facts,
        token: credential?.token,
        credentialPlace: credential?.place,
        credentialKind: 'api-token',
        body: { read: async () => read() },
      }),
    fail: (error) => toFailure(error, facts.language, facts.requestId),
  };
}
