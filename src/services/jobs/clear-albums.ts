import type { Logger } from '../../logger.ts';
import { openCollection } from '../collection.ts';
import { type ClearAlbumOptions, createClearAlbum } from '../library/clear-album.ts';
import { SHELVES } from '../library/record-collections.ts';
import type { Job } from './job.ts';

interface ClearAlbumsOptions extends ClearAlbumOptions {
  readonly logger: Logger;
}

const PAGE = 100;

/** Creates the job that goes on with albums whose removal did not come to its end; what it does not come to, the next run does. */
export function createClearAlbums(options: ClearAlbumsOptions): Job['run'] {
  const { documents, logger, now } = options;
  const shelves = openCollection(documents, SHELVES);
  const clear = createClearAlbum(options);
  return async ({ budgetMs }) => {
    const deadline = now().getTime() + budgetMs;
    const isLate = () => now().getTime() >= deadline;

    const finish = async (albumId: string): Promise<void> => {
      try {
        while (!isLate() && !(await clear(albumId)));
      } catch (cause) {
        logger.error('clear-albums', { albumId, cause });
      }
    };

    let after: string | undefined;
    do {
      const page = await shelves.list({ after, limit: PAGE });
      for (const albumId of page.documents.flatMap(({ doc }) => doc.leaving)) await finish(albumId);
      // A page that leads to itself would never end.
      after = page.after === after ? undefined : page.after;
    } while (after !== undefined && !isLate());
    return { finished: !isLate() };
  };
}
