// Read by `tsc -p test/wx` alone: the emulator takes what the platform's typings say its calls are given, and answers as they say.
import type * as Emulator from '../../src/wx-emulator/index.ts';

type Wx = ReturnType<typeof Emulator.createWx>['wx'];
type Manager = ReturnType<Wx['getFileSystemManager']>;

type Callbacks = 'success' | 'fail' | 'complete';
/** Whether what a program may hand over is taken. */
type Takes<Option, Real> = Omit<Real, Callbacks> extends Option ? true : never;
/** Whether what is answered is what the typings promise under the same names. */
type Gives<Result, Real> = Result extends Pick<Real, keyof Result & keyof Real> ? true : never;
type Only<Names, Known> = Exclude<Names, Known> extends never ? true : never;
type Settled<Call> = Call extends (...given: never[]) => infer Result ? Awaited<Result> : never;
type First<Call> = Call extends (first: infer Option, ...rest: never[]) => unknown ? Omit<Option, Callbacks> : never;

export const names: [Only<keyof Wx, keyof WechatMiniprogram.Wx>, Only<keyof Wx['cloud'], keyof WxCloud>] = [true, true];
export const managed: Only<keyof Manager, keyof WechatMiniprogram.FileSystemManager> = true;

export const network: [
  Takes<Emulator.RequestOption, WechatMiniprogram.RequestOption>,
  Takes<Emulator.UploadFileOption, WechatMiniprogram.UploadFileOption>,
  Takes<Emulator.DownloadFileOption, WechatMiniprogram.DownloadFileOption>,
  Gives<Emulator.RequestResult, WechatMiniprogram.RequestSuccessCallbackResult>,
  Gives<Emulator.UploadFileResult, WechatMiniprogram.UploadFileSuccessCallbackResult>,
  Gives<Required<Emulator.DownloadFileResult>, WechatMiniprogram.DownloadFileSuccessCallbackResult>,
  Gives<Emulator.RequestTask, WechatMiniprogram.RequestTask>,
  Gives<Emulator.UploadTask, WechatMiniprogram.UploadTask>,
  Gives<Emulator.DownloadTask, WechatMiniprogram.DownloadTask>,
] = [true, true, true, true, true, true, true, true, true];

export const media: [
  Takes<Emulator.ChooseMediaOption, WechatMiniprogram.ChooseMediaOption>,
  Takes<Emulator.CompressImageOption, WechatMiniprogram.CompressImageOption>,
  Gives<Required<Emulator.ChosenFile>, WechatMiniprogram.MediaFile>,
  Gives<Settled<Wx['compressImage']>, WechatMiniprogram.CompressImageSuccessCallbackResult>,
] = [true, true, true, true];

export const files: [
  Takes<First<Manager['readFile']>, WechatMiniprogram.ReadFileOption>,
  Takes<First<Manager['writeFile']>, WechatMiniprogram.WriteFileOption>,
  Takes<First<Manager['appendFile']>, WechatMiniprogram.AppendFileOption>,
  Takes<First<Manager['copyFile']>, WechatMiniprogram.CopyFileOption>,
  Takes<First<Manager['unlink']>, WechatMiniprogram.UnlinkOption>,
  Takes<First<Manager['access']>, WechatMiniprogram.AccessOption>,
  Takes<First<Manager['mkdir']>, WechatMiniprogram.MkdirOption>,
  Takes<First<Manager['stat']>, WechatMiniprogram.StatOption>,
  Takes<First<Manager['getFileInfo']>, WechatMiniprogram.GetFileInfoOption>,
  Gives<ReturnType<Manager['statSync']>, WechatMiniprogram.Stats>,
] = [true, true, true, true, true, true, true, true, true, true];

export const others: [
  Takes<First<Wx['setStorage']>, WechatMiniprogram.SetStorageOption>,
  Takes<First<Wx['setClipboardData']>, WechatMiniprogram.SetClipboardDataOption>,
  Takes<Emulator.CallFunctionOption, ICloud.CallFunctionParam>,
  Gives<Emulator.CallFunctionResult, ICloud.CallFunctionResult>,
  Gives<Settled<Wx['cloud']['uploadFile']>, ICloud.UploadFileResult>,
  Gives<Settled<Wx['cloud']['getTempFileURL']>, ICloud.GetTempFileURLResult>,
  Gives<Settled<Wx['cloud']['deleteFile']>, ICloud.DeleteFileResult>,
] = [true, true, true, true, true, true, true];
