// https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/Cloud.html
import { randomUUID } from 'node:crypto';
import {
  type CloudFault,
  type CloudFunction,
  type CloudIdentity,
  type FunctionLimits,
  runFunction,
  toEventText,
} from './cloud-function.ts';
import { extensionOf, mediaTypeOf } from './file-type.ts';
import type { Files } from './files.ts';
import { PlatformFault, platformApi, requireText } from './platform-api.ts';

/** Sure: `getTempFileURL` and `deleteFile` take 50 files a call. */
const MOST_FILES = 50;
/** Sure that a failed call is made thrice: the trace in many bug reports (`start->…, retry->…, retry->…, abort`). */
const ATTEMPTS = 3;
const TEMP_URL_SECONDS = 86_400;

/** The environment that a program calls. */
export interface CloudOptions {
  /** Its functions by name: what they export as `main`, or an address that takes the event as JSON and answers with the result. */
  readonly functions?: Readonly<Record<string, CloudFunction | string>>;
  readonly environment?: string;
  readonly openId?: string;
  readonly unionId?: string;
  readonly maxEventBytes?: number;
  readonly maxResultBytes?: number;
  /** How long a function may run; 20 s unless said. */
  readonly timeoutMs?: number;
  /** Decides what befalls each attempt; `attempt` counts from 0. */
  readonly fault?: (call: {
    readonly name: string;
    readonly data: object;
    readonly attempt: number;
  }) => CloudFault | undefined;
}

/** What `wx.cloud.callFunction` is given. */
export interface CallFunctionOption {
  readonly name: string;
  readonly data?: object;
  readonly config?: { readonly env?: string };
}

/** What `wx.cloud.callFunction` answers with. */
export interface CallFunctionResult {
  // biome-ignore lint/suspicious/noExplicitAny: as untyped as the platform's own
  readonly result: any;
  readonly requestID: string;
}

interface StoredFile {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/**
 * Creates `wx.cloud`:
 *
 * - sure: nothing works before `init`; the event arrives as JSON, with bytes as `{ type: 'Buffer', data }`; what is too large fails with
 *   `data exceed max size`;
 * - sure: the platform tries a call three times, so a function can run more than once for one call, and the call can still fail;
 * - sure: the function learns of the caller by its context, from the platform;
 * - `uploadFile` gives no task here where it is given callbacks; on a phone it does.
 *
 * Errors have `errCode`, and an `errMsg` of `cloud.callFunction:fail …`.
 */
export function createCloud(files: Files, appId: string, options: CloudOptions) {
  const { environment = 'emulated-env', openId = 'oEmulatedOpenId', fault = () => undefined } = options;
  const identity: CloudIdentity = { openId, appId, unionId: options.unionId, environment };
  const limits: FunctionLimits = {
    maxEventBytes: options.maxEventBytes ?? 1024 * 1024,
    maxResultBytes: options.maxResultBytes ?? 6 * 1024 * 1024,
    timeoutMs: options.timeoutMs ?? 20_000,
  };
  const functions = new Map(Object.entries(options.functions ?? {}));
  const stored = new Map<string, StoredFile>();
  let isReady = false;

  const requireReady = (): void => {
    if (isReady) return;
    throw new PlatformFault("Error: Cloud API isn't enabled, please call wx.cloud.init first", { errCode: -1 });
  };
  const attempt = async (name: string, data: object, count: number): Promise<unknown> => {
    const text = toEventText(data);
    if (Buffer.byteLength(text) > limits.maxEventBytes)
      throw new PlatformFault('Error: data exceed max size', { errCode: -1 });
    const befallen = fault({ name, data, attempt: count });
    if (befallen === 'offline') throw new PlatformFault('Error: request:fail', { errCode: -1 });
    const result = await runFunction(functions.get(name), name, text, identity, limits);
    if (befallen === 'lost')
      throw new PlatformFault('Error: errCode: -404006 empty poll result base resp', { errCode: -404006 });
    return result;
  };
  const callFunction = async ({ name, data = {} }: CallFunctionOption): Promise<CallFunctionResult> => {
    requireReady();
    requireText('name', name);
    const result = await withAttempts((count) => attempt(name, data, count));
    return { result, requestID: randomUUID() };
  };
  const toFileId = (cloudPath: string): string => `cloud://${environment}.${environment}/${cloudPath}`;

  const cloud = {
    /** Sure: needed once, before anything else. */
    init: (_config?: { readonly env?: string | object; readonly traceUser?: boolean }): void => {
      isReady = true;
    },
    callFunction: platformApi('cloud.callFunction', callFunction),
    uploadFile: platformApi('cloud.uploadFile', (option: { readonly cloudPath: string; readonly filePath: string }) => {
      requireReady();
      const cloudPath = requireText('cloudPath', option.cloudPath);
      const bytes = files.read(requireText('filePath', option.filePath));
      stored.set(toFileId(cloudPath), { bytes, contentType: mediaTypeOf(cloudPath) });
      return { fileID: toFileId(cloudPath), statusCode: 204 };
    }),
    downloadFile: platformApi('cloud.downloadFile', ({ fileID }: { readonly fileID: string }) => {
      requireReady();
      const file = stored.get(requireText('fileID', fileID));
      if (file === undefined) throw new PlatformFault('Error: errCode: -503003 file not exist', { errCode: -503003 });
      return { tempFilePath: files.addTemporary(file.bytes, extensionOf(file.contentType)), statusCode: 200 };
    }),
    getTempFileURL: platformApi('cloud.getTempFileURL', ({ fileList }: { readonly fileList: readonly string[] }) => {
      requireReady();
      const items = requireList(fileList).map((fileID) => ({
        fileID,
        ...toTempUrl(environment, fileID, stored.has(fileID)),
      }));
      return { fileList: items };
    }),
    deleteFile: platformApi('cloud.deleteFile', ({ fileList }: { readonly fileList: readonly string[] }) => {
      requireReady();
      const items = requireList(fileList).map((fileID) => {
        const isGone = stored.delete(fileID);
        return { fileID, status: isGone ? 0 : -503003, errMsg: isGone ? 'ok' : 'STORAGE_FILE_NONEXIST' };
      });
      return { fileList: items };
    }),
  };
  return { cloud, stored };
}

async function withAttempts<Result>(run: (count: number) => Promise<Result>): Promise<Result> {
  const faults: PlatformFault[] = [];
  for (;;) {
    try {
      return await run(faults.length);
    } catch (error) {
      if (!(error instanceof PlatformFault)) throw error;
      faults.push(error);
      if (faults.length >= ATTEMPTS || !isPassing(error)) throw toAborted(error, faults);
    }
  }
}

/** Says what befell each attempt, as the platform does. */
function toAborted({ reason, errCode = -1 }: PlatformFault, faults: readonly PlatformFault[]): PlatformFault {
  const trace = faults.map((fault, index) => `${index === 0 ? 'start' : 'retry'}->system error (${fault.reason})`);
  const callId = `${Date.now()}-${Math.random()}`;
  return new PlatformFault(`${reason} (callId: ${callId}) (trace: ${trace.join(', ')}, abort)`, { errCode });
}

/** Unsure which failures are tried again; those of a function that threw are not, since that is its answer. */
const isPassing = ({ errCode }: PlatformFault): boolean => errCode === -1 || errCode === -404006;

function requireList(fileList: readonly string[]): readonly string[] {
  if (!Array.isArray(fileList))
    throw new PlatformFault('parameter error: parameter.fileList should be Array', { errCode: -401003 });
  if (fileList.length > MOST_FILES)
    throw new PlatformFault(`Error: fileList max length is ${MOST_FILES}`, { errCode: -401002 });
  return fileList;
}

const toTempUrl = (environment: string, fileID: string, isThere: boolean) =>
  isThere
    ? {
        tempFileURL: `https://${environment}.tcb.qcloud.la/${fileID.split('/').slice(3).join('/')}`,
        maxAge: TEMP_URL_SECONDS,
        status: 0,
        errMsg: 'ok',
      }
    : { tempFileURL: '', maxAge: 0, status: 1, errMsg: 'STORAGE_FILE_NONEXIST' };
