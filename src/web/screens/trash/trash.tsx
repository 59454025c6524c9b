import './trash.css';
import { Trash2 } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed, visit } from '../../state/bed.ts';
import { useStore } from '../../state/store.ts';
import { openTrash, readMoreTrash, type TrashedImage, trash } from '../../state/trash.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useTexts } from '../../texts/texts.ts';
import { EmptyTrash } from './empty-trash.tsx';
import { SelectedImages } from './selected-images.tsx';
import { TrashRow } from './trash-row.tsx';

/** What was removed and can come back. */
export function Trash() {
  const t = useTexts();
  const now = useStore(visit);
  const { state, images, error } = useStore(trash);
  useEffect(() => void openTrash(), []);
  if (!('me' in now)) return null;
  if (images.length === 0 && (state === 'loading' || state === 'unread')) return <Loading />;
  if (images.length === 0 && state === 'failed') return <Failure error={error} onRetry={() => void openTrash()} />;
  const hasOwn = images.some(({ ownerId }) => ownerId === now.me.userId);
  return (
    <div class="page stack">
      <header class="stack tight">
        <div class="row apart">
          <h1>{t.trash.title}</h1>
          {hasOwn && <EmptyTrash />}
        </div>
        <p class="soft">{t.trash.intro(now.health.bed.trashDays)}</p>
      </header>
      {images.length === 0 ? (
        <div class="empty">
          <Icon of={Trash2} />
          <h2>{t.trash.none}</h2>
          <p>{t.trash.noneHint}</p>
        </div>
      ) : (
        <Images images={images} />
      )}
    </div>
  );
}

function Images({ images }: { readonly images: readonly TrashedImage[] }) {
  const t = useTexts();
  const { state, next, error } = useStore(trash);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const nameOf = useNames();
  // What has gone meanwhile is chosen no more.
  const selected = images.filter(({ imageId }) => chosen.has(imageId));
  const choose = (imageId: string, isChosen: boolean): void =>
    setChosen(new Set([...selected.map((image) => image.imageId), imageId].filter((id) => isChosen || id !== imageId)));
  return (
    <section class="stack" aria-label={t.trash.list}>
      <SelectedImages
        selected={selected}
        all={images.length}
        onAll={(isAll) => setChosen(new Set(isAll ? images.map(({ imageId }) => imageId) : []))}
      />
      <ul class="trash-list">
        {images.map((image) => (
          <TrashRow
            key={image.imageId}
            image={image}
            owner={nameOf(image.ownerId)}
            isChosen={chosen.has(image.imageId)}
            onChoose={(isChosen) => choose(image.imageId, isChosen)}
          />
        ))}
      </ul>
      {state === 'failed' && <Wrong error={error} />}
      {next !== undefined && (
        <div>
          <Button label={t.do.more} disabled={state === 'loading'} onClick={() => void readMoreTrash()} />
        </div>
      )}
    </section>
  );
}

/** What the people are called whose images an admin sees beside those of one's own. */
function useNames(): (ownerId: string | undefined) => string | undefined {
  const now = useStore(visit);
  const me = 'me' in now ? now.me : undefined;
  const isAdmin = me?.role === 'admin';
  const [people] = useLoaded(async () => (isAdmin ? bed.auth.listUsers({ pageSize: 1000 }) : undefined), [isAdmin]);
  const users = people.state === 'ready' ? (people.value?.users ?? []) : [];
  return (ownerId) => (ownerId === me?.userId ? undefined : users.find(({ userId }) => userId === ownerId)?.name);
}
