// https://datatracker.ietf.org/doc/html/rfc9110 §13 (conditional requests) and §14 (ranges)
import type { Download, MadeElsewhere, Unchanged } from '../app.ts';
import { closeBody } from '../concurrency/close-body.ts';
import { SVG_CONTENT_TYPE } from '../naming/media-type.ts';
import type { HttpRequest, HttpResponse } from './request.ts';

/** Reads a `Range` header of one range of bytes; any other form is ignored, as the standard allows. */
export function parseRange(header: string | undefined) {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? undefined : { suffix: Number(last) };
  if (last === '') return { start: Number(first) };
  return Number(last) < Number(first) ? undefined : { start: Number(first), end: Number(last) };
}

/** Reads an `If-None-Match` header of the one etag that browsers send, which a store can be asked about; others are looked at here. */
export const parseEtag = (header: string | undefined): string | undefined =>
  /^\s*(?:W\/)?"([\w-]{1,128})"\s*$/.exec(header ?? '')?.[1];

/** Tells whether a client's copy is still the same. */
export const isUnchanged = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined &&
  (ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${etag}"`));

/** What an image may do where it is opened by itself: nothing, and an SVG looks by its own styles. */
const policyOf = (contentType: string): string =>
  `sandbox; default-src 'none'${contentType === SVG_CONTENT_TYPE ? "; style-src 'unsafe-inline'" : ''}`;

/** How long whatever caches stand in between go on with what they have. */
const MAX_AGES: Readonly<Record<Download['freshness'], string>> = {
  forever: 'max-age=31536000, immutable',
  day: 'max-age=86400, stale-while-revalidate=604800',
  shortly: 'max-age=300, stale-while-revalidate=3600',
  never: 'no-store',
};

/**
 * What is not for everybody is asked for each time, whatever its name: who may see it can change. Where a rule says which
 * pages may show it, only browsers keep it: what a cache in between has it would give to every page.
 */
function cachingOf({ isPublic, freshness, isGuarded }: Caching): string {
  if (freshness === 'never') return MAX_AGES.never;
  if (!isPublic) return 'private, no-cache';
  return `${isGuarded === true ? 'private' : 'public'}, ${MAX_AGES[freshness]}`;
}
type Caching = Pick<Download, 'isPublic' | 'freshness' | 'isGuarded' | 'variesBy'>;

function variesOf({ variesBy, isGuarded, freshness }: Caching): Readonly<Record<string, string>> {
  const names = [
    ...(variesBy === 'accept' ? ['Accept'] : []),
    ...(isGuarded === true || freshness === 'never' ? ['Referer'] : []),
  ];
  return names.length === 0 ? {} : { vary: names.join(', ') };
}

/** Caches may send others to the address for as long as it surely holds, less the time that it takes to get there. */
const ON_THE_WAY_SECONDS = 300;

function toRedirect({ address, isPublic, holdsSeconds, variesBy }: MadeElsewhere): HttpResponse {
  const headers = {
    location: address,
    'cache-control': isPublic ? `public, max-age=${holdsSeconds - ON_THE_WAY_SECONDS}` : 'private, no-cache',
    'cross-origin-resource-policy': 'cross-origin',
    ...(variesBy === 'accept' && { vary: 'Accept' }),
  };
  return { status: 302, headers, body: '' };
}

/** Writes an image as a response that no browser will take for anything else. */
export async function toDownloadResponse(
  request: HttpRequest,
  download: Download | Unchanged | MadeElsewhere,
): Promise<HttpResponse> {
  if ('address' in download) return toRedirect(download);
  const headers = {
    etag: `"${'unchanged' in download ? download.unchanged : download.etag}"`,
    'cache-control': cachingOf(download),
    'accept-ranges': 'bytes',
    'content-security-policy': policyOf('unchanged' in download ? '' : download.contentType),
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
    ...variesOf(download),
    ...(download.isOriginal === true && { 'x-imagepic-variant': 'none' }),
  };
  if ('unchanged' in download) return { status: 304, headers, body: '' };
  if (isUnchanged(request.headers.get('if-none-match'), download.etag)) {
    await closeBody(download.body);
    return { status: 304, headers, body: '' };
  }
  const { range, size } = download;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      // A store may say none.
      ...(download.lastModified.getTime() > 0 && { 'last-modified': download.lastModified.toUTCString() }),
      'content-type': download.contentType,
      'content-disposition': 'inline',
      'content-length': String(range === undefined ? size : range.end - range.start + 1),
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
    },
    body: download.body ?? '',
    elsewhere: download.elsewhere,
  };
}
