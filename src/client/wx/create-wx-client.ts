import { mapLimited } from '../../concurrency/limit.ts';
import { type BedClient, type ClientOptions, createBedClient } from '../client.ts';
import { persist } from '../persist.ts';
import { sendInParts } from '../upload/past-service.ts';
import { type ImageSender, type Uploaded, type UploadOptions, uploadKnown } from '../upload/upload.ts';
import { type CloudBed, createCloudTransport, MAX_EVENT_IMAGE_BYTES } from './cloud-transport.ts';
import { createLocalFiles, toSlice } from './local-file.ts';
import { promised, type WxPlatform } from './platform.ts';
import { createHttp, createRequestTransport } from './request-transport.ts';

declare const wx: WxPlatform;

/** How to reach a bed: over HTTP by `url`, or as the cloud function of the program's own environment by `cloud`. */
export interface WxClientOptions extends Pick<ClientOptions, 'token' | 'session' | 'onSession' | 'language'> {
  /** Where the bed answers, such as `https://img.example.com/imagepic`. */
  readonly url?: string;
  /** Its cloud function, in place of `url`. */
  readonly cloud?: CloudBed;
  /** In place of the global `wx`, for tests. */
  readonly wx?: WxPlatform;
}

/** What was chosen, as `wx.chooseMedia` and `wx.chooseMessageFile` tell it. */
export interface ChosenImage {
  readonly tempFilePath: string;
  readonly name?: string;
}

/** How `wx.compressImage` makes an image smaller, in its own words; sides in pixels. */
export interface Compression {
  /** 0–100, of JPEG alone; 80 unless given. */
  readonly quality?: number;
  readonly compressedWidth?: number;
  readonly compressedHeight?: number;
}

/** Where an image goes, and how. */
export interface WxUploadOptions extends Omit<UploadOptions, 'fileName' | 'album'> {
  /** `true`: by the quality of 80. Where it helps nothing, or cannot be done, the image goes as it is. */
  readonly compress?: boolean | Compression;
}

/** A bed, and the way of images to it. */
export interface WxBed extends BedClient {
  /** Uploads an image by its path or as it was chosen. @throws {BedError}; the signal's reason when it was aborted */
  upload(image: string | ChosenImage, options?: WxUploadOptions): Promise<Uploaded>;
  /** Uploads all that `wx.chooseMedia` gave, two at once; after a failure no other is begun. */
  upload(chosen: { readonly tempFiles: readonly ChosenImage[] }, options?: WxUploadOptions): Promise<Uploaded[]>;
}

const IMAGES_AT_ONCE = 2;

/** Creates a client of a bed, for mini-programs. */
export function createWxClient(options: WxClientOptions): WxBed {
  const { wx: platform = wx } = options;
  const files = createLocalFiles(platform);
  const http = createHttp(platform, files);
  const transport = options.cloud
    ? createCloudTransport(platform, options.cloud, http, files)
    : createRequestTransport(http, options.url ?? '');
  const bed = createBedClient(options, { transport, newKey });

  /** As a form, which tells how far it is and takes no memory; where that is not to be had, as bytes, in one part. */
  const sendWhole: ImageSender['sendWhole'] = async (calls, image, destination, sending) => {
    const { contentType, size } = image;
    const { signal, onBytes, onSent } = sending;
    try {
      const announced = { ...destination, contentType, size };
      const { url, fields, uploadId } = await calls.call('object/presignedPostPolicy', announced, { signal });
      const { filePath } = toSlice(await image.slice(0, size));
      const form = { url, filePath, formData: fields, header: {}, signal, onProgress: onBytes };
      await persist(() => http.sendForm(form), signal);
      onSent();
      return await calls.call('object/commitObject', { uploadId }, { signal });
    } catch {
      signal?.throwIfAborted();
      return sendInParts(calls, image, destination, sending);
    }
  };
  const sender: ImageSender = {
    bed,
    sendWhole,
    maxFormBytes: options.cloud && MAX_EVENT_IMAGE_BYTES,
  };
  const uploadOne = async (image: string | ChosenImage, how: WxUploadOptions = {}): Promise<Uploaded> => {
    const { tempFilePath, name }: ChosenImage = typeof image === 'string' ? { tempFilePath: image } : image;
    const whole = await files.examine(tempFilePath, name);
    const smaller = how.compress && (await compress(tempFilePath, how.compress, name).catch(asItIs));
    return uploadKnown(sender, smaller && smaller.size < whole.size ? smaller : whole, how);
  };
  const compress = async (src: string, wanted: true | Compression, name: string | undefined) => {
    const { tempFilePath } = await promised<ChosenImage>((callbacks) =>
      // Of `true` there is nothing to spread.
      platform.compressImage({ src, quality: 80, ...Object(wanted), ...callbacks }),
    );
    return files.examine(tempFilePath, name);
  };
  const uploadAny = (
    image: string | ChosenImage | { readonly tempFiles: readonly ChosenImage[] },
    how?: WxUploadOptions,
  ): Promise<Uploaded | Uploaded[]> =>
    typeof image === 'object' && 'tempFiles' in image
      ? mapLimited(image.tempFiles, IMAGES_AT_ONCE, (one) => uploadOne(one, how))
      : uploadOne(image, how);
  // One in, one out; many in, many out.
  return Object.assign(bed, { upload: uploadAny as WxBed['upload'] });
}

/** iPhones compress JPEG alone. */
const asItIs = (): undefined => undefined;

/** There is no `crypto` here; of an idempotency key nothing is asked but that no other of its account is the same. */
const newKey = (): string => Array.from({ length: 3 }, () => Math.random().toString(36).slice(2)).join('-');
