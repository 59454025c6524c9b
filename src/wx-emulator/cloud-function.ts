// https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/functions/Cloud.callFunction.html
import { randomUUID } from 'node:crypto';
import { beforeDeadline } from '../concurrency/deadline.ts';
import { PlatformFault } from './platform-api.ts';

/** What a cloud function exports as `main`. */
export type CloudFunction = (event: Record<string, unknown>, context: CloudContext) => unknown;

/** What the platform tells a function beside the event; `environment` is JSON, `environ` the same as `K=V;K=V`. */
export interface CloudContext {
  readonly request_id: string;
  readonly function_name: string;
  readonly function_version: string;
  readonly namespace: string;
  readonly memory_limit_in_mb: number;
  readonly time_limit_in_ms: number;
  readonly environment: string;
  readonly environ: string;
}

/** Who calls: what the platform vouches for. */
export interface CloudIdentity {
  readonly openId: string;
  readonly appId: string;
  readonly unionId: string | undefined;
  readonly environment: string;
}

/** What befalls one attempt of a call: it reaches nobody, or the function has run and its result does not arrive. */
export type CloudFault = 'offline' | 'lost';

/** How far functions reach. */
export interface FunctionLimits {
  /** Bytes of the event as JSON. Unsure: no document says it, reports put it near 1 MB. */
  readonly maxEventBytes: number;
  /** Bytes of the result as JSON. Sure for a function's synchronous answer (SCF, 6 MB); unsure whether a phone takes as much. */
  readonly maxResultBytes: number;
  readonly timeoutMs: number;
}

/** Runs a function as the cloud does. @throws {PlatformFault} with the cloud's `errCode` */
export async function runFunction(
  target: CloudFunction | string | undefined,
  name: string,
  text: string,
  identity: CloudIdentity,
  limits: FunctionLimits,
): Promise<unknown> {
  if (target === undefined) {
    throw new PlatformFault('Error: errCode: -501000  | errMsg: FunctionName parameter could not be found.', {
      errCode: -501000,
    });
  }
  // Unsure since when, hence there: the names that a caller could also have written itself.
  const event = { ...JSON.parse(text), userInfo: { appId: identity.appId, openId: identity.openId } };
  const context = toContext(name, identity, limits.timeoutMs);
  const run = typeof target === 'string' ? callOverHttp(target, event) : (async () => target(event, context))();
  const result = await withinTime(run, limits.timeoutMs);
  const answer = JSON.stringify(result);
  if (answer === undefined) return undefined;
  if (Buffer.byteLength(answer) > limits.maxResultBytes) {
    throw cloudFault(
      -504002,
      `Response payload size exceeded maximum allowed payload size (${limits.maxResultBytes} bytes).`,
    );
  }
  return JSON.parse(answer);
}

/** Likely: numbers and form from bug reports. */
const cloudFault = (errCode: number, text: string): PlatformFault =>
  new PlatformFault(`Error: errCode: ${errCode}  | errMsg: ${text}`, { errCode });

async function withinTime(run: Promise<unknown>, timeoutMs: number): Promise<unknown> {
  const late = (): PlatformFault => cloudFault(-504003, `Invoking task timed out after ${timeoutMs / 1000} seconds`);
  try {
    return await beforeDeadline(run, timeoutMs, late);
  } catch (error) {
    if (error instanceof PlatformFault) throw error;
    throw cloudFault(-504002, `functions execute fail | errMsg: ${String(error)}`);
  }
}

async function callOverHttp(url: string, event: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) });
  return response.json();
}

function toContext(name: string, identity: CloudIdentity, timeoutMs: number): CloudContext {
  const variables = {
    TCB_ENV: identity.environment,
    WX_CONTEXT_KEYS: `WX_OPENID,WX_APPID${identity.unionId === undefined ? '' : ',WX_UNIONID'}`,
    WX_OPENID: identity.openId,
    WX_APPID: identity.appId,
    ...(identity.unionId !== undefined && { WX_UNIONID: identity.unionId }),
    TCB_SOURCE: 'wx_client',
  };
  return {
    request_id: randomUUID(),
    function_name: name,
    function_version: '$LATEST',
    namespace: identity.environment,
    memory_limit_in_mb: 256,
    time_limit_in_ms: timeoutMs,
    environment: JSON.stringify(variables),
    environ: Object.entries(variables)
      .map(([key, value]) => `${key}=${value}`)
      .join(';'),
  };
}

/** Writes an event as the client does. Sure: bytes become `{ type: 'Buffer', data: number[] }`, five times their size and more. */
export function toEventText(data: object): string {
  try {
    return JSON.stringify(data, (_name, value: unknown) => {
      const bytes = toBytes(value);
      return bytes === undefined ? value : { type: 'Buffer', data: [...bytes] };
    });
  } catch {
    throw new PlatformFault('Error: errCode: -402001 circular reference detected', { errCode: -402001 });
  }
}

function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined;
}
