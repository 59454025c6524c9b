import { ArrowRight, ImageUp } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';
import { fileNameOf } from '../../../naming/key.ts';
import { BedImage } from '../../parts/bed-image.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Form } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Picker, toAccept } from '../../parts/picker.tsx';
import { visit } from '../../state/bed.ts';
import { takeDrops } from '../../state/drop-takers.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { type ReplacedImage, replaceImage } from '../../state/versions.ts';
import type { KnownImage } from '../../state/words.ts';
import { showBytes, showPercent, textsNow, useTexts } from '../../texts/texts.ts';

interface ReplaceProps {
  readonly image: KnownImage;
  readonly etag: string;
  /** What was dropped on the picture, where something was. */
  readonly first: File | undefined;
  readonly onReplaced: (replaced: ReplacedImage) => void;
  readonly onClose: () => void;
}

/** Hands on the one picture that was dropped, pasted or chosen. */
export const takeOne =
  (take: (file: File) => void) =>
  (files: readonly File[]): void => {
    const [file] = files;
    if (file !== undefined && files.length === 1) take(file);
    else void tell(textsNow().versions.onlyOne, { kind: 'failed' });
  };

/** Asks for another picture, shows it beside the one that is there, and puts it in its place. */
export function Replace({ image, etag, first, onReplaced, onClose }: ReplaceProps) {
  const t = useTexts();
  const [file, setFile] = useState(first);
  const [sent, setSent] = useState(0);
  const sending = useRef(new AbortController());
  const { run, isBusy, failure } = useAction(async () => {
    if (file === undefined) return;
    setSent(0);
    const { signal } = sending.current;
    const replaced = await replaceImage(image.imageId, file, { signal, onProgress: setSent });
    onClose();
    onReplaced(replaced);
  });
  const choose = takeOne((chosen) => {
    if (!isBusy) setFile(chosen);
  });
  // However it is left, nothing goes on behind it.
  useEffect(() => () => sending.current.abort(), []);
  useEffect(() => takeDrops({ text: t.versions.dropNow, isOver: () => true, take: choose }));
  return (
    <Dialog title={t.versions.title(fileNameOf(image.objectName))} onClose={onClose}>
      <Form onSubmit={run}>
        {file === undefined ? (
          <Zone onPick={choose} />
        ) : (
          <div class="picture-exchange">
            <figure class="stack tight">
              <div class="picture-small">
                <BedImage {...image} place={image} etag={etag} preset="small" alt={t.versions.before} />
              </div>
              <figcaption class="small soft">
                {t.versions.before} · {showBytes(image.size)}
              </figcaption>
            </figure>
            <Icon of={ArrowRight} />
            <LocalPicture file={file} />
          </div>
        )}
        <Hint />
        {isBusy && file !== undefined && <Progress share={sent / Math.max(file.size, 1)} />}
        <Wrong error={failure} />
        <div class="row">
          {file !== undefined && (
            <Button type="submit" kind="main" icon={ImageUp} label={t.versions.replace} disabled={isBusy} />
          )}
          {file !== undefined && !isBusy && <Choose label={t.versions.pickOther} onPick={choose} />}
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}

interface ChooseProps {
  readonly label: string;
  readonly isMain?: boolean;
  readonly onPick: (files: readonly File[]) => void;
}

function Choose(props: ChooseProps) {
  const now = useStore(visit);
  return 'health' in now ? (
    <Picker {...props} icon={ImageUp} isSingle accept={toAccept(now.health.bed.images)} />
  ) : null;
}

function Zone({ onPick }: Pick<ChooseProps, 'onPick'>) {
  const t = useTexts();
  return (
    <div class="picture-drop">
      <Icon of={ImageUp} />
      <p>{t.versions.drop}</p>
      <Choose isMain label={t.versions.pick} onPick={onPick} />
    </div>
  );
}

/** What becomes of the picture that is there. */
function Hint() {
  const t = useTexts();
  const now = useStore(visit);
  const days = 'health' in now ? now.health.bed.trashDays : 0;
  return (
    <p class="small soft">
      {days > 0 ? t.versions.kept(days) : t.versions.notKept} {t.versions.stays}
    </p>
  );
}

/** What is on this machine, where the browser knows its format. */
function LocalPicture({ file }: { readonly file: File }) {
  const t = useTexts();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <figure class="stack tight">
      <div class="picture-small">
        {url === undefined ? (
          <Icon of={ImageUp} />
        ) : (
          <img src={url} alt={t.versions.after} onError={() => setUrl(undefined)} />
        )}
      </div>
      <figcaption class="small soft">
        {t.versions.after} · {showBytes(file.size)}
        <span class="picture-file">{file.name}</span>
      </figcaption>
    </figure>
  );
}

function Progress({ share }: { readonly share: number }) {
  const t = useTexts();
  const text = share < 1 ? t.versions.sending(showPercent(Math.floor(share * 100) / 100)) : t.versions.finishing;
  return (
    <div class="stack tight">
      <p class="small soft" role="status">
        {text}
      </p>
      <progress class="progress" max={1} value={Math.min(share, 1)} aria-label={text} />
    </div>
  );
}
