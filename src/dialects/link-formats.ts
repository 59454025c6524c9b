import type { UploadedImage } from '../contract/upload.ts';
import type { HttpRequest } from '../http/request.ts';
import { escapeHtml } from './html.ts';

/** How a link may be written; `json` stands for the dialect's own answer. */
export type LinkFormat = 'json' | 'url' | 'markdown' | 'markdown_with_link' | 'html' | 'bbcode';

const ALIASES = new Map<string, LinkFormat>([
  ['txt', 'url'],
  ['text', 'url'],
  ['url', 'url'],
  ['md', 'markdown'],
  ['markdown', 'markdown'],
  ['markdown_with_link', 'markdown_with_link'],
  ['html', 'html'],
  ['bbcode', 'bbcode'],
]);

/**
 * Finds out what a client wants to be answered with: `?format=…`, or an `Accept` header that names text and not JSON.
 * Axios names both, and means JSON.
 */
export function pickFormat({ query, headers }: HttpRequest): LinkFormat {
  const asked = query.get('format');
  if (asked !== null) return ALIASES.get(asked.toLowerCase()) ?? 'json';
  const accept = headers.get('accept') ?? '';
  return accept.includes('text/plain') && !accept.includes('application/json') ? 'url' : 'json';
}

/** Every way to write the link of an image; `html` is real HTML. */
export type ImageLinks = Readonly<Record<Exclude<LinkFormat, 'json'> | 'thumbnail_url', string>>;

/** Writes the links of an image. */
export function toLinks({ url, name }: Pick<UploadedImage, 'url' | 'name'>): ImageLinks {
  const image = `![${name.replace(/[\\[\]]/g, '\\$&')}](${url})`;
  return {
    url,
    html: `<img src="${escapeHtml(url)}" alt="${escapeHtml(name)}" title="${escapeHtml(name)}" />`,
    bbcode: `[img]${url}[/img]`,
    markdown: image,
    markdown_with_link: `[${image}](${url})`,
    thumbnail_url: url,
  };
}
