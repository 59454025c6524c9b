import './add-to-album.css';
import { BookImage } from 'lucide';
import { useEffect, useId, useState } from 'preact/hooks';
import { BedError } from '../../client/index.ts';
import { type Album, toTree } from '../state/album-tree.ts';
import { addToAlbum, albums, makeAlbum, mayChangeAlbum, openAlbums } from '../state/albums.ts';
import { go } from '../state/location.ts';
import { useStore } from '../state/store.ts';
import { tell } from '../state/toasts.ts';
import { useAction } from '../state/use-action.ts';
import { textsNow, useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Wrong } from './failure.tsx';
import { Field, Form } from './field.tsx';

interface AddToAlbumProps {
  readonly count: number;
  /** Finds out which images they are. */
  readonly loadIds: () => Promise<readonly string[]>;
}

/** Puts images into an album, or into a new one. */
export function AddToAlbum(props: AddToAlbumProps) {
  const t = useTexts();
  const [isChoosing, setChoosing] = useState(false);
  return (
    <>
      <Button icon={BookImage} label={t.albums.add} onClick={() => setChoosing(true)} />
      {isChoosing && <ChooseAlbum {...props} onClose={() => setChoosing(false)} />}
    </>
  );
}

/** Stands for an album that is yet to be made. */
const NEW = '';

interface ChooseAlbumProps extends AddToAlbumProps {
  /** Whether a new one is chosen at first. */
  readonly isForNew?: boolean;
  readonly onClose: () => void;
}

/** Asks into which album. */
export function ChooseAlbum({ count, loadIds, isForNew, onClose }: ChooseAlbumProps) {
  const t = useTexts();
  const { state, all, error } = useStore(albums);
  const [chosen, setChosen] = useState(isForNew === true ? NEW : undefined);
  const [name, setName] = useState('');
  useEffect(() => void openAlbums(), []);
  const own = toTree(all).filter(({ album }) => mayChangeAlbum(album));
  const albumId = chosen ?? own[0]?.album.albumId ?? NEW;
  const { run, isBusy, failure } = useAction(async () => {
    const imageIds = await loadIds();
    if (imageIds.length === 0) throw new BedError('NoSuchKey', t.albums.unknown);
    const album = all.find((known) => known.albumId === albumId) ?? (await makeAlbum({ name }));
    // What is tried again goes into the one that was made.
    setChosen(album.albumId);
    const { added, reason } = await addToAlbum(album, imageIds);
    onClose();
    void tellAdded(album, { added, of: imageIds.length, reason });
  });
  return (
    <Dialog title={t.albums.addTitle(count)} onClose={onClose}>
      <Form onSubmit={run}>
        {state === 'failed' && <Wrong error={error} />}
        <Choices {...{ own, albumId }} onChoose={setChosen} />
        {albumId === NEW && (
          <Field
            label={t.albums.name}
            value={name}
            onInput={setName}
            isRequired
            hasFocus={own.length === 0 || isForNew === true}
          />
        )}
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.albums.add} disabled={isBusy || state === 'loading'} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}

interface Added {
  readonly added: number;
  readonly of: number;
  readonly reason: string | undefined;
}

async function tellAdded({ albumId, name }: Album, { added, of, reason }: Added): Promise<void> {
  const { albums: words, do: deeds } = textsNow();
  if (reason !== undefined) void tell(words.addedOf(added, of, reason), { kind: 'failed' });
  else if (await tell(words.added(added, name), { undo: deeds.open })) go('albums', albumId);
}

interface ChoicesProps {
  readonly own: ReturnType<typeof toTree>;
  readonly albumId: string;
  readonly onChoose: (albumId: string) => void;
}

function Choices({ own, albumId, onChoose }: ChoicesProps) {
  const t = useTexts();
  const id = useId();
  if (own.length === 0) return null;
  const all = [
    ...own.map(({ album, depth }) => ({ id: album.albumId, name: album.name, depth })),
    newOne(t.albums.newOne),
  ];
  return (
    <fieldset class="album-choices">
      <legend class="only-read">{t.albums.choose}</legend>
      {all.map((choice) => (
        <label key={choice.id} style={{ paddingInlineStart: `${12 + choice.depth * 20}px` }}>
          <input
            type="radio"
            name={id}
            checked={choice.id === albumId}
            onChange={() => onChoose(choice.id)}
            autofocus={choice.id === albumId}
          />
          <span class="cut">{choice.name}</span>
        </label>
      ))}
    </fieldset>
  );
}

const newOne = (name: string) => ({ id: NEW, name, depth: 0 });
