// https://html.spec.whatwg.org/multipage/images.html#srcset-attribute
// https://developers.weixin.qq.com/miniprogram/dev/component/image.html
import { fileNameOf } from '../../naming/key.ts';
import { escapeHtml, toLinks } from '../../naming/link-format.ts';
import { SVG_CONTENT_TYPE } from '../../naming/media-type.ts';
import { OPEN_WIDTHS } from '../../naming/variant.ts';
import type { ImageFacts } from './image-facts.ts';
import type { Links } from './links.ts';
import type { Place } from './object-reader.ts';

/** An image as far as it is written into a page. */
interface Embedded extends Place, ImageFacts {
  readonly contentType: string;
}

/** Code that shows an image, ready to be pasted, and that leaves it its room before it has come. */
interface EmbedCode {
  readonly html: string;
  readonly picture: string;
  readonly markdown: string;
  readonly miniProgram: string;
}

/** How an image is written into a page; nothing where its size or its variants are not known. */
export interface Embedding {
  readonly srcset?: string;
  readonly code?: EmbedCode;
}

/** Writes images into pages, in the sizes that there are of them. */
export interface Embeds {
  of(mountUrl: string, image: Embedded): Promise<Embedding>;
  /** The address of a small picture of an image; its own where none is made. */
  thumbUrl(mountUrl: string, image: Embedded): Promise<string>;
}

interface EmbedsOptions {
  /** Of the images as they were stored. */
  readonly links: Links;
  /** Of our own mount, where variants are made. */
  readonly variantLinks: Links;
  readonly hasVariants: () => Promise<boolean>;
}

/** A width that phones and readers have. */
const USUAL_WIDTH = 960;
/** A screen of a mini-program has so many of its own pixels across. */
const RPX = 750;

/** Creates the writer. */
export function createEmbeds({ links, variantLinks, hasVariants }: EmbedsOptions): Embeds {
  const hasVariantsOf = async (image: Embedded): Promise<boolean> => scales(image) && (await hasVariants());

  return {
    thumbUrl: async (mountUrl, image) => {
      const { bucketName, objectName } = image;
      return (await hasVariantsOf(image))
        ? `${variantLinks(mountUrl, bucketName, objectName)}?p=thumb`
        : links(mountUrl, bucketName, objectName);
    },
    of: async (mountUrl, image) => {
      const { bucketName, objectName, width, height } = image;
      if (width === undefined || height === undefined || !(await hasVariantsOf(image))) return {};
      const url = links(mountUrl, bucketName, objectName);
      const sized = { ...image, width, height, url, variantUrl: variantLinks(mountUrl, bucketName, objectName) };
      return { srcset: toSrcset(sized), code: toCode(sized) };
    },
  };
}

/** Whether other sizes show the same: an SVG has every size already, and of what moves in a PNG or an AVIF only the first frame. */
const scales = ({ contentType, frames = 1 }: Embedded): boolean =>
  contentType !== SVG_CONTENT_TYPE && (frames === 1 || MOVING.has(contentType));
const MOVING: ReadonlySet<string> = new Set(['gif', 'webp'].map((format) => `image/${format}`));

type Sized = Embedded & {
  readonly width: number;
  readonly height: number;
  readonly url: string;
  readonly variantUrl: string;
};

/** The widths that are open to everybody, up to the first that is all of the image. */
function widthsOf({ width }: Sized): readonly { readonly asked: number; readonly shown: number }[] {
  const last = OPEN_WIDTHS.findIndex((open) => open >= width);
  const asked = last === -1 ? OPEN_WIDTHS : OPEN_WIDTHS.slice(0, last + 1);
  return asked.map((open) => ({ asked: open, shown: Math.min(open, width) }));
}

const toSrcset = (image: Sized, format = ''): string =>
  widthsOf(image)
    .map(({ asked, shown }) => `${image.variantUrl}?w=${asked}${format} ${shown}w`)
    .join(', ');

const attributes = (pairs: Readonly<Record<string, string | number>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}="${escapeHtml(String(value))}"`)
    .join(' ');

function toCode(image: Sized): EmbedCode {
  const { width, height, url, frames = 1, color } = image;
  const name = fileNameOf(image.objectName);
  const sizes = `(max-width: ${width}px) 100vw, ${width}px`;
  const ground = color === undefined ? '' : `;background:#${color}`;
  const looks = { width, height, alt: name, loading: 'lazy', decoding: 'async' };
  const style = `max-width:100%;height:auto${ground}`;
  const html = `<img ${attributes({ src: url, srcset: toSrcset(image), sizes, ...looks, style })}>`;
  const source = (format: string) =>
    `<source ${attributes({ type: `image/${format}`, srcset: toSrcset(image, `&f=${format}`), sizes })}>`;
  // Of an animation no AVIF is made.
  const sources = frames === 1 ? source('avif') + source('webp') : source('webp');
  const { asked = USUAL_WIDTH } = widthsOf(image).findLast(({ asked: open }) => open <= USUAL_WIDTH) ?? {};
  const room = `width:${RPX}rpx;height:${Math.round((RPX * height) / width)}rpx${ground}`;
  const inMiniProgram = { src: `${image.variantUrl}?w=${asked}`, mode: 'aspectFit', style: room };
  return {
    html,
    picture: `<picture>${sources}<img ${attributes({ src: url, ...looks, style })}></picture>`,
    markdown: toLinks({ url, name }).markdown,
    miniProgram: `<image ${attributes(inMiniProgram)} lazy-load />`,
  };
}
