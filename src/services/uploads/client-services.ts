import { type AlbumImages, createAlbumImages } from '../library/album-images.ts';
import { type Albums, createAlbums } from '../library/albums.ts';
import { type ClientUploads, createClientUploads } from './client-uploads.ts';
import { createDeleteCapabilities, type DeleteCapabilities } from './delete-capability.ts';
import { createExamineImage, type ExamineImage } from './examine-image.ts';

/** What upload clients need beside what everybody does. */
export interface ClientServices {
  readonly clientUploads: ClientUploads;
  readonly examineImage: ExamineImage;
  readonly deleteCapabilities: DeleteCapabilities;
  readonly albums: Albums;
  readonly albumImages: AlbumImages;
}

type Parts = Omit<
  Parameters<typeof createClientUploads>[0] &
    Parameters<typeof createAlbums>[0] &
    Parameters<typeof createAlbumImages>[0] &
    Parameters<typeof createDeleteCapabilities>[0],
  'albums' | 'deleteCapabilities'
>;

/** Builds them in one module, so that they are one file to load when the first client comes. */
export function createClientServices(parts: Parts): ClientServices {
  const deleteCapabilities = createDeleteCapabilities(parts);
  const albums = createAlbums(parts);
  return {
    albums,
    deleteCapabilities,
    albumImages: createAlbumImages({ ...parts, albums }),
    clientUploads: createClientUploads({ ...parts, albums, deleteCapabilities }),
    examineImage: createExamineImage(parts.receive, parts.maxBytes),
  };
}
