import {
  LINK_FORMATS as ALL_FORMATS,
  type LinkFormat as AnyFormat,
  toImageElement,
  toLinks,
} from '../naming/link-format.ts';

/** How `upload` may print a link. */
export type LinkFormat = Exclude<AnyFormat, 'markdown_with_link'>;

/** All of them. */
export const LINK_FORMATS = ALL_FORMATS.filter((format): format is LinkFormat => format !== 'markdown_with_link');

/** Writes a link that shows an image, on one line. */
export const formatLink = (format: LinkFormat, url: string, name: string): string =>
  format === 'html' ? toImageElement({ url, name }) : toLinks({ url, name })[format];
