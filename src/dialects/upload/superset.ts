import type { UploadedImage } from '../../app.ts';
import { fileNameOf } from '../../naming/key.ts';
import { escapeHtml } from '../../naming/link-format.ts';
import { toLinkFields } from '../answer-format.ts';
import type { Refusal } from '../dialect.ts';

/** Where an image is, opaque to clients, so that they can hand it back. */
export const toImageKey = ({ bucketName, objectName }: Pick<UploadedImage, 'bucketName' | 'objectName'>): string =>
  Buffer.from(`${bucketName}/${objectName}`).toString('base64url');

/** Reads such a key; `undefined` when it is none. */
export function parseImageKey(key: string): { readonly bucketName: string; readonly objectName: string } | undefined {
  const place = Buffer.from(key, 'base64url').toString();
  const [, bucketName, objectName] = /^([^/]+)\/(.+)$/s.exec(place) ?? [];
  return bucketName === undefined || objectName === undefined ? undefined : { bucketName, objectName };
}

/** The page that removes an image. */
const toDeleteUrl = (mountUrl: string, { deleteToken }: UploadedImage): string =>
  deleteToken === undefined ? '' : `${mountUrl}/delete/${deleteToken}`;

const kilobytes = (bytes: number): number => Math.round((bytes / 1024) * 100) / 100;

/** One image as Lsky tells of it; the links are for pasting, so their HTML is escaped, as Lsky's is. */
function toLskyImage(image: UploadedImage): Readonly<Record<string, unknown>> {
  const links = toLinkFields(image);
  return {
    // What a client keeps to remove the image by, so the narrow permission itself where there is one.
    key: image.deleteToken ?? toImageKey(image),
    name: fileNameOf(image.objectName),
    pathname: image.objectName,
    origin_name: image.name,
    size: kilobytes(image.size),
    mimetype: image.contentType,
    extension: image.extension,
    width: image.width,
    height: image.height,
    md5: /^[0-9a-f]{32}$/.test(image.etag) ? image.etag : '',
    sha1: '',
    links: { ...links, html: escapeHtml(links.html) },
  };
}

/** One image as PicGo's own server tells of it; the clients send these back to remove it. */
const toFullResult = (image: UploadedImage, mountUrl: string): Readonly<Record<string, unknown>> => ({
  imgUrl: image.url,
  fileName: image.name,
  extname: `.${image.extension}`,
  width: image.width,
  height: image.height,
  key: toImageKey(image),
  ...(image.deleteToken !== undefined && { deleteToken: image.deleteToken, delete: toDeleteUrl(mountUrl, image) }),
});

/**
 * The answer that holds, for every client that was looked at, the address where that client looks for it. The first image
 * is the one that clients of a single image see; `code` is the one name that means different things to different clients.
 */
export function toSuperset(
  images: readonly [UploadedImage, ...UploadedImage[]],
  mountUrl: string,
  code: number | string,
): Readonly<Record<string, unknown>> {
  const [first] = images;
  const { url, thumbUrl, name, size, width, height } = first;
  const del = toDeleteUrl(mountUrl, first);
  return {
    success: true,
    status: true,
    code,
    status_code: 200,
    message: 'success',
    msg: 'success',
    result: images.map((image) => image.url),
    fullResult: images.map((image) => toFullResult(image, mountUrl)),
    files: images.map((image) => ({
      id: toImageKey(image),
      name: image.name,
      type: image.contentType,
      url: image.url,
    })),
    url,
    thumb: thumbUrl,
    del,
    data: {
      ...toLskyImage(first),
      ...{ url, link: url, hash: first.sha256, delete: del, filename: name, width, height },
      ...(first.convertedFrom && { convertedFrom: first.convertedFrom }),
      ...(first.removed && { removed: first.removed, savedBytes: first.savedBytes }),
    },
    image: {
      ...{ url, display_url: url, name, size, width, height, mime: first.contentType, extension: first.extension },
      ...{ thumb: { url: thumbUrl }, delete_url: del },
    },
  };
}

/** The refusal that holds the message wherever a client looks for one. */
export const toFailureSuperset = (
  { status, error, message, requestId, details }: Refusal,
  code: number | string = status,
): Readonly<Record<string, unknown>> => ({
  success: false,
  status: false,
  code,
  status_code: status,
  message,
  msg: message,
  error,
  requestId,
  data: {},
  ...(Object.keys(details).length > 0 && { details }),
});
