import { BedError } from '../../client/index.ts';
import type { RouteOutput } from '../../contract/contract.ts';
import { bed } from './bed.ts';
import { forgetFound } from './found.ts';
import { inParts } from './in-parts.ts';
import { forgetListing } from './listing.ts';
import { createStore } from './store.ts';

/** An image that was removed and can come back. */
export type TrashedImage = RouteOutput<'image/listTrash'>['images'][number];

/** What is in the trash, as far as it has been read; what was uploaded last comes first. */
interface Trash {
  readonly state: 'unread' | 'loading' | 'ready' | 'failed';
  readonly images: readonly TrashedImage[];
  readonly error?: unknown;
  /** Where to go on; `undefined` when all is read. */
  readonly next: string | undefined;
}

const PAGE_SIZE = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The trash. */
export const trash = createStore<Trash>({ state: 'unread', images: [], next: undefined });

let reading: AbortController | undefined;

/** Reads it from its beginning; what is there is shown meanwhile. */
export async function openTrash(): Promise<void> {
  reading?.abort();
  await readPage('', []);
}

/** Reads it again where somebody has looked at it. */
export function refreshTrash(): void {
  if (trash.value.state !== 'unread') void openTrash();
}

/** Reads the next page. */
export async function readMoreTrash(): Promise<void> {
  const { next, images, state } = trash.value;
  if (next !== undefined && state !== 'loading') await readPage(next, images);
}

async function readPage(continuationToken: string, before: readonly TrashedImage[]): Promise<void> {
  const mine = new AbortController();
  reading = mine;
  trash.update((now) => ({ ...now, state: 'loading' }));
  try {
    const page = await bed.image.listTrash({ pageSize: PAGE_SIZE, continuationToken }, { signal: mine.signal });
    if (mine.signal.aborted) return;
    trash.set({ state: 'ready', images: [...before, ...page.images], next: page.continuationToken });
  } catch (error) {
    if (!mine.signal.aborted) trash.update((now) => ({ ...now, state: 'failed', error }));
  }
}

const letGo = (imageIds: ReadonlySet<string>): void =>
  trash.update((now) => ({ ...now, images: now.images.filter(({ imageId }) => !imageIds.has(imageId)) }));

/** Takes an image out of the trash, to where it was or to another name. @throws {BedError} ObjectExists where another is at its name */
export async function restoreImage({ imageId }: TrashedImage, toObjectName?: string) {
  const restored = await bed.image.restore({ imageId, ...(toObjectName !== undefined && { toObjectName }) });
  letGo(new Set([imageId]));
  forgetFound();
  forgetListing();
  return restored;
}

/** The name that is free, where the one of an image is taken. */
export function freeName(error: unknown): string | undefined {
  if (!(error instanceof BedError) || error.code !== 'ObjectExists') return undefined;
  const { objectName } = error.details;
  return typeof objectName === 'string' ? objectName : '';
}

/** Takes images out of the trash, each to where it was. @returns how many came back, and why the first of the others did not */
export async function restoreImages(images: readonly TrashedImage[]) {
  let count = 0;
  let reason: unknown;
  for (const image of images) {
    try {
      await restoreImage(image);
      count += 1;
    } catch (error) {
      reason ??= error;
    }
  }
  return { count, reason };
}

/** Removes images for good. @returns how many @throws {BedError} */
export async function purgeImages(images: readonly TrashedImage[]): Promise<number> {
  const outcomes = await inParts(
    images.map(({ imageId }) => imageId),
    (imageIds) => bed.image.purge({ imageIds }),
  );
  const gone = outcomes.filter(({ purged }) => purged);
  letGo(new Set(gone.map(({ imageId }) => imageId)));
  return gone.length;
}

/** Removes for good what is one's own. @returns how many @throws {BedError} */
export async function emptyTrash(): Promise<number> {
  let count = 0;
  try {
    for (;;) {
      const { purged, isEmpty } = await bed.image.emptyTrash();
      count += purged;
      // What cannot be removed now is not asked for without end.
      if (isEmpty || purged === 0) return count;
    }
  } finally {
    await openTrash();
  }
}

/** How many days are left until an image goes for good; 0 once that is due. */
export const daysLeft = ({ purgesAt }: Pick<TrashedImage, 'purgesAt'>, now: number): number =>
  Math.max(0, Math.ceil((Date.parse(purgesAt) - now) / DAY_MS));
