import type { Transport, TransportAnswer } from '../transport.ts';
import { type DomainList, namingDomain } from './legal-domain.ts';
import { type LocalFiles, toSlice } from './local-file.ts';
import { promised, type WxPlatform, type WxResponse, type WxTask } from './platform.ts';

/** What a form is made of: fields, then a file of the phone as `file`. */
export interface FormSend {
  readonly url: string;
  readonly filePath: string;
  readonly formData: Readonly<Record<string, unknown>>;
  readonly header: Record<string, string>;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** What goes over HTTP. */
export interface WxHttp {
  /** Sends bytes or text by `wx.request`. */
  request(sent: Parameters<WxPlatform['request']>[0], signal: AbortSignal | undefined): Promise<TransportAnswer>;
  /** Sends a form by `wx.uploadFile`. */
  sendForm(form: FormSend): Promise<TransportAnswer>;
  readonly send: Transport['send'];
}

/** Creates what sends by `wx.request` and `wx.uploadFile`. */
export function createHttp(wx: WxPlatform, files: LocalFiles): WxHttp {
  const ask = async (
    list: DomainList,
    url: string,
    call: Parameters<typeof promised<WxResponse>>[0],
    signal: AbortSignal | undefined,
  ): Promise<TransportAnswer> => {
    try {
      return toAnswer(await promised(call, signal));
    } catch (cause) {
      throw namingDomain(cause, list, url);
    }
  };
  const request: WxHttp['request'] = (option, signal) =>
    ask('request', option.url, (callbacks) => wx.request({ ...option, ...callbacks }), signal);
  return {
    request,
    send: async ({ url, headers, body, signal, onProgress }) => {
      // Set by the platform itself; it refuses to be told.
      const { host, 'content-length': length, ...header } = headers;
      const data = await files.readBytes(toSlice(body));
      const answer = await request({ url, method: 'PUT', header, data }, signal);
      onProgress?.(data.byteLength);
      return answer;
    },
    sendForm: ({ signal, onProgress, ...form }) => {
      const upload = (callbacks: object): WxTask => {
        const task = wx.uploadFile({ name: 'file', ...form, ...callbacks });
        task.onProgressUpdate(({ totalBytesSent }) => onProgress?.(totalBytesSent));
        return task;
      };
      return ask('uploadFile', form.url, upload, signal);
    },
  };
}

/** Creates a transport to the bed at `url`, such as `https://img.example.com/imagepic`. */
export function createRequestTransport(http: WxHttp, url: string): Transport {
  const base = url.replace(/\/+$/, '');
  return {
    send: http.send,
    call: ({ url: route, input, token, idempotencyKey, language, signal, file, onProgress }) => {
      const header = {
        'accept-language': language,
        'idempotency-key': idempotencyKey,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      const address = `${base}/${route}`;
      if (file !== undefined) {
        const { filePath } = toSlice(file.blob);
        return http.sendForm({ url: address, filePath, formData: input, header, signal, onProgress });
      }
      const data = JSON.stringify(input);
      // `content-type` is JSON unless it is said.
      return http.request({ url: address, method: 'POST', header, data }, signal);
    },
  };
}

function toAnswer({ statusCode, data }: WxResponse): TransportAnswer {
  return { status: statusCode, body: typeof data === 'string' ? parseJson(data) : data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
