import { FolderInput } from 'lucide';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Field, Form } from '../../parts/field.tsx';
import { moveImages } from '../../state/images.ts';
import { listing, reopenListing } from '../../state/listing.ts';
import type { Selection } from '../../state/selection.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useTexts } from '../../texts/texts.ts';

interface MoveImagesProps {
  /** Where what is selected is. */
  readonly folder: { readonly bucketName: string; readonly prefix: string };
  readonly selection: Selection;
}

/** Moves what is selected of a folder into another. */
export function MoveImages({ folder, selection }: MoveImagesProps) {
  const t = useTexts();
  const [isMoving, setMoving] = useState(false);
  return (
    <>
      <Button icon={FolderInput} label={t.do.move} onClick={() => setMoving(true)} />
      {isMoving && (
        <MoveDialog
          {...folder}
          names={[...selection.names]}
          onClose={() => setMoving(false)}
          onMoved={(left) => selection.set(left)}
        />
      )}
    </>
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
