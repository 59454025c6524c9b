import { BookImage } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';
import { createLimit } from '../../../concurrency/limit.ts';
import { BedImage } from '../../parts/bed-image.tsx';
import { useDropTarget } from '../../parts/drop-target.ts';
import { Icon } from '../../parts/icon.tsx';
import { dropOnAlbum } from '../../state/album-drop.ts';
import type { Album } from '../../state/album-tree.ts';
import { albumChanges, mayChangeAlbum } from '../../state/albums.ts';
import { bed } from '../../state/bed.ts';
import { toHref } from '../../state/location.ts';
import { useStore } from '../../state/store.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useTexts } from '../../texts/texts.ts';

/** Covers that are asked for at the same time. */
const enter = createLimit({ concurrent: 4 });

/** What an album is shown by: its cover, or else the newest of its images; and how many there are. */
const loadCover = ({ albumId, coverId }: Album, signal: AbortSignal) =>
  enter(async () => {
    signal.throwIfAborted();
    const [{ total = 0, isExact = false, images }, cover] = await Promise.all([
      bed.image.search({ albumId, pageSize: 1 }, { signal }),
      coverId === undefined ? undefined : bed.image.getImage.safe({ imageId: coverId }, { signal }),
    ]);
    return { total, isExact, image: cover?.ok === true ? cover.data : images[0] };
  });

interface CardsProps {
  readonly label: string;
  readonly shown: readonly Album[];
}

/** Albums beside each other. */
export function Cards({ label, shown }: CardsProps) {
  if (shown.length === 0) return null;
  return (
    <ul class="album-cards" aria-label={label}>
      {shown.map((album) => (
        <li key={album.albumId}>
          <Card album={album} />
        </li>
      ))}
    </ul>
  );
}

function Card({ album }: { readonly album: Album }) {
  const t = useTexts();
  const { albumId, name, coverId, updatedAt } = album;
  const link = useRef<HTMLAnchorElement>(null);
  const isSeen = useSeen(link);
  const [cover] = useLoaded(
    async (signal) => (isSeen ? loadCover(album, signal) : undefined),
    [isSeen, coverId, updatedAt, useStore(albumChanges).get(albumId)],
  );
  const { isOver, handlers } = useDropTarget((images) => void dropOnAlbum(album, images));
  const isOwn = mayChangeAlbum(album);
  const shown = cover.state === 'ready' ? cover.value : undefined;
  return (
    <a
      ref={link}
      class={`album-card ${isOver ? 'over' : ''}`}
      href={toHref('albums', albumId)}
      draggable={false}
      {...(isOwn && handlers)}
    >
      <span class="album-cover">
        {shown?.image === undefined ? (
          <Icon of={BookImage} />
        ) : (
          <BedImage
            key={shown.image.imageId}
            {...shown.image}
            place={shown.image}
            etag={String(Date.parse(shown.image.updatedAt))}
            preset="small"
            alt=""
          />
        )}
      </span>
      <span class="cut album-name">{name}</span>
      <span class="row small soft">
        <span>{shown === undefined ? '\u00a0' : t.albums.count(shown.total, shown.isExact)}</span>
        {!isOwn && <span class="badge">{t.albums.theirs}</span>}
      </span>
    </a>
  );
}

/** Whether it has been near the window. */
function useSeen(element: { readonly current: HTMLElement | null }): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (element.current === null) return undefined;
    const watch = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        setSeen(true);
        watch.disconnect();
      },
      { rootMargin: '300px' },
    );
    watch.observe(element.current);
    return () => watch.disconnect();
  }, []);
  return isSeen;
}
