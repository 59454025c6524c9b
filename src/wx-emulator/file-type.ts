import { IMAGE_TYPES } from '../naming/media-type.ts';

/** Media types by the ends of names, and back: what phones go by, who do not look into files. */
const TYPES: readonly (readonly [string, string])[] = [
  ...IMAGE_TYPES.map(({ extension, contentType }) => [extension, contentType] as const),
  ['jpeg', 'image/jpeg'],
  ['mp4', 'video/mp4'],
  ['json', 'application/json'],
  ['txt', 'text/plain'],
  ['html', 'text/html'],
];

/** The media type of a file's name. */
export function mediaTypeOf(fileName: string): string {
  const extension = fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase();
  return TYPES.find(([known]) => known === extension)?.[1] ?? 'application/octet-stream';
}

/** The end of a name for a media type. */
export function extensionOf(contentType = ''): string {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  return TYPES.find(([, known]) => known === type)?.[0] ?? 'unknown';
}
