import './albums.css';
import { BookImage, Plus } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Loading } from '../../parts/loading.tsx';
import { albumsIn } from '../../state/album-tree.ts';
import { albums, openAlbums } from '../../state/albums.ts';
import { place } from '../../state/location.ts';
import { useStore } from '../../state/store.ts';
import { useTexts } from '../../texts/texts.ts';
import { AlbumForm } from './album-form.tsx';
import { AlbumImages } from './album-images.tsx';
import { Cards } from './cards.tsx';

/** All albums, or one of them. */
export function Albums() {
  const [, albumId] = useStore(place);
  const { state, all, error } = useStore(albums);
  const t = useTexts();
  useEffect(() => void openAlbums(), [albumId]);
  if (state === 'failed') return <Failure error={error} onRetry={() => void openAlbums()} />;
  if (state === 'loading') return <Loading />;
  if (albumId === undefined) return <Overview />;
  const album = all.find((known) => known.albumId === albumId);
  if (album !== undefined) return <AlbumImages key={albumId} album={album} />;
  return <p class="empty">{t.albums.missing}</p>;
}

function Overview() {
  const t = useTexts();
  const { all } = useStore(albums);
  const [isMaking, setMaking] = useState(false);
  const make = <Button kind="main" icon={Plus} label={t.albums.make} onClick={() => setMaking(true)} />;
  return (
    <div class="page stack">
      <header class="row apart">
        <h1>{t.albums.title}</h1>
        {all.length > 0 && make}
      </header>
      <Cards label={t.albums.title} shown={albumsIn(all, undefined)} />
      {all.length === 0 && (
        <div class="empty">
          <Icon of={BookImage} />
          <h2>{t.albums.none}</h2>
          <p>{t.albums.noneHint}</p>
          {make}
        </div>
      )}
      {isMaking && <AlbumForm onClose={() => setMaking(false)} />}
    </div>
  );
}
