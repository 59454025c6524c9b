import { Download, FolderInput, ImageUp, PencilLine, Share2, Trash2 } from 'lucide';
import { useState } from 'preact/hooks';
import { fileNameOf } from '../../../naming/key.ts';
import { AddToAlbum } from '../../parts/add-to-album.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Field, Form } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ShareDialog } from '../../parts/share-dialog.tsx';
import { bed } from '../../state/bed.ts';
import { forgetFound } from '../../state/found.ts';
import { forgetListing, listing } from '../../state/listing.ts';
import { asked, goToInstead } from '../../state/location.ts';
import { type Place, privateBuckets } from '../../state/private-images.ts';
import { toShareCalls } from '../../state/shares.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useTexts } from '../../texts/texts.ts';
import { toFolder, toPictureHref } from './neighbours.ts';

interface Placed {
  readonly place: Place;
}

interface DeedsProps extends Placed {
  /** Where the bed has noted it. */
  readonly imageId: string | undefined;
  readonly url: string;
  /** Absent where it is not one's own. */
  readonly onReplace: (() => void) | undefined;
  readonly onRemove: () => void;
}

/** What can be done with an image. */
export function Deeds({ place: at, imageId, url, onReplace, onRemove }: DeedsProps) {
  const t = useTexts();
  const [doing, setDoing] = useState<'rename' | 'move' | 'share'>();
  const isPrivate = useStore(privateBuckets).has(at.bucketName);
  const close = (): void => setDoing(undefined);
  return (
    <div class="row picture-deeds">
      {imageId !== undefined && <Button icon={Share2} label={t.shares.share} onClick={() => setDoing('share')} />}
      {!isPrivate && (
        <a class="button" href={url} download={fileNameOf(at.objectName)} target="_blank" rel="noreferrer">
          <Icon of={Download} />
          {t.do.download}
        </a>
      )}
      {imageId !== undefined && <AddToAlbum count={1} loadIds={async () => [imageId]} />}
      <Button icon={PencilLine} label={t.do.rename} onClick={() => setDoing('rename')} />
      <Button icon={FolderInput} label={t.do.move} onClick={() => setDoing('move')} />
      {onReplace && <Button icon={ImageUp} label={t.versions.replace} onClick={onReplace} />}
      <Button icon={Trash2} kind="danger" label={t.do.remove} onClick={onRemove} />
      {(doing === 'rename' || doing === 'move') && <Relocate place={at} doing={doing} onClose={close} />}
      {doing === 'share' && imageId !== undefined && (
        <ShareDialog name={fileNameOf(at.objectName)} calls={toShareCalls({ imageId })} onClose={close} />
      )}
    </div>
  );
}

interface RelocateProps extends Placed {
  readonly doing: 'rename' | 'move';
  readonly onClose: () => void;
}

function Relocate({ place: { bucketName, objectName }, doing, onClose }: RelocateProps) {
  const t = useTexts();
  const folder = toFolder(objectName);
  const [wanted, setWanted] = useState(doing === 'rename' ? fileNameOf(objectName) : folder);
  const { folders } = useStore(listing);
  const { run, isBusy, failure } = useAction(async () => {
    const clean = wanted.replace(/^\/+|\/+$/g, '');
    const target = clean === '' ? '' : `${clean}/`;
    const toObjectName = doing === 'rename' ? `${folder}${clean}` : `${target}${fileNameOf(objectName)}`;
    await bed.object.moveObject({ bucketName, objectName, toObjectName, onConflict: 'error' });
    void tell(doing === 'rename' ? t.picture.renamed : t.library.moved(1));
    forgetListing();
    forgetFound();
    onClose();
    goToInstead(toPictureHref({ bucketName, objectName: toObjectName }, asked.value));
  });
  return (
    <Dialog title={doing === 'rename' ? t.do.rename : t.do.move} onClose={onClose}>
      <Form onSubmit={run}>
        <Field
          label={doing === 'rename' ? t.picture.newName : t.library.moveTo}
          value={wanted}
          onInput={setWanted}
          isRequired={doing === 'rename'}
          hasFocus
          {...(doing === 'move' && { suggestions: folders, hint: t.upload.folderHint })}
        />
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={doing === 'rename' ? t.do.rename : t.do.move} disabled={isBusy} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}
