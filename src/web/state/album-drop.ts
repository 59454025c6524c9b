import { BedError } from '../../client/index.ts';
import { textsNow } from '../texts/texts.ts';
import type { Album } from './album-tree.ts';
import { addToAlbum, removeFromAlbum } from './albums.ts';
import { bed } from './bed.ts';
import type { Dragged } from './dragged.ts';
import { tell } from './toasts.ts';

const PAGE_SIZE = 1000;

/** Puts images that were dragged onto an album into it; those that were not in it can be taken out again as long as the word of it is there. */
export async function dropOnAlbum(album: Album, { loadIds }: Pick<Dragged, 'loadIds'>): Promise<void> {
  const { albums: words, do: deeds, failed } = textsNow();
  try {
    const imageIds = await loadIds();
    if (imageIds.length === 0) throw new BedError('NoSuchKey', words.unknown);
    const there = await findInAlbum(album, new Set(imageIds));
    const fresh = imageIds.filter((imageId) => !there.has(imageId));
    if (fresh.length === 0) {
      void tell(words.allThere(album.name));
      return;
    }
    const { added, reason } = await addToAlbum(album, fresh);
    if (reason !== undefined) {
      void tell(words.addedOf(added, fresh.length, reason), { kind: 'failed' });
      return;
    }
    if (!(await tell(words.added(added, album.name), { undo: deeds.undo }))) return;
    await removeFromAlbum(album, fresh);
    void tell(words.takenOut(fresh.length, album.name));
  } catch (error) {
    void tell(error instanceof Error ? error.message : failed.sorry, { kind: 'failed' });
  }
}

/** Those that are in an album already: what is taken back is what was put in. */
async function findInAlbum({ albumId }: Album, wanted: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const there = new Set<string>();
  let next: string | undefined = '';
  while (next !== undefined && there.size < wanted.size) {
    const page: Awaited<ReturnType<typeof bed.image.search>> = await bed.image.search({
      ...{ albumId, pageSize: PAGE_SIZE, continuationToken: next },
    });
    for (const { imageId } of page.images) if (wanted.has(imageId)) there.add(imageId);
    next = page.continuationToken;
  }
  return there;
}
