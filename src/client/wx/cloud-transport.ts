import { BedError } from '../bed-error.ts';
import type { Transport } from '../transport.ts';
import { type LocalFiles, toSlice } from './local-file.ts';
import { promised, type WxPlatform } from './platform.ts';
import type { WxHttp } from './request-transport.ts';

/** The cloud function that is the bed. */
export interface CloudBed {
  /** `imagepic` unless given. */
  readonly name?: string;
  /** Its environment, where it is another one than that of `wx.cloud.init`. */
  readonly env?: string;
}

/** As text in base64, within the megabyte that a call may have. */
export const MAX_EVENT_IMAGE_BYTES = 512 * 1024;

/** Creates a transport by `wx.cloud.callFunction`, where the platform says who calls; what is large goes past it. @throws {TypeError} without `wx.cloud` */
export function createCloudTransport(
  { cloud }: WxPlatform,
  { name = 'imagepic', env }: CloudBed,
  http: WxHttp,
  files: LocalFiles,
): Transport {
  if (cloud === undefined) throw new TypeError('There is no wx.cloud');
  const config = env ? { config: { env } } : {};
  return {
    send: http.send,
    call: async ({ url, input, token, idempotencyKey, language, signal, file }) => {
      const data: Record<string, unknown> = {
        ...input,
        ...(file !== undefined && { base64: await files.readBase64(toSlice(file.blob).filePath) }),
        ...(token !== undefined && { $token: token }),
        $url: url,
        $idempotencyKey: idempotencyKey,
        $lang: language,
      };
      const call = promised<{ readonly result?: unknown }>(
        (callbacks) => cloud.callFunction({ name, data, ...config, ...callbacks }),
        signal,
      );
      try {
        return { body: (await call).result };
      } catch (cause) {
        throw explain(cause, name);
      }
    },
  };
}

/** What is no better at another attempt is told at once, in the words of the platform. */
function explain(cause: unknown, name: string): unknown {
  const words = String(cause);
  const isFinal = /-501000|cloud\.init|exceed max size/.test(words);
  return isFinal ? new BedError('NotABed', `${name}: ${words}`, { cause }) : cause;
}
