import type { RouteOutput } from '../../contract/contract.ts';
import { textsNow } from '../texts/texts.ts';
import { type Album, lift } from './album-tree.ts';
import { bed, visit } from './bed.ts';
import { forgetFound, found, takeOutFound } from './found.ts';
import { inParts } from './in-parts.ts';
import { parseQuestion } from './question.ts';
import { createStore } from './store.ts';
import { tell } from './toasts.ts';

/** The albums that somebody sees, as far as they have been read. */
interface Albums {
  readonly state: 'loading' | 'ready' | 'failed';
  readonly all: readonly Album[];
  readonly error?: unknown;
}

/** The albums. */
export const albums = createStore<Albums>({ state: 'loading', all: [] });

let reading: Promise<void> | undefined;
/** Those that are about to go, and are not shown any more. */
const leaving = new Set<string>();

/** How often the images of an album have changed, for those who show them. */
export const albumChanges = createStore<ReadonlyMap<string, number>>(new Map());

/** Reads them again; what is there is shown meanwhile. */
export function openAlbums(): Promise<void> {
  if (albums.value.state === 'failed') albums.set({ state: 'loading', all: [] });
  reading ??= readAll().finally(() => {
    reading = undefined;
  });
  return reading;
}

async function readAll(): Promise<void> {
  try {
    const all: Album[] = [];
    let next: string | undefined = '';
    do {
      const page: RouteOutput<'album/listAlbums'> = await bed.album.listAlbums({
        pageSize: 1000,
        continuationToken: next,
      });
      all.push(...page.albums);
      next = page.continuationToken;
    } while (next !== undefined);
    albums.set({ state: 'ready', all: [...leaving].reduce(lift, all) });
  } catch (error) {
    albums.update((now) => (now.state === 'ready' ? now : { ...now, state: 'failed', error }));
  }
}

/** Whether who is signed in may change an album: one's own, or an admin any. */
export function mayChangeAlbum({ ownerId }: Album): boolean {
  const { value } = visit;
  return 'me' in value && (value.me.role === 'admin' || value.me.userId === ownerId);
}

const put = (album: Album): Album => {
  albums.update((now) => ({ ...now, all: [...now.all.filter(({ albumId }) => albumId !== album.albumId), album] }));
  return album;
};

/** Makes an album. @throws {BedError} */
export const makeAlbum = async (words: {
  readonly name: string;
  readonly description?: string;
  readonly parentId?: string | undefined;
}): Promise<Album> => put(await bed.album.createAlbum({ ...words, parentId: words.parentId ?? '' }));

/** What is changed of an album; an empty id is none. */
interface AlbumChange {
  readonly name?: string;
  readonly description?: string;
  readonly parentId?: string;
  readonly coverId?: string;
}

/** Changes an album. @throws {BedError} */
export const changeAlbum = async (albumId: string, change: AlbumChange): Promise<Album> =>
  put(await bed.album.updateAlbum({ albumId, ...change }));

/** Removes an album: at once for whoever looks, at the bed when the chance to take it back is gone; its pictures stay. */
export async function removeAlbum(album: Album): Promise<void> {
  const { albumId, name } = album;
  const before = albums.value.all;
  leaving.add(albumId);
  albums.update((now) => ({ ...now, all: lift(now.all, albumId) }));
  const isUndone = await tell(textsNow().albums.removed(name), { undo: textsNow().do.undo });
  try {
    if (isUndone) return;
    let isFinished = false;
    while (!isFinished) isFinished = (await bed.album.removeAlbum({ albumId })).finished;
  } catch (error) {
    void tell(error instanceof Error ? error.message : textsNow().failed.sorry, { kind: 'failed' });
  } finally {
    leaving.delete(albumId);
    if (isUndone) albums.update((now) => ({ ...now, all: putBack(now.all, before, albumId) }));
    void openAlbums();
  }
}

/** An album where it was, with what lay in it. */
const putBack = (now: readonly Album[], before: readonly Album[], albumId: string): readonly Album[] => {
  const lain = new Map(before.filter((album) => album.parentId === albumId).map((album) => [album.albumId, album]));
  const back = before.find((album) => album.albumId === albumId);
  return [...now.map((album) => lain.get(album.albumId) ?? album), ...(back === undefined ? [] : [back])];
};

/** Puts images into an album. @returns those that are in it now, and why others are not @throws {BedError} */
export async function addToAlbum({ albumId }: Album, imageIds: readonly string[]) {
  const outcomes = await inParts(imageIds, (part) => bed.album.addImages({ albumId, imageIds: part }));
  tellChange(albumId);
  const refused = outcomes.filter(({ changed }) => !changed);
  return { added: outcomes.length - refused.length, reason: refused[0]?.err };
}

/** Takes images out of an album, at the bed first. @throws {BedError} */
export async function removeFromAlbum({ albumId }: Album, imageIds: readonly string[]): Promise<void> {
  await inParts(imageIds, (part) => bed.album.removeImages({ albumId, imageIds: part }));
  tellChange(albumId);
}

function tellChange(albumId: string): void {
  albumChanges.update((now) => new Map(now).set(albumId, (now.get(albumId) ?? 0) + 1));
  if (parseQuestion(found.value.question ?? '').albumId === albumId) forgetFound();
}

/** Takes images out of an album: at once for whoever looks; they can be put back as long as the word of it is there. */
export async function takeOutOfAlbum({ albumId, name }: Album, imageIds: readonly string[]): Promise<void> {
  const words = textsNow();
  const putThemBack = takeOutFound(new Set(imageIds));
  try {
    const outcomes = await inParts(imageIds, (part) => bed.album.removeImages({ albumId, imageIds: part }));
    const refused = outcomes.filter(({ changed }) => !changed);
    putThemBack(new Set(refused.map(({ imageId }) => imageId)));
    if (refused.length > 0) void tell(refused[0]?.err ?? words.failed.sorry, { kind: 'failed' });
    const out = outcomes.filter(({ changed }) => changed).map(({ imageId }) => imageId);
    if (out.length === 0 || !(await tell(words.albums.takenOut(out.length, name), { undo: words.do.undo }))) return;
    await inParts(out, (part) => bed.album.addImages({ albumId, imageIds: part }));
    putThemBack(new Set(out));
  } catch (error) {
    forgetFound();
    void tell(error instanceof Error ? error.message : words.failed.sorry, { kind: 'failed' });
  }
}
