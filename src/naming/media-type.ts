/** The one type of image that browsers open as a page of its own. */
export const SVG_CONTENT_TYPE = 'image/svg+xml';

/** The images that a bed takes: what detects them by their bytes calls them `format`. @see https://www.iana.org/assignments/media-types/media-types.xhtml#image */
export const IMAGE_TYPES = [
  { format: 'png', contentType: 'image/png', extension: 'png', name: 'PNG' },
  { format: 'jpeg', contentType: 'image/jpeg', extension: 'jpg', name: 'JPEG' },
  { format: 'gif', contentType: 'image/gif', extension: 'gif', name: 'GIF' },
  { format: 'webp', contentType: 'image/webp', extension: 'webp', name: 'WebP' },
  { format: 'avif', contentType: 'image/avif', extension: 'avif', name: 'AVIF' },
  // Where IMAGEPIC_SVG says so.
  { format: 'svg', contentType: SVG_CONTENT_TYPE, extension: 'svg', name: 'SVG' },
] as const;

/** A type of image. */
export type ImageType = (typeof IMAGE_TYPES)[number];

/** A media type of an image that may be announced and go past the service; an SVG is written anew, and so never does. */
export type ImageContentType = Exclude<ImageType, { format: 'svg' }>['contentType'];

/** The media types that may be announced, for schemas. */
export const IMAGE_CONTENT_TYPES: readonly ImageContentType[] = /* @__PURE__ */ IMAGE_TYPES.flatMap((type) =>
  type.format === 'svg' ? [] : [type.contentType],
);

/** The type with a format. */
export function imageTypeOf(format: ImageType['format']): ImageType {
  const type = IMAGE_TYPES.find((known) => known.format === format);
  if (type === undefined) throw new TypeError(`no image type ${format}`);
  return type;
}

/** What is made into one of those where the bed has what that takes. */
export const CONVERTIBLE_FORMATS = ['heic', 'tiff', 'bmp', 'ico'] as const;
