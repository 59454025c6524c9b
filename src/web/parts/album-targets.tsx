import './album-targets.css';
import { BookImage, Plus } from 'lucide';
import { useEffect } from 'preact/hooks';
import { dropOnAlbum } from '../state/album-drop.ts';
import { type Album, toTree } from '../state/album-tree.ts';
import { albums, mayChangeAlbum, openAlbums } from '../state/albums.ts';
import { dragged, undecided } from '../state/dragged.ts';
import { useStore } from '../state/store.ts';
import { useTexts } from '../texts/texts.ts';
import { ChooseAlbum } from './add-to-album.tsx';
import { useDropTarget } from './drop-target.ts';
import { Icon } from './icon.tsx';

/** The albums that images can be dragged onto, as long as some are; by keys the same is “Add to an album”. */
export function AlbumTargets() {
  const images = useStore(dragged);
  const left = useStore(undecided);
  return (
    <>
      {images !== undefined && <Targets isAtEnd={images.isFromStart} />}
      {left !== undefined && <ChooseAlbum {...left} onClose={() => undecided.set(undefined)} />}
    </>
  );
}

/** At the other side of the window, so that nothing comes to lie under the pointer by itself. */
function Targets({ isAtEnd }: { readonly isAtEnd: boolean }) {
  const t = useTexts();
  const { all } = useStore(albums);
  useEffect(() => void openAlbums(), []);
  const other = useDropTarget((images) => undecided.set({ ...images, isForNew: true }));
  return (
    <aside class={`album-targets ${isAtEnd ? 'at-end' : ''}`} aria-label={t.albums.dragTo}>
      <h2>{t.albums.dragTo}</h2>
      {toTree(all)
        .filter(({ album }) => mayChangeAlbum(album))
        .map(({ album, depth }) => (
          <Target key={album.albumId} album={album} depth={depth} />
        ))}
      <div class={`album-target ${other.isOver ? 'over' : ''}`} {...other.handlers}>
        <Icon of={Plus} />
        <span class="cut">{t.albums.newOne}</span>
      </div>
    </aside>
  );
}

function Target({ album, depth }: { readonly album: Album; readonly depth: number }) {
  const { isOver, handlers } = useDropTarget((images) => void dropOnAlbum(album, images));
  return (
    <div
      class={`album-target ${isOver ? 'over' : ''}`}
      style={{ paddingInlineStart: `${12 + depth * 20}px` }}
      {...handlers}
    >
      <Icon of={BookImage} />
      <span class="cut">{album.name}</span>
    </div>
  );
}
