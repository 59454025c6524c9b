import { Image, Trash2, Undo2 } from 'lucide';
import { useState } from 'preact/hooks';
import { fileNameOf } from '../../../naming/key.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Field, Form } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { go } from '../../state/location.ts';
import { tell } from '../../state/toasts.ts';
import { daysLeft, freeName, restoreImage, type TrashedImage } from '../../state/trash.ts';
import { useAction } from '../../state/use-action.ts';
import { showBytes, showTime, textsNow, useTexts } from '../../texts/texts.ts';
import { Purge } from './purge.tsx';

interface TrashRowProps {
  readonly image: TrashedImage;
  /** Whose it is, where it is somebody else's. */
  readonly owner: string | undefined;
  readonly isChosen: boolean;
  readonly onChoose: (isChosen: boolean) => void;
}

async function tellRestored({ bucketName, objectName }: Awaited<ReturnType<typeof restoreImage>>): Promise<void> {
  const { trash, do: deeds } = textsNow();
  if (await tell(trash.restored(1), { undo: deeds.open })) go('picture', bucketName, ...objectName.split('/'));
}

/** An image in the trash: what it was, how long it can come back, and what brings it back. */
export function TrashRow({ image, owner, isChosen, onChoose }: TrashRowProps) {
  const t = useTexts();
  const whenOf = image.versionOf === undefined ? t.trash.removedAt : t.trash.replacedAt;
  const [isPurging, setPurging] = useState(false);
  const [free, setFree] = useState<string>();
  const { run, isBusy, failure } = useAction(async () => {
    try {
      void tellRestored(await restoreImage(image));
    } catch (error) {
      const name = freeName(error);
      if (name === undefined) throw error;
      setFree(name || image.objectName);
    }
  });
  const name = fileNameOf(image.objectName);
  return (
    <li class="trash-row">
      <label class="trash-name">
        <input type="checkbox" checked={isChosen} onChange={({ currentTarget }) => onChoose(currentTarget.checked)} />
        <Icon of={Image} />
        <span class="stack trash-words">
          <span class="trash-file">{name}</span>
          <span class="small soft trash-facts">
            <span>
              {image.bucketName}/{image.objectName.slice(0, -name.length)}
            </span>
            <span>{showBytes(image.size)}</span>
            <span>{whenOf(showTime(image.removedAt))}</span>
            {owner !== undefined && <span>{owner}</span>}
          </span>
        </span>
      </label>
      <span class="badge">{t.trash.daysLeft(daysLeft(image, Date.now()))}</span>
      <div class="row trash-deeds">
        <Button icon={Undo2} label={t.trash.restore} name={t.trash.restoreOne(name)} disabled={isBusy} onClick={run} />
        <Button
          kind="danger"
          icon={Trash2}
          label={t.trash.purge}
          name={t.trash.purgeOne(name)}
          onClick={() => setPurging(true)}
        />
      </div>
      {failure !== undefined && <Wrong error={failure} />}
      {isPurging && <Purge images={[image]} onClose={() => setPurging(false)} />}
      {free !== undefined && <RestoreAs image={image} free={free} onClose={() => setFree(undefined)} />}
    </li>
  );
}

interface RestoreAsProps {
  readonly image: TrashedImage;
  readonly free: string;
  readonly onClose: () => void;
}

/** Asks for another name, since another image has its own. */
function RestoreAs({ image, free, onClose }: RestoreAsProps) {
  const t = useTexts();
  const [name, setName] = useState(free);
  const { run, isBusy, failure } = useAction(async () => {
    void tellRestored(await restoreImage(image, name));
    onClose();
  });
  return (
    <Dialog title={t.trash.taken} onClose={onClose}>
      <Form onSubmit={run}>
        <Field label={t.trash.restoreAs} value={name} onInput={setName} isRequired hasFocus />
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.trash.restore} disabled={isBusy} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}
