import { Trash2, Undo2 } from 'lucide';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { tell } from '../../state/toasts.ts';
import { restoreImages, type TrashedImage } from '../../state/trash.ts';
import { useAction } from '../../state/use-action.ts';
import { useTexts } from '../../texts/texts.ts';
import { Purge } from './purge.tsx';

interface SelectedImagesProps {
  readonly selected: readonly TrashedImage[];
  /** How many there are to select from. */
  readonly all: number;
  readonly onAll: (isAll: boolean) => void;
}

/** What can be done with several images in the trash. */
export function SelectedImages({ selected, all, onAll }: SelectedImagesProps) {
  const t = useTexts();
  const [purging, setPurging] = useState<readonly TrashedImage[]>();
  const { run, isBusy } = useAction(async () => {
    const { count, reason } = await restoreImages(selected);
    if (reason === undefined) void tell(t.trash.restored(count));
    else {
      const why = reason instanceof Error ? reason.message : t.failed.sorry;
      void tell(t.trash.restoredOf(count, selected.length, why), { kind: 'failed' });
    }
  });
  return (
    <div class="row trash-selected">
      <label class="check">
        <input
          type="checkbox"
          checked={selected.length === all}
          onChange={({ currentTarget }) => onAll(currentTarget.checked)}
        />
        {t.trash.all}
      </label>
      <span class="grow soft" role="status">
        {selected.length > 0 && t.trash.selected(selected.length)}
      </span>
      {selected.length > 0 && (
        <>
          <Button icon={Undo2} label={t.trash.restore} disabled={isBusy} onClick={run} />
          <Button kind="danger" icon={Trash2} label={t.trash.purge} onClick={() => setPurging(selected)} />
        </>
      )}
      {purging !== undefined && <Purge images={purging} onClose={() => setPurging(undefined)} />}
    </div>
  );
}
