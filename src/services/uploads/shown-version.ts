import type { Version } from '../library/kept-versions.ts';

/** What an image was before. */
export interface ShownVersion {
  readonly versionId: string;
  readonly contentType: string;
  readonly size: number;
  readonly width?: number;
  readonly height?: number;
  readonly thumbhash?: string;
  readonly replacedAt: string;
  readonly purgesAt: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Shows what is known of a version, which is kept for so many days. */
export function toShownVersion(version: Version, trashDays: number): ShownVersion {
  const { imageId: versionId, contentType, size, width, height, thumbhash, removedAt } = version;
  return {
    ...{ versionId, contentType, size },
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(thumbhash !== undefined && { thumbhash }),
    replacedAt: removedAt.toISOString(),
    purgesAt: new Date(removedAt.getTime() + trashDays * DAY_MS).toISOString(),
  };
}
