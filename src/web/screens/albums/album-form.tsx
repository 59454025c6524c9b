import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Choice, Field, Form } from '../../parts/field.tsx';
import { type Album, toTree, wayTo } from '../../state/album-tree.ts';
import { albums, changeAlbum, makeAlbum } from '../../state/albums.ts';
import { go } from '../../state/location.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useTexts } from '../../texts/texts.ts';

interface AlbumFormProps {
  /** The one that is changed; without it one is made. */
  readonly album?: Album;
  /** What a new one lies in. */
  readonly parentId?: string;
  readonly onClose: () => void;
}

/** What an album is called, what there is to say of it and, of one that is there, where it lies. */
export function AlbumForm({ album, parentId, onClose }: AlbumFormProps) {
  const t = useTexts();
  const [name, setName] = useState(album?.name ?? '');
  const [description, setDescription] = useState(album?.description ?? '');
  const [within, setWithin] = useState(album?.parentId ?? parentId ?? '');
  const { run, isBusy, failure } = useAction(async () => {
    if (album === undefined) go('albums', (await makeAlbum({ name, description, parentId })).albumId);
    else {
      await changeAlbum(album.albumId, { name, description, parentId: within });
      void tell(t.words.saved);
    }
    onClose();
  });
  const title = album !== undefined ? t.albums.edit : parentId === undefined ? t.albums.make : t.albums.makeIn;
  return (
    <Dialog title={title} onClose={onClose}>
      <Form onSubmit={run}>
        <Field label={t.albums.name} value={name} onInput={setName} isRequired hasFocus />
        <Field isLong label={t.albums.description} value={description} onInput={setDescription} />
        {album !== undefined && <Within album={album} value={within} onChange={setWithin} />}
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.do.save} disabled={isBusy} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}

interface WithinProps {
  readonly album: Album;
  readonly value: string;
  readonly onChange: (parentId: string) => void;
}

/** Where an album can lie: in none, or in another of the same person that does not lie in it. */
function Within({ album, value, onChange }: WithinProps) {
  const t = useTexts();
  const { all } = useStore(albums);
  const possible = toTree(all).filter(
    ({ album: other }) =>
      other.ownerId === album.ownerId && !wayTo(all, other.albumId).some(({ albumId }) => albumId === album.albumId),
  );
  const options = possible.map(
    ({ album: { albumId, name }, depth }) => [albumId, `${'\u2003'.repeat(depth)}${name}`] as const,
  );
  return (
    <Choice label={t.albums.parent} value={value} options={[['', t.albums.top], ...options]} onChange={onChange} />
  );
}
