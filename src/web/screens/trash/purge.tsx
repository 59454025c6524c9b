import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { tell } from '../../state/toasts.ts';
import { purgeImages, type TrashedImage } from '../../state/trash.ts';
import { useAction } from '../../state/use-action.ts';
import { useTexts } from '../../texts/texts.ts';

interface PurgeProps {
  readonly images: readonly TrashedImage[];
  readonly onClose: () => void;
}

/** Removes images for good. */
export function Purge({ images, onClose }: PurgeProps) {
  const t = useTexts();
  return (
    <ForGood
      title={t.trash.purgeTitle(images.length)}
      hint={t.trash.purgeHint}
      onRemove={() => purgeImages(images)}
      onClose={onClose}
    />
  );
}

interface ForGoodProps {
  readonly title: string;
  readonly hint: string;
  /** @returns how many were removed */
  readonly onRemove: () => Promise<number>;
  readonly onClose: () => void;
}

/** Asks whether to do what nothing takes back. */
export function ForGood({ title, hint, onRemove, onClose }: ForGoodProps) {
  const t = useTexts();
  const { run, isBusy, failure } = useAction(async () => {
    void tell(t.trash.purged(await onRemove()));
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{hint}</p>
      <Wrong error={failure} />
      <div class="row">
        <Button kind="danger main" label={t.trash.purge} disabled={isBusy} onClick={run} />
        <Button label={t.do.cancel} onClick={onClose} />
      </div>
    </Dialog>
  );
}
