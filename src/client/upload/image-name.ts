import { cutToBytes, toKeyPart } from '../../naming/key.ts';
import { IMAGE_TYPES, type ImageType } from '../../naming/media-type.ts';
import { fillNameTemplate, shortHash } from '../../naming/name-template.ts';

/** Bytes that tell what kind of image something is. */
export const HEAD_BYTES = 12;

/** How the files begin; the bed looks closer. */
const HEADS: Readonly<Record<ImageType['format'], RegExp>> = {
  png: /^\x89PNG/,
  jpeg: /^\xff\xd8\xff/,
  gif: /^GIF8/,
  webp: /^RIFF.{4}WEBP/s,
  avif: /^.{4}ftyp(avi[fs]|mif1|miaf)/s,
  svg: /^(\xef\xbb\xbf)?\s*<(svg|\?xml|!DOCTYPE s|!--)/,
};

/** What the first bytes say; `undefined` when they are of no image that a bed takes. */
export function toImageType(head: Uint8Array): ImageType | undefined {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  return IMAGE_TYPES.find(({ format }) => HEADS[format].test(text));
}

/** What an image is named by. */
export interface ImageFacts {
  readonly fileName: string;
  /** Hex, of the bytes as they are. */
  readonly sha256: string;
  readonly kind: ImageType | undefined;
}

/** A hundred Chinese characters. */
const MAX_PART_BYTES = 300;

/**
 * Names an image by a template of `{hash}`, `{name}` and `{ext}` in a folder. The same bytes under the same file name
 * always get the same name, on any day, which is what makes an upload that is repeated skip what is there.
 */
export function nameImage({ fileName, sha256, kind }: ImageFacts, folder: string, template: string): string {
  const dot = fileName.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [fileName.slice(0, dot), fileName.slice(dot + 1).toLowerCase()] : [fileName, ''];
  const name = fillNameTemplate(template, {
    hash: shortHash(sha256),
    name: toPart(stem),
    ext: toPart(kind?.extension ?? (ending || 'bin')),
  });
  return [folder.replace(/^\/+|\/+$/g, ''), name].filter((part) => part !== '').join('/');
}

const toPart = (text: string): string => cutToBytes(toKeyPart(text.replace(/[\\/]/g, '')), MAX_PART_BYTES);
