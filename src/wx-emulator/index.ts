/**
 * `imagepic/wx-emulator`: a `wx` for Vitest, with the calls of WeChat mini-programs that deal with pictures, files and the network, and the
 * limits that they have. Needs Node; knows nothing of imagepic.
 *
 * @module
 */
export type { CallFunctionOption, CallFunctionResult, CloudOptions } from './cloud.ts';
export type { CloudContext, CloudFault, CloudFunction } from './cloud-function.ts';
export { createWx, type WxOptions } from './create-wx.ts';
export type { LegalDomains, NetworkApi } from './domains.ts';
export type { Hosts } from './exchange.ts';
export type { ChooseMediaOption, ChosenFile, CompressImageOption, Compressor, Shot } from './media.ts';
export type { FaultyNetwork, NetworkAttempt, NetworkFault } from './network-faults.ts';
export type { Callbacks, PlatformError } from './platform-api.ts';
export type { RequestOption, RequestResult, RequestTask } from './request.ts';
export type {
  DownloadFileOption,
  DownloadFileResult,
  DownloadTask,
  UploadFileOption,
  UploadFileResult,
  UploadTask,
} from './transfer-files.ts';
