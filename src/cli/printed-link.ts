import { LINK_FORMATS, type LinkFormat, toImageElement, toLinks } from '../naming/link-format.ts';

/** How `upload` may print a link. */
export type PrintedFormat = Exclude<LinkFormat, 'markdown_with_link'>;

/** All of them. */
export const PRINTED_FORMATS = LINK_FORMATS.filter(
  (format): format is PrintedFormat => format !== 'markdown_with_link',
);

/** Writes a link that shows an image, on one line. */
export const formatLink = (format: PrintedFormat, url: string, name: string): string =>
  format === 'html' ? toImageElement({ url, name }) : toLinks({ url, name })[format];
