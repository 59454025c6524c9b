import type { HttpRequest } from '../http/request.ts';
import { type LinkFormat, toLinks } from '../naming/link-format.ts';

/** How an answer may be written: as JSON of the dialect's own, or as links alone. */
export type AnswerFormat = 'json' | LinkFormat;

const ALIASES = new Map<string, AnswerFormat>([
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
export function pickAnswerFormat({ query, headers }: HttpRequest): AnswerFormat {
  const asked = query.get('format');
  if (asked !== null) return ALIASES.get(asked.toLowerCase()) ?? 'json';
  const accept = headers.get('accept') ?? '';
  return accept.includes('text/plain') && !accept.includes('application/json') ? 'url' : 'json';
}

/** The links of an image in an answer of JSON, by the names that Lsky has for them. */
export const toLinkFields = (image: Parameters<typeof toLinks>[0]) => ({
  ...toLinks(image),
  thumbnail_url: image.url,
});
