import type { FailureEnvelope } from '../envelope.ts';
import type { HttpRequest, HttpResponse } from '../http/request.ts';
import type { RequestContext } from './request-context.ts';

/** The way one family of upload clients speaks. */
export interface Dialect {
  readonly name: string;
  readonly operations: readonly Operation[];
  /** Says no with the status and in the field that make those clients show it. */
  refuse(refusal: Refusal): HttpResponse;
}

/** One thing that such a client asks for. */
export interface Operation {
  readonly methods: readonly string[];
  /** Matches a path below the mount, without a slash at its end; each part that varies has a name. */
  readonly path: RegExp;
  /** Tells whether a request to that path is meant for this dialect, where several share it. */
  readonly takes?: (request: HttpRequest) => boolean;
  serve(context: RequestContext, match: RegExpExecArray): Promise<HttpResponse>;
}

/** A failure as its client is told of it. */
export interface Refusal {
  readonly status: number;
  readonly error: FailureEnvelope['error'];
  /** For people, in their language. */
  readonly message: string;
  readonly requestId: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** The form that scripts and editors asked for instead of JSON. */
  readonly asText: boolean;
}
