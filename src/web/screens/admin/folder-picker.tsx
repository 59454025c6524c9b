import { ChevronRight, Database, Folder } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed } from '../../state/bed.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useTexts } from '../../texts/texts.ts';

/** A folder of a bucket; the bucket itself where the prefix is empty. */
export interface Place {
  readonly bucketName: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
}

interface FolderPickerProps {
  readonly onPick: (place: Place) => void;
  readonly onClose: () => void;
}

/** Pages of a listing that are read for its folders before somebody is asked whether to go on. */
const PAGES = 3;
const PAGE_SIZE = 1000;

/** Goes through buckets and folders to one of them; a folder that is not there yet can be written. */
export function FolderPicker({ onPick, onClose }: FolderPickerProps) {
  const t = useTexts();
  const [place, setPlace] = useState<Place>();
  const [made, setMade] = useState('');
  const box = useRef<HTMLElement>(null);
  // What was chosen is gone, and the focus would go with it.
  useEffect(() => box.current?.focus(), [place]);
  const name = made.split('/').filter((part) => part.trim() !== '');
  const enter = (next: Place | undefined): void => {
    setMade('');
    setPlace(next);
  };
  const pick = (): void => {
    if (place !== undefined) onPick({ ...place, prefix: place.prefix + name.map((part) => `${part}/`).join('') });
  };
  return (
    <section
      ref={box}
      class="folder-picker stack tight"
      aria-label={t.admin.addGrant}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
        // It would send the form around it.
        event.preventDefault();
        pick();
      }}
    >
      <Way place={place} onEnter={enter} />
      {place === undefined ? (
        <Buckets onEnter={enter} />
      ) : (
        <>
          <Folders key={`${place.bucketName}/${place.prefix}`} place={place} onEnter={enter} />
          <Field label={t.admin.newFolder} hint={t.admin.newFolderHint} value={made} onInput={setMade} />
        </>
      )}
      <div class="row">
        {place !== undefined && <Button kind="main" label={t.admin.pickFolder} onClick={pick} />}
        <Button label={t.do.cancel} onClick={onClose} />
      </div>
    </section>
  );
}

interface WayProps {
  readonly place: Place | undefined;
  readonly onEnter: (place: Place | undefined) => void;
}

/** Where one is, and the way back. */
function Way({ place, onEnter }: WayProps) {
  const t = useTexts();
  const parts = place?.prefix.split('/').slice(0, -1) ?? [];
  const steps: readonly (readonly [string, Place | undefined])[] = [
    [t.admin.buckets, undefined],
    ...(place === undefined ? [] : [[place.bucketName, { ...place, prefix: '' }] as const]),
    ...parts.map((part, index) => {
      const prefix = `${parts.slice(0, index + 1).join('/')}/`;
      return [part, place && { ...place, prefix }] as const;
    }),
  ];
  return (
    <nav class="row" aria-label={t.library.path}>
      {steps.map(([label, to], index) => (
        <>
          {index > 0 && <Icon of={ChevronRight} />}
          <button
            type="button"
            class="folder-step"
            aria-current={index === steps.length - 1 ? 'page' : undefined}
            onClick={() => onEnter(to)}
          >
            {label}
          </button>
        </>
      ))}
    </nav>
  );
}

function Buckets({ onEnter }: { readonly onEnter: (place: Place) => void }) {
  const [buckets, again] = useLoaded(() => bed.bucket.listBuckets({ pageSize: 1000 }));
  if (buckets.state === 'loading') return <Loading />;
  if (buckets.state === 'failed') return <Failure error={buckets.error} onRetry={again} />;
  return (
    <ul class="folder-list">
      {buckets.value.map(({ name }) => (
        <li key={name}>
          <Button kind="quiet" icon={Database} label={name} onClick={() => onEnter({ bucketName: name, prefix: '' })} />
        </li>
      ))}
    </ul>
  );
}

function Folders({ place, onEnter }: { readonly place: Place; readonly onEnter: (place: Place) => void }) {
  const t = useTexts();
  const [pages, setPages] = useState(PAGES);
  const [found, again] = useLoaded((signal) => readFolders(place, pages, signal), [pages]);
  if (found.state === 'loading') return <Loading />;
  if (found.state === 'failed') return <Failure error={found.error} onRetry={again} />;
  const { folders, hasMore } = found.value;
  return (
    <>
      {folders.length === 0 && !hasMore && <p class="small soft">{t.admin.noFolders}</p>}
      <ul class="folder-list">
        {folders.map((prefix) => (
          <li key={prefix}>
            <Button
              kind="quiet"
              icon={Folder}
              label={prefix.slice(place.prefix.length, -1)}
              onClick={() => onEnter({ ...place, prefix })}
            />
          </li>
        ))}
      </ul>
      {hasMore && (
        <div>
          <Button label={t.do.more} onClick={() => setPages(pages + PAGES)} />
        </div>
      )}
    </>
  );
}

/** Folders come between the images of a listing. */
async function readFolders({ bucketName, prefix }: Place, pages: number, signal: AbortSignal) {
  const folders: string[] = [];
  let continuationToken: string | undefined = '';
  for (let page = 0; page < pages && continuationToken !== undefined; page += 1) {
    const input = { bucketName, prefix, pageSize: PAGE_SIZE, continuationToken, facts: false };
    const read: Awaited<ReturnType<typeof bed.object.listObjects>> = await bed.object.listObjects(input, { signal });
    folders.push(...read.lists.flatMap((entry) => ('prefix' in entry ? [entry.prefix] : [])));
    continuationToken = read.continuationToken;
  }
  return { folders, hasMore: continuationToken !== undefined };
}
