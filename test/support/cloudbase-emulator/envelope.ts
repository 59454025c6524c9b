import type { IncomingHttpHeaders } from 'node:http';
import type { Body } from './actions.ts';
import { Violation } from './violation.ts';

/** Who may come in. */
export interface Gate {
  readonly envId: string;
  readonly secretId: string;
  readonly apiKey: string;
}

const TC3 =
  /^TC3-HMAC-SHA256 Credential=([^/\s]+)\/(\d{4}-\d{2}-\d{2})\/tcb\/tc3_request, SignedParams=([a-z_;]+), SignedHeaders=([a-z;-]+), Signature=[0-9a-f]{64}$/;
const SIGNED_HEADERS = ['content-type', 'host', 'user-agent', 'x-client-timestamp', 'x-sdk-version', 'x-tcb-source'];
const SIGNED_PARAMS = ['action', 'collectionname', 'envname'];
const MAX_SKEW_MS = 300_000;

/** Checks all of a request but what it asks for. @throws {Violation} */
export function checkEnvelope(
  request: {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly headers: IncomingHttpHeaders;
  },
  body: Body,
  gate: Gate,
): void {
  const url = new URL(request.url ?? '', 'http://emulator');
  const { headers } = request;
  const problems = [
    request.method === 'POST' || 'the method must be POST',
    url.pathname === '/admin' || 'the path must be /admin',
    url.searchParams.get('env') === gate.envId || 'the query must name the environment',
    /^[0-9a-f]+_[0-9a-f]+$/.test(url.searchParams.get('seqId') ?? '') || `the query must have a seqId: ${url.search}`,
    body['envName'] === gate.envId || 'the body must name the environment',
    headers['content-type'] === 'application/json' || 'the content type must be JSON',
    /^tcb-node-sdk\/(?:3\.\d+\.\d+|unknow)$/.test(headers['user-agent'] ?? '') || 'the user agent must be the SDK',
    headers['x-sdk-version'] === headers['user-agent'] || 'the version of the SDK is missing',
    headers['x-signature-expires'] === '600' || 'the expiry of the signature is missing',
    isNow(headers['x-client-timestamp'], 1) || 'the time of the client is missing',
    isNow(headers['x-timestamp'], 1000) || 'the time of the signature is missing',
    isAuthorized(headers.authorization ?? '', gate) || `the authorization is not valid: ${headers.authorization}`,
  ].filter((problem) => problem !== true);
  if (problems.length > 0) throw new Violation(problems.join('; '));
}

function isNow(header: string | string[] | undefined, unit: number): boolean {
  return Math.abs(Number(header) * unit - Date.now()) < MAX_SKEW_MS;
}

function isAuthorized(authorization: string, { secretId, apiKey }: Gate): boolean {
  if (authorization === `Bearer ${apiKey}`) return true;
  const [, credential, , params = '', headers = ''] = TC3.exec(authorization) ?? [];
  const includesAll = (list: string, names: readonly string[]): boolean =>
    names.every((name) => list.split(';').includes(name));
  return credential === secretId && includesAll(params, SIGNED_PARAMS) && includesAll(headers, SIGNED_HEADERS);
}
