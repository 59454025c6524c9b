import './library.css';
import { Folder, ImageOff, Keyboard, Search as SearchIcon } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
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
import { RemoveSelected } from '../../parts/remove-selected.tsx';
import { TagSelected } from '../../parts/tag-selected.tsx';
import { bed, hasLibrary, visit } from '../../state/bed.ts';
import { findImageIds } from '../../state/image-ids.ts';
import { removeImages } from '../../state/images.ts';
import { type ListedImage, listing, loadMore, openListing, reopenListing } from '../../state/listing.ts';
import { asked, go, goInstead, place, toAskedHref, toHref } from '../../state/location.ts';
import { type Selection, useSelection } from '../../state/selection.ts';
import { useStore } from '../../state/store.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useTexts } from '../../texts/texts.ts';
import { MoveImages } from './move-images.tsx';
import { Search } from './search.tsx';

/** The images of a folder, or what is found of all. */
export function Library() {
  const question = useStore(asked);
  return question === undefined ? <FolderImages /> : <Search question={question} />;
}

function FolderImages() {
  const t = useTexts();
  const [, bucketName, ...folder] = useStore(place);
  const now = useStore(visit);
  const listed = useStore(listing);
  const [filter, setFilter] = useState('');
  const [isHelping, setHelping] = useState(false);
  const prefix = folder.map((part) => `${part}/`).join('');
  useEffect(() => {
    if (bucketName !== undefined) openListing(bucketName, prefix);
    else if ('health' in now) goInstead('library', now.health.bed.defaultBucket);
    setFilter('');
  }, [bucketName, prefix]);
  const selection = useSelection(`${bucketName}/${prefix}`);
  const wanted = filter.trim().toLowerCase();
  const images =
    wanted === ''
      ? listed.images
      : listed.images.filter(({ name }) => name.slice(prefix.length).toLowerCase().includes(wanted));
  if (bucketName === undefined) return null;
  return (
    <div class="library">
      <header class="library-head">
        <h1 class="only-read">{t.library.title}</h1>
        {selection.names.size > 0 ? (
          <BatchBar {...{ images, selection }}>
            <MoveImages folder={{ bucketName, prefix }} selection={selection} />
            {hasLibrary() && (
              <DownloadZip
                count={selection.names.size}
                loadWanted={async () => ({ imageIds: await findImageIds(bucketName, [...selection.names]) })}
              />
            )}
            {hasLibrary() && (
              <AddToAlbum count={selection.names.size} loadIds={() => findImageIds(bucketName, [...selection.names])} />
            )}
            {hasLibrary() && (
              <TagSelected
                count={selection.names.size}
                loadIds={() => findImageIds(bucketName, [...selection.names])}
              />
            )}
            <RemoveSelected selection={selection} onRemove={(names) => void removeImages(bucketName, names)} />
          </BatchBar>
        ) : (
          <div class="row grow">
            <Path bucketName={bucketName} folder={folder} />
            <Look />
            <form
              class="row library-search"
              onSubmit={(event) => {
                event.preventDefault();
                location.hash = toAskedHref(filter.trim(), 'library');
              }}
            >
              <input
                type="search"
                class="input library-filter"
                placeholder={t.library.find}
                aria-label={t.library.filter}
                value={filter}
                onInput={({ currentTarget }) => setFilter(currentTarget.value)}
              />
              <Button isBare kind="quiet" type="submit" icon={SearchIcon} label={t.search.all} />
            </form>
            <span class="library-help">
              <Button isBare kind="quiet" icon={Keyboard} label={t.library.help} onClick={() => setHelping(true)} />
            </span>
          </div>
        )}
      </header>
      <Content
        {...{ bucketName, prefix, images, selection }}
        isFiltered={wanted !== ''}
        onHelp={() => setHelping(true)}
      />
      {isHelping && <KeyHelp onClose={() => setHelping(false)} />}
    </div>
  );
}

interface ContentProps {
  readonly bucketName: string;
  readonly prefix: string;
  readonly images: readonly ListedImage[];
  readonly selection: Selection;
  readonly isFiltered: boolean;
  readonly onHelp: () => void;
}

/** What is in the folder, or why it is not there. */
function Content({ bucketName, prefix, images, selection, isFiltered, onHelp }: ContentProps) {
  const listed = useStore(listing);
  const isMine = listed.bucketName === bucketName && listed.prefix === prefix;
  const isNew = listed.images.length === 0 && listed.folders.length === 0;
  if (!isMine || (listed.state === 'loading' && isNew)) return <Loading />;
  if (listed.state === 'failed' && isNew) {
    return <Failure error={listed.error} onRetry={() => openListing(bucketName, prefix)} />;
  }
  return (
    <Grid
      {...{ images, selection, onHelp }}
      placeOf={({ name }) => ({ bucketName, objectName: name })}
      labelOf={({ name }) => name.slice(prefix.length)}
      onOpen={({ name }) => go('picture', bucketName, ...name.split('/'))}
      onRemove={(names) => void removeImages(bucketName, names)}
      loadIds={hasLibrary() ? (names) => findImageIds(bucketName, [...names]) : undefined}
      reading={{ ...listed, hasMore: listed.next !== undefined && !isFiltered, onMore: loadMore }}
    >
      <Folders bucketName={bucketName} folders={listed.folders} prefix={prefix} />
      {images.length === 0 && <Nothing isFiltered={isFiltered} hasFolders={listed.folders.length > 0} />}
    </Grid>
  );
}

interface PathProps {
  readonly bucketName: string;
  readonly folder: readonly string[];
}

function Path({ bucketName, folder }: PathProps) {
  const t = useTexts();
  const [buckets] = useLoaded(() => bed.bucket.listBuckets({ pageSize: 1000 }), []);
  const names = buckets.state === 'ready' ? buckets.value.map(({ name }) => name) : [bucketName];
  return (
    <nav aria-label={t.library.path} class="row grow library-path">
      {names.length > 1 ? (
        <select
          class="input library-bucket"
          aria-label={t.library.bucket}
          value={bucketName}
          onChange={({ currentTarget }) => {
            location.hash = toHref('library', currentTarget.value);
          }}
        >
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      ) : null}
      <a href={toHref('library', bucketName)} aria-current={folder.length === 0 ? 'page' : undefined}>
        {names.length > 1 ? t.library.root : bucketName}
      </a>
      {folder.map((part, index) => (
        <>
          <span class="soft" aria-hidden="true">
            /
          </span>
          <a
            class="cut"
            href={toHref('library', bucketName, ...folder.slice(0, index + 1))}
            aria-current={index === folder.length - 1 ? 'page' : undefined}
          >
            {part}
          </a>
        </>
      ))}
    </nav>
  );
}

interface FoldersProps {
  readonly bucketName: string;
  readonly folders: readonly string[];
  readonly prefix: string;
}

function Folders({ bucketName, folders, prefix }: FoldersProps) {
  const t = useTexts();
  if (folders.length === 0) return null;
  return (
    <section aria-label={t.library.folders} class="library-folders">
      {folders.slice(0, 200).map((folder) => {
        const name = folder.slice(prefix.length, -1);
        return (
          <a key={folder} class="button" href={toHref('library', bucketName, ...folder.slice(0, -1).split('/'))}>
            <Icon of={Folder} />
            <span class="cut">{name}</span>
          </a>
        );
      })}
    </section>
  );
}

function Nothing({ isFiltered, hasFolders }: { readonly isFiltered: boolean; readonly hasFolders: boolean }) {
  const t = useTexts();
  if (hasFolders && !isFiltered) return null;
  return (
    <div class="empty">
      <Icon of={ImageOff} />
      <h2>{isFiltered ? t.library.noMatch : t.library.empty}</h2>
      {!isFiltered && (
        <p>
          {t.library.emptyHint} <a href={toHref('upload')}>{t.library.emptyAction}</a>
        </p>
      )}
      {!isFiltered && <Button label={t.do.refresh} kind="quiet" onClick={reopenListing} />}
    </div>
  );
}
