import { Trash2 } from 'lucide';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { emptyTrash } from '../../state/trash.ts';
import { useTexts } from '../../texts/texts.ts';
import { ForGood } from './purge.tsx';

/** Removes for good what is one's own, however much that is. */
export function EmptyTrash() {
  const t = useTexts();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button kind="danger" icon={Trash2} label={t.trash.empty} onClick={() => setAsking(true)} />
      {isAsking && (
        <ForGood
          title={t.trash.empty}
          hint={t.trash.emptyHint}
          onRemove={emptyTrash}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
