import { FolderPlus, PencilLine, Share2, Trash2 } from 'lucide';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { DownloadZip } from '../../parts/download-zip.tsx';
import { ShareDialog } from '../../parts/share-dialog.tsx';
import type { Album } from '../../state/album-tree.ts';
import { mayChangeAlbum, removeAlbum } from '../../state/albums.ts';
import { go } from '../../state/location.ts';
import { toShareCalls } from '../../state/shares.ts';
import { useTexts } from '../../texts/texts.ts';
import { AlbumForm } from './album-form.tsx';

interface AboutProps {
  readonly album: Album;
  readonly hasImages: boolean;
}

/** What there is to say of an album, and what can be done with it. */
export function About({ album, hasImages }: AboutProps) {
  const t = useTexts();
  const { albumId, description } = album;
  const isOwn = mayChangeAlbum(album);
  return (
    <section aria-label={t.albums.actions} class="stack tight album-about">
      {description !== '' && <p class="album-description">{description}</p>}
      <div class="row">
        {hasImages && <DownloadZip label={t.zip.album} loadWanted={async () => ({ albumId })} />}
        {isOwn && <Changes album={album} />}
      </div>
    </section>
  );
}

/** What whoever made it, or an admin, can do with it. */
function Changes({ album }: { readonly album: Album }) {
  const t = useTexts();
  const [doing, setDoing] = useState<'share' | 'make' | 'edit'>();
  const { albumId, name, parentId } = album;
  const close = (): void => setDoing(undefined);
  return (
    <>
      <Button icon={Share2} label={t.shares.share} onClick={() => setDoing('share')} />
      <Button icon={FolderPlus} label={t.albums.makeIn} onClick={() => setDoing('make')} />
      <Button icon={PencilLine} label={t.albums.edit} onClick={() => setDoing('edit')} />
      <Button
        kind="danger"
        icon={Trash2}
        label={t.albums.remove}
        onClick={() => {
          void removeAlbum(album);
          go('albums', ...(parentId === undefined ? [] : [parentId]));
        }}
      />
      {doing === 'share' && <ShareDialog name={name} calls={toShareCalls({ albumId })} onClose={close} />}
      {doing === 'make' && <AlbumForm parentId={albumId} onClose={close} />}
      {doing === 'edit' && <AlbumForm album={album} onClose={close} />}
    </>
  );
}
