import { Trash2 } from 'lucide';
import type { Selection } from '../state/selection.ts';
import { useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';

interface RemoveSelectedProps {
  readonly selection: Selection;
  readonly onRemove: (names: readonly string[]) => void;
}

/** Removes what is selected. */
export function RemoveSelected({ selection, onRemove }: RemoveSelectedProps) {
  const t = useTexts();
  return (
    <Button
      kind="danger"
      icon={Trash2}
      label={t.do.remove}
      onClick={() => {
        selection.clear();
        onRemove([...selection.names]);
      }}
    />
  );
}
