import { FolderInput, Link, Trash2, X } from 'lucide';
import { useState } from 'preact/hooks';
import { fileNameOf } from '../../../naming/key.ts';
import { toLinks } from '../../../naming/link-format.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Field, Form } from '../../parts/field.tsx';
import { copyText } from '../../state/clipboard.ts';
import { moveImages } from '../../state/images.ts';
import { listing, reopenListing } from '../../state/listing.ts';
import { settings } from '../../state/settings.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { textsNow, useTexts } from '../../texts/texts.ts';
import type { GridImage } from './grid-image.ts';
import type { Selection } from './selection.ts';

interface BatchBarProps {
  readonly images: readonly GridImage[];
  readonly selection: Selection;
  readonly onRemove: (names: readonly string[]) => void;
  /** The folder that they are all in; without one they are not moved. */
  readonly folder?: { readonly bucketName: string; readonly prefix: string };
}

/** Copies the links of what is selected, in the format that is remembered. */
export function copyLinks(images: readonly GridImage[], names: ReadonlySet<string>): void {
  const { linkFormat } = settings.value;
  const links = images.flatMap(({ name, url }) => {
    const shown = fileNameOf(name);
    return names.has(name) ? [toLinks({ url, name: shown })[linkFormat]] : [];
  });
  void copyText(links.join('\n'), textsNow().library.copiedLinks(links.length));
}

/** What can be done with what is selected. */
export function BatchBar({ images, selection, onRemove, folder }: BatchBarProps) {
  const t = useTexts();
  const [isMoving, setMoving] = useState(false);
  const { names } = selection;
  return (
    <div class="row grow batch-bar" role="toolbar" aria-label={t.library.selected(names.size)}>
      <Button isBare kind="quiet" icon={X} label={t.library.clear} onClick={selection.clear} />
      <strong class="grow" role="status">
        {t.library.selected(names.size)}
      </strong>
      <Button kind="quiet" label={t.library.selectAll} onClick={() => selection.set(images.map(({ name }) => name))} />
      <div class="row">
        <Button icon={Link} label={t.library.copyLinks} onClick={() => copyLinks(images, names)} />
        {folder && <Button icon={FolderInput} label={t.do.move} onClick={() => setMoving(true)} />}
        <Button
          kind="danger"
          icon={Trash2}
          label={t.do.remove}
          onClick={() => {
            selection.clear();
            onRemove([...names]);
          }}
        />
      </div>
      {isMoving && folder && (
        <MoveDialog
          {...folder}
          names={[...names]}
          onClose={() => setMoving(false)}
          onMoved={(left) => selection.set(left)}
        />
      )}
    </div>
  );
}

interface MoveDialogProps {
  readonly bucketName: string;
  readonly prefix: string;
  readonly names: readonly string[];
  readonly onClose: () => void;
  readonly onMoved: (left: readonly string[]) => void;
}

function MoveDialog({ bucketName, prefix, names, onClose, onMoved }: MoveDialogProps) {
  const t = useTexts();
  const { folders } = useStore(listing);
  const [folder, setFolder] = useState(prefix);
  const [done, setDone] = useState<number>();
  const [failure, setFailure] = useState<unknown>();
  const move = async (): Promise<void> => {
    setFailure(undefined);
    setDone(0);
    const { left, reason } = await moveImages({ bucketName, names, folder, onMoved: setDone });
    setDone(undefined);
    onMoved(left);
    if (left.length < names.length) {
      void tell(t.library.moved(names.length - left.length));
      reopenListing();
    }
    if (left.length === 0) onClose();
    else setFailure(reason);
  };
  return (
    <Dialog title={t.library.moveTitle(names.length)} onClose={done === undefined ? onClose : undefined}>
      <Form onSubmit={move}>
        <Field
          label={t.library.moveTo}
          hint={t.upload.folderHint}
          value={folder}
          onInput={setFolder}
          suggestions={folders}
          hasFocus
        />
        {done !== undefined && (
          <>
            <progress
              class="progress"
              max={names.length}
              value={done}
              aria-label={t.library.moving(done, names.length)}
            />
            <p class="small soft" role="status">
              {t.library.moving(done, names.length)}
            </p>
          </>
        )}
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.do.move} disabled={done !== undefined} />
          <Button label={t.do.cancel} onClick={onClose} disabled={done !== undefined} />
        </div>
      </Form>
    </Dialog>
  );
}
