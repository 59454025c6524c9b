// https://developers.weixin.qq.com/miniprogram/dev/api/network/upload/wx.uploadFile.html
// https://developers.weixin.qq.com/miniprogram/dev/api/network/download/wx.downloadFile.html
import { randomUUID } from 'node:crypto';
import { fileNameOf } from '../naming/key.ts';
import type { Dispatch } from './dispatcher.ts';
import { findHeader } from './exchange.ts';
import { extensionOf, mediaTypeOf } from './file-type.ts';
import type { Files } from './files.ts';
import { type Callbacks, PlatformFault, requireText } from './platform-api.ts';
import { createListeners, type DownloadProgress, startTask, type Task, type UploadProgress } from './task.ts';

/** Likely: the official miniprogram-file-uploader exists because of it; unsure whether it still holds, hence strict. */
const MOST_UPLOAD_BYTES = 10 * 1024 * 1024;
/** Sure: the page of `wx.downloadFile`. */
const MOST_DOWNLOAD_BYTES = 200 * 1024 * 1024;

/** What `wx.uploadFile` is given. */
export interface UploadFileOption {
  readonly url: string;
  readonly filePath: string;
  readonly name: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly formData?: Readonly<Record<string, unknown>>;
  readonly timeout?: number;
}

/** What `wx.uploadFile` answers with: text, also where the server sent JSON. */
export interface UploadFileResult {
  readonly data: string;
  readonly statusCode: number;
}

/** An upload that goes on. */
export interface UploadTask extends Task {
  onProgressUpdate(listener: (progress: UploadProgress) => void): void;
  offProgressUpdate(listener?: (progress: UploadProgress) => void): void;
}

/**
 * Creates `wx.uploadFile`:
 *
 * - sure: always `POST` and `multipart/form-data`, whatever `content-type` the program says; the answer is text;
 * - likely: the fields of `formData` stand before the file, each as text, which S3's form needs; the file is called like its path ends,
 *   and its type goes by that;
 * - likely: no file above 10 MB (the text it fails with is unsure).
 */
export function createUploadFile(dispatch: Dispatch, files: Files, maxBytes = MOST_UPLOAD_BYTES) {
  return (option: UploadFileOption & Callbacks<UploadFileResult>): UploadTask => {
    const progress = createListeners<UploadProgress>();
    const task = startTask<UploadFileResult>('uploadFile', option, async (signal, headers) => {
      const url = requireText('url', option.url);
      const form = toForm(option, files.read(requireText('filePath', option.filePath)), maxBytes);
      const { data: body, contentType } = form;
      const { statusCode, body: answer } = await dispatch(
        { api: 'uploadFile', url, method: 'POST', header: option.header, contentType, body, timeoutMs: option.timeout },
        {
          signal,
          head: headers.emit,
          sent: (totalBytesSent, totalBytesExpectedToSend) =>
            progress.emit({
              progress: toPercent(totalBytesSent, totalBytesExpectedToSend),
              totalBytesSent,
              totalBytesExpectedToSend,
            }),
        },
      );
      return { data: answer.toString('utf8'), statusCode };
    });
    return { ...task, onProgressUpdate: progress.on, offProgressUpdate: progress.off };
  };
}

function toForm({ filePath, name, formData = {} }: UploadFileOption, bytes: Uint8Array, maxBytes: number) {
  if (bytes.byteLength > maxBytes) throw new PlatformFault(`file size exceeds the limit of ${maxBytes} bytes`);
  const field = requireText('name', name);
  const boundary = `----WxEmulator${randomUUID().replaceAll('-', '')}`;
  const disposition = (key: string): string => `--${boundary}\r\nContent-Disposition: form-data; name="${quote(key)}"`;
  const texts = Object.entries(formData)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${disposition(key)}\r\n\r\n${String(value)}\r\n`);
  const fileName = fileNameOf(filePath);
  const start = `${disposition(field)}; filename="${quote(fileName)}"\r\nContent-Type: ${mediaTypeOf(fileName)}\r\n\r\n`;
  const data = Buffer.concat([Buffer.from(`${texts.join('')}${start}`), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { data, contentType: `multipart/form-data; boundary=${boundary}` };
}

// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
const quote = (name: string): string => name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const toPercent = (done: number, total: number): number => (total === 0 ? 0 : Math.floor((done / total) * 100));

/** What `wx.downloadFile` is given. */
export interface DownloadFileOption {
  readonly url: string;
  /** Where to; a temporary file unless said. */
  readonly filePath?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly timeout?: number;
}

/** What `wx.downloadFile` answers with: one of the two paths. */
export interface DownloadFileResult {
  readonly tempFilePath?: string;
  readonly filePath?: string;
  readonly statusCode: number;
}

/** A download that goes on. */
export interface DownloadTask extends Task {
  onProgressUpdate(listener: (progress: DownloadProgress) => void): void;
  offProgressUpdate(listener?: (progress: DownloadProgress) => void): void;
}

/** Creates `wx.downloadFile`. Sure: whatever the server answers becomes the file, also the page of a 404; at most 200 MB. */
export function createDownloadFile(dispatch: Dispatch, files: Files) {
  return (option: DownloadFileOption & Callbacks<DownloadFileResult>): DownloadTask => {
    const progress = createListeners<DownloadProgress>();
    const task = startTask<DownloadFileResult>('downloadFile', option, async (signal, headers) => {
      const url = requireText('url', option.url);
      const { statusCode, header, body } = await dispatch(
        { api: 'downloadFile', url, method: 'GET', header: option.header, timeoutMs: option.timeout },
        {
          signal,
          maxBytes: MOST_DOWNLOAD_BYTES,
          head: headers.emit,
          received: (_chunk, totalBytesWritten, totalBytesExpectedToWrite) =>
            progress.emit({
              progress: toPercent(totalBytesWritten, totalBytesExpectedToWrite),
              totalBytesWritten,
              totalBytesExpectedToWrite,
            }),
        },
      );
      if (option.filePath === undefined) {
        const tempFilePath = files.addTemporary(body, extensionOf(findHeader(header, 'content-type')));
        return { statusCode, tempFilePath };
      }
      files.write(option.filePath, body);
      return { statusCode, filePath: option.filePath };
    });
    return { ...task, onProgressUpdate: progress.on, offProgressUpdate: progress.off };
  };
}
