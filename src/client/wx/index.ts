/**
 * `imagepic/wx`: a client of a bed for WeChat mini-programs, typed by the bed's contract.
 *
 * ```ts
 * import { createWxClient } from 'imagepic/wx';
 *
 * const bed = createWxClient({ cloud: { name: 'imagepic' } }); // or { url: 'https://img.example.com/imagepic' }
 * const [image] = await bed.upload(await wx.chooseMedia({ count: 1, mediaType: ['image'] }), { compress: true });
 * ```
 *
 * @module
 */
export { BedError, type BedErrorCode } from '../bed-error.ts';
export type { BedClient, CallOptions, Outcome } from '../client.ts';
export type { Session, TokenPair } from '../session.ts';
export type { Uploaded, UploadProgress } from '../upload/upload.ts';
export { type Aborter, createAborter } from './aborter.ts';
export type { CloudBed } from './cloud-transport.ts';
export {
  type ChosenImage,
  type Compression,
  createWxClient,
  type WxBed,
  type WxClientOptions,
  type WxUploadOptions,
} from './create-wx-client.ts';
export type { WxPlatform } from './platform.ts';
