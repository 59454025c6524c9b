import { Tags } from 'lucide';
import { useState } from 'preact/hooks';
import { BedError } from '../../client/index.ts';
import { tell } from '../state/toasts.ts';
import { useAction } from '../state/use-action.ts';
import { tagImages } from '../state/words.ts';
import { useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Wrong } from './failure.tsx';
import { Form } from './field.tsx';
import { TagField } from './tag-field.tsx';

interface TagSelectedProps {
  readonly count: number;
  /** Finds out which images they are. */
  readonly loadIds: () => Promise<readonly string[]>;
  /** Tags that they have, as far as that is known. */
  readonly known?: readonly string[];
}

/** Tags several images, and takes tags from them. */
export function TagSelected(props: TagSelectedProps) {
  const t = useTexts();
  const [isTagging, setTagging] = useState(false);
  return (
    <>
      <Button icon={Tags} label={t.words.tag} onClick={() => setTagging(true)} />
      {isTagging && <Tagging {...props} onClose={() => setTagging(false)} />}
    </>
  );
}

function Tagging({ count, loadIds, known = [], onClose }: TagSelectedProps & { readonly onClose: () => void }) {
  const t = useTexts();
  const [added, setAdded] = useState<readonly string[]>([]);
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const { run, isBusy, failure } = useAction(async () => {
    const imageIds = await loadIds();
    if (imageIds.length === 0) throw new BedError('NoSuchKey', t.albums.unknown);
    const { changed, reason } = await tagImages(imageIds, { added, removed });
    if (reason === undefined) void tell(t.words.tagged(changed));
    else void tell(t.words.taggedOf(changed, imageIds.length, reason), { kind: 'failed' });
    onClose();
  });
  const isNothing = added.length + removed.length === 0;
  return (
    <Dialog title={t.words.tagTitle(count)} onClose={onClose}>
      <Form onSubmit={run}>
        <TagField label={t.words.add} tags={added} onChange={setAdded} suggestions={known} hasFocus />
        <TagField label={t.words.takeFrom} tags={removed} onChange={setRemoved} suggestions={known} />
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.do.save} disabled={isBusy || isNothing} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}
