import type { AccessLevel, App, Endpoint, Receiver, RouteContract, Sent, UploadOutcome } from '../app.ts';
import { type Envelope, type FailureEnvelope, toFailure } from '../envelope.ts';
import type { AppError, Language, Text } from '../errors.ts';
import { type DialectRequest, type HttpRequest, toCallFacts } from '../http/request.ts';
import { type AnswerFormat, pickAnswerFormat } from './answer-format.ts';
import { type Credential, findCredential } from './credential.ts';

/** What becomes known of a request while it is served, for who tries a client. */
export interface Traces {
  /** The token, wherever it was. */
  credential: Credential | undefined;
  /** Names of the fields. */
  fields: readonly string[];
  /** Those of a form. */
  files: readonly { readonly field: string }[];
  /** What became of each image. */
  outcomes: readonly UploadOutcome[];
  /** Why it was refused. */
  refusal: AppError | undefined;
  /** What a dry run has found. */
  dryRun: { readonly ok: boolean; readonly advice: readonly Text[] } | undefined;
}

/** Nothing but the token, before a request is served. */
export const beginTraces = (credential: Credential | undefined): Traces => ({
  ...{ credential, fields: [], files: [], outcomes: [] },
  ...{ refusal: undefined, dryRun: undefined },
});

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
  readonly traces: Traces;
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
  const traces = beginTraces(ownCredential);
  const onRefused = (error: AppError): void => {
    traces.refusal = error;
  };
  return {
    ...at,
    request,
    traces,
    language: facts.language,
    credential: ownCredential,
    format: pickAnswerFormat(request),
    call: (endpoint, read, credential = ownCredential) => {
      traces.credential = credential;
      return app.serve(endpoint)({
        ...facts,
        onRefused,
        token: credential?.token,
        credentialPlace: credential?.place,
        credentialKind: 'api-token',
        body: { read: async () => read() },
      });
    },
    fail: (error) => {
      traces.refusal = error;
      return toFailure(error, facts.language, facts.requestId);
    },
  };
}
