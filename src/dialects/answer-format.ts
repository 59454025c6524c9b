import { AppError } from '../errors.ts';
import type { HttpRequest } from '../http/request.ts';
import { type LinkFormat, toLinks } from '../naming/link-format.ts';

/** How an answer may be written: as JSON of the dialect's own, or as links alone. */
export type AnswerFormat = 'json' | LinkFormat;

const FORMATS = new Map<string, AnswerFormat>([
  ['json', 'json'],
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
 * Finds out what a client wants to be answered with: `format` in the address or among the fields, or an `Accept` header that
 * names text and not JSON. Axios names both, and means JSON.
 */
export function pickAnswerFormat({ query, headers }: HttpRequest, fields?: ReadonlyMap<string, unknown>): AnswerFormat {
  const asked = askedFormat(query, fields);
  if (asked !== undefined) return FORMATS.get(asked.toLowerCase()) ?? 'json';
  const accept = headers.get('accept') ?? '';
  return accept.includes('text/plain') && !accept.includes('application/json') ? 'url' : 'json';
}

const askedFormat = (query: URLSearchParams, fields?: ReadonlyMap<string, unknown>): string | undefined => {
  const given = fields?.get('format') ?? query.get('format') ?? undefined;
  return typeof given === 'string' && given !== '' ? given : undefined;
};

/** Refuses a format that is none of ours, lest a script takes JSON for a link. @throws {AppError} InvalidArgument */
export function requireKnownFormat({ query }: HttpRequest, fields: ReadonlyMap<string, unknown>): void {
  const asked = askedFormat(query, fields);
  if (asked === undefined || FORMATS.has(asked.toLowerCase())) return;
  const known = [...FORMATS.keys()].join(' ');
  throw new AppError(
    'InvalidArgument',
    {
      zh: `没有 format=${asked.slice(0, 32)} 这种格式；可用：${known}`,
      en: `There is no format=${asked.slice(0, 32)}; there are: ${known}`,
    },
    { details: { fields: ['format'] } },
  );
}

/** The links of an image in an answer of JSON, by the names that Lsky has for them. */
export const toLinkFields = (image: Parameters<typeof toLinks>[0] & { readonly thumbUrl: string }) => ({
  ...toLinks(image),
  thumbnail_url: image.thumbUrl,
});
