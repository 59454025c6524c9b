import { randomUUID } from 'node:crypto';
import { retry } from '../concurrency/retry.ts';
import type { RouteInput, RouteOutput, RouteUrl } from '../contract/contract.ts';
import { isRecord } from '../naming/record.ts';

const MOST_TRIES = 5;
const FIRST_WAIT_MS = 250;
/** Whoever is told to wait longer than this is told so instead. */
const LONGEST_WAIT_MS = 60_000;
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** A call that failed, in the server's own words where it had any. */
export class BedError extends Error {
  override readonly name = 'BedError';
  /** The server's error name, or `Unreachable` and `NotABed`. */
  readonly code: string;
  /** Whether the same call may work a little later. */
  readonly isPassing: boolean;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      readonly isPassing?: boolean;
      readonly retryAfterSeconds?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.isPassing = options.isPassing ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** An image bed as it is reached by HTTP. Calls that may work a little later are made up to five times, each under one idempotency key. */
export interface BedClient {
  readonly url: string;
  /** Calls a route. @throws {BedError} */
  call<Url extends RouteUrl>(route: Url, input: RouteInput<Url>, token?: string): Promise<RouteOutput<Url>>;
  /** Sends an image as a form. @throws {BedError} */
  putForm(
    fields: Readonly<Record<string, string>>,
    bytes: Uint8Array<ArrayBuffer>,
    fileName: string,
  ): Promise<RouteOutput<'object/putObject'>>;
  /** Puts bytes to a presigned address. @throws {BedError} */
  putPart(part: RouteOutput<'object/presignedUploadPart'>, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

interface BedClientOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly language: 'zh' | 'en';
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: unknown;
}

/** Creates a client of the bed at `url`. */
export function createBedClient({ url, token, language }: BedClientOptions): BedClient {
  const post = async (route: string, body: string | FormData, bearer = token): Promise<unknown> => {
    const headers = {
      'accept-language': language,
      'idempotency-key': randomUUID(),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
    };
    const answer = await persist(() => exchange(`${url}/${route}`, { method: 'POST', headers, body }));
    if (!isRecord(answer.body) || answer.body['success'] !== true) throw notABed(url);
    return answer.body['data'];
  };

  return {
    url,
    call: async <Url extends RouteUrl>(route: Url, input: RouteInput<Url>, bearer?: string) => {
      const data = await post(route, JSON.stringify(input), bearer);
      // The server has put it through the schema of this very type.
      return data as RouteOutput<Url>;
    },
    putForm: async (fields, bytes, fileName) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.set('file', new Blob([bytes]), fileName);
      const data = await post('object/putObject', form);
      // The server has put it through the schema of this very type.
      return data as RouteOutput<'object/putObject'>;
    },
    putPart: async ({ url: address, method, headers: signed }, bytes) => {
      const headers = Object.fromEntries(
        Object.entries(signed).filter(([name]) => !SET_BY_FETCH.has(name.toLowerCase())),
      );
      await persist(() => exchange(address, { method, headers, body: bytes }));
    },
  };
}

const SET_BY_FETCH: ReadonlySet<string> = new Set(['host', 'content-length']);

async function exchange(url: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, init);
    const body = parseJson(await response.text());
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    // A port that fetch never connects to will be no better in a second.
    const isPassing = reason !== 'bad port';
    throw new BedError('Unreachable', `${new URL(url).origin}: ${reason}`, { isPassing, cause });
  }
}

/** Does it until it works, is refused for good, or was tried often enough. */
const persist = (send: () => Promise<Answer>): Promise<Answer> =>
  retry(
    async () => {
      const answer = await send();
      if (answer.status < 200 || answer.status > 299) throw toBedError(answer);
      return answer;
    },
    {
      tries: MOST_TRIES,
      delayMs: (error, failed) => (error instanceof BedError ? toWaitMs(error, failed) : undefined),
    },
  );

function toWaitMs({ isPassing, retryAfterSeconds }: BedError, failed: number): number | undefined {
  if (!isPassing) return undefined;
  const backOffMs = FIRST_WAIT_MS * 2 ** (failed - 1) * (1 + Math.random());
  const waitMs = Math.max(backOffMs, (retryAfterSeconds ?? 0) * 1000);
  return waitMs <= LONGEST_WAIT_MS ? waitMs : undefined;
}

function toBedError({ status, retryAfter, body }: Answer): BedError {
  const failure = isRecord(body) ? body : {};
  const data = isRecord(failure['data']) ? failure['data'] : {};
  const code = typeof failure['error'] === 'string' ? failure['error'] : `HTTP ${status}`;
  const message = typeof data['err'] === 'string' ? data['err'] : `HTTP ${status}`;
  const seconds = Number(retryAfter ?? data['retryAfterSeconds']);
  return new BedError(code, message, {
    isPassing: PASSING_STATUS.has(status) || code === 'IdempotencyInFlight',
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
  });
}

const notABed = (url: string): BedError => new BedError('NotABed', `${url} does not answer as an imagepic does`, {});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
