import { BookImage, CircleMinus, Image } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { fileNameOf } from '../../../naming/key.ts';
import { AddToAlbum } from '../../parts/add-to-album.tsx';
import { BatchBar } from '../../parts/batch-bar.tsx';
import { Button } from '../../parts/button.tsx';
import { DownloadZip } from '../../parts/download-zip.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Grid } from '../../parts/grid.tsx';
import { Icon } from '../../parts/icon.tsx';
import { KeyHelp } from '../../parts/key-help.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Look } from '../../parts/look.tsx';
import { TagSelected } from '../../parts/tag-selected.tsx';
import { type Album, albumsIn, wayTo } from '../../state/album-tree.ts';
import { albums, changeAlbum, mayChangeAlbum, takeOutOfAlbum } from '../../state/albums.ts';
import { findMore, found, idsOf, openFound, tagsOf } from '../../state/found.ts';
import { toAskedHref, toHref } from '../../state/location.ts';
import { toAlbumQuestion } from '../../state/question.ts';
import { type Selection, useSelection } from '../../state/selection.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { textsNow, useTexts } from '../../texts/texts.ts';
import { About } from './about.tsx';
import { Cards } from './cards.tsx';

interface AlbumProps {
  readonly album: Album;
}

/** An album: what lies in it, and its images. */
export function AlbumImages({ album }: AlbumProps) {
  const t = useTexts();
  const question = toAlbumQuestion(album.albumId);
  const { images } = useStore(found);
  const selection = useSelection(`?${question}`);
  const [isHelping, setHelping] = useState(false);
  useEffect(() => {
    document.title = t.title(album.name);
  }, [t, album.name]);
  return (
    <div class="library">
      <header class="library-head">
        <h1 class="only-read">{album.name}</h1>
        {selection.names.size > 0 ? (
          <BatchBar {...{ images, selection }}>
            <DownloadZip loadWanted={async () => ({ imageIds: idsOf(images, selection.names) })} />
            <AddToAlbum count={selection.names.size} loadIds={async () => idsOf(images, selection.names)} />
            <TagSelected
              count={selection.names.size}
              loadIds={async () => idsOf(images, selection.names)}
              known={tagsOf(images, selection.names)}
            />
            {mayChangeAlbum(album) && <Deeds {...{ album, selection }} />}
          </BatchBar>
        ) : (
          <div class="row grow">
            <Way album={album} />
            <Look />
          </div>
        )}
      </header>
      <Images {...{ album, question, selection }} onHelp={() => setHelping(true)} />
      {isHelping && <KeyHelp onClose={() => setHelping(false)} />}
    </div>
  );
}

/** The albums that it lies in. */
function Way({ album }: AlbumProps) {
  const t = useTexts();
  const { all } = useStore(albums);
  const way = wayTo(all, album.albumId);
  return (
    <nav aria-label={t.albums.path} class="row grow album-way">
      <a href={toHref('albums')}>{t.albums.title}</a>
      {way.map(({ albumId, name }) => (
        <>
          <span class="soft" aria-hidden="true">
            /
          </span>
          <a class="cut" href={toHref('albums', albumId)} aria-current={albumId === album.albumId ? 'page' : undefined}>
            {name}
          </a>
        </>
      ))}
    </nav>
  );
}

interface SelectedProps extends AlbumProps {
  readonly selection: Selection;
}

function takeOut({ album, selection }: SelectedProps, names: Iterable<string>): void {
  void takeOutOfAlbum(album, idsOf(found.value.images, new Set(names)));
  selection.clear();
}

async function cover({ album: { albumId }, selection }: SelectedProps): Promise<void> {
  const [coverId = ''] = idsOf(found.value.images, selection.names);
  try {
    await changeAlbum(albumId, { coverId });
    selection.clear();
    void tell(textsNow().albums.covered);
  } catch (error) {
    void tell(error instanceof Error ? error.message : textsNow().failed.sorry, { kind: 'failed' });
  }
}

/** What can be done with images because they are in it. */
function Deeds(props: SelectedProps) {
  const t = useTexts();
  const { names } = props.selection;
  return (
    <>
      {names.size === 1 && <Button icon={Image} label={t.albums.cover} onClick={() => void cover(props)} />}
      <Button icon={CircleMinus} label={t.albums.takeOut} onClick={() => takeOut(props, names)} />
    </>
  );
}

interface ImagesProps extends SelectedProps {
  readonly question: string;
  readonly onHelp: () => void;
}

function Images({ album, question, selection, onHelp }: ImagesProps) {
  const t = useTexts();
  const { all } = useStore(albums);
  const answer = useStore(found);
  const { images, state, error, next, total } = answer;
  // What was let go because it has changed is asked for again.
  useEffect(() => openFound(question), [question, answer.question]);
  if (answer.question !== question || (state === 'loading' && images.length === 0)) return <Loading />;
  if (state === 'failed' && images.length === 0) return <Failure error={error} onRetry={() => openFound(question)} />;
  const within = albumsIn(all, album.albumId);
  return (
    <Grid
      {...{ images, selection, onHelp }}
      placeOf={({ place }) => place}
      labelOf={({ title, place }) => title || fileNameOf(place.objectName)}
      onOpen={({ place }) => {
        location.hash = toAskedHref(question, 'picture', place.bucketName, ...place.objectName.split('/'));
      }}
      onRemove={(names) => mayChangeAlbum(album) && takeOut({ album, selection }, names)}
      loadIds={async (names) => idsOf(images, names)}
      reading={{ state, error, total, hasMore: next !== undefined, onMore: findMore }}
    >
      <About album={album} hasImages={images.length > 0} />
      <Cards label={t.albums.within} shown={within} />
      {images.length === 0 && (
        <div class="empty">
          <Icon of={BookImage} />
          <h2>{t.albums.empty}</h2>
          <p>{t.albums.emptyHint}</p>
          <a class="button" href={toHref('library')}>
            {t.albums.toLibrary}
          </a>
        </div>
      )}
    </Grid>
  );
}
