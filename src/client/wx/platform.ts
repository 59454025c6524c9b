/** Mini-programs have none of them, and their typings not the names, which this package and valibot say; elsewhere they are the platform's own. */
declare global {
  interface AbortSignal {
    readonly aborted: boolean;
  }
  interface Blob {
    readonly size: number;
  }
  interface File {
    readonly name: string;
  }
}

/** What a call of the platform fails with. */
export interface WxError {
  readonly errMsg: string;
}

interface Callbacks<Result> {
  readonly success?: (result: Result) => void;
  readonly fail?: (error: WxError) => void;
}

/** A call that goes on. */
export interface WxTask {
  abort(): void;
}

/** What `wx.request` answers with. */
export interface WxResponse {
  readonly statusCode: number;
  readonly data?: unknown;
}

/** What the client uses of `FileSystemManager`. */
export interface WxFileSystem {
  readFile(
    option: Callbacks<{ readonly data: string | ArrayBuffer }> & {
      filePath: string;
      encoding?: 'base64';
      position?: number;
      length?: number;
    },
  ): void;
  getFileInfo(
    option: Callbacks<{ readonly size: number; readonly digest?: string }> & {
      filePath: string;
      digestAlgorithm?: 'sha1' | 'sha256';
    },
  ): void;
}

/** What the client uses of `wx`; also whatever is like it, such as `imagepic/wx-emulator`. */
export interface WxPlatform {
  request(
    option: Callbacks<WxResponse> & {
      url: string;
      method: 'POST' | 'PUT';
      header: Record<string, string>;
      data: string | ArrayBuffer;
    },
  ): WxTask;
  uploadFile(
    option: Callbacks<WxResponse> & {
      url: string;
      filePath: string;
      name: string;
      header: Record<string, string>;
      formData: Record<string, unknown>;
    },
  ): WxTask & { onProgressUpdate(listener: (progress: { readonly totalBytesSent: number }) => void): void };
  getFileSystemManager(): WxFileSystem;
  compressImage(
    option: Callbacks<{ readonly tempFilePath: string }> & {
      src: string;
      quality: number;
      compressedWidth?: number;
      compressedHeight?: number;
    },
  ): unknown;
  readonly cloud?: {
    callFunction(
      option: Callbacks<{ readonly result?: unknown }> & {
        name: string;
        data: Record<string, unknown>;
        config?: { env: string };
      },
    ): unknown;
  };
}

/** Makes a promise of a call that answers by callbacks. @throws an error whose message is the `errMsg`; the signal's reason when it was aborted */
export function promised<Result>(
  call: (callbacks: { success(result: Result): void; fail(error: WxError): void }) => unknown,
  signal?: AbortSignal,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let task: unknown;
    const abort = (): void => {
      // Only what goes over the network gives a task.
      (task as Partial<WxTask> | undefined)?.abort?.();
      reject(signal?.reason);
    };
    const settle =
      <Value>(end: (value: Value) => void) =>
      (value: Value): void => {
        signal?.removeEventListener('abort', abort);
        end(value);
      };
    signal?.addEventListener('abort', abort);
    task = call({
      success: settle(resolve),
      fail: settle(({ errMsg }) => reject(new Error(errMsg))),
    });
  });
}
