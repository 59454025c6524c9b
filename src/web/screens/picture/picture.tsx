import './picture.css';
import { ArrowLeft, ChevronLeft, ChevronRight, Maximize, ZoomIn, ZoomOut } from 'lucide';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { BedError } from '../../../client/index.ts';
import { fileNameOf } from '../../../naming/key.ts';
import { BedImage } from '../../parts/bed-image.tsx';
import { Button } from '../../parts/button.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed, hasLibrary } from '../../state/bed.ts';
import { removeImages } from '../../state/images.ts';
import { asked, go, goToInstead, place, toAskedHref, toHref } from '../../state/location.ts';
import type { Place } from '../../state/private-images.ts';
import { parseQuestion, toAlbumQuestion } from '../../state/question.ts';
import { useStore } from '../../state/store.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { textsNow, useTexts } from '../../texts/texts.ts';
import { toFolder, toParts, toPictureHref, useNeighbours } from './neighbours.ts';
import { Side } from './side.tsx';
import { Stage, type StageControl } from './stage.tsx';

/** So large an image may be and still be shown as it was stored, whatever the screen. */
const LIGHT_BYTES = 512 * 1024;

/** What is told of an image: of its bytes and, where the bed keeps records, what is said of it. */
async function loadImage(at: Place, signal: AbortSignal) {
  const [stat, known] = await Promise.all([
    bed.object.statObject(at, { signal }),
    hasLibrary() ? bed.image.getImage.safe(at, { signal }) : undefined,
  ]);
  return { at, stat, known };
}

/** Where the answer to a question is shown: what is asked of an album alone, in that. */
function toQuestionHref(question: string): string {
  const { albumId } = parseQuestion(question);
  const isOfAlbum = albumId !== undefined && question === toAlbumQuestion(albumId);
  return isOfAlbum ? toHref('albums', albumId) : toAskedHref(question, 'library');
}

/** An image as large as the window, with everything about it at its side. */
export function Picture() {
  const t = useTexts();
  const [, bucketName = '', ...parts] = useStore(place);
  const objectName = parts.join('/');
  const folder = toFolder(objectName);
  const [told, again] = useLoaded((signal) => loadImage({ bucketName, objectName }, signal), [bucketName, objectName]);
  // While the next image is read there is the one before, about which nothing is to be done by mistake.
  const isBefore =
    told.state === 'ready' && (told.value.at.objectName !== objectName || told.value.at.bucketName !== bucketName);
  const question = useStore(asked);
  const { previous, next } = useNeighbours({ bucketName, objectName }, question);
  const stage = useRef<StageControl>(null);
  const frame = useRef<HTMLDivElement>(null);
  const show = (image: Place | undefined): void => {
    if (image !== undefined) goToInstead(toPictureHref(image, question));
  };
  const leave = (): void => {
    if (question === undefined) go('library', bucketName, ...toParts(folder).filter((part) => part !== ''));
    else location.hash = toQuestionHref(question);
  };
  const remove = (): void => {
    void removeImages(bucketName, [objectName]).then((became) => {
      if (became === 'kept' && next === undefined && previous === undefined) again();
    });
    if (next === undefined && previous === undefined) leave();
    else show(next ?? previous);
  };
  useKeys({
    ArrowLeft: () => show(previous),
    ArrowRight: () => show(next),
    Escape: leave,
    Delete: remove,
    '+': () => stage.current?.zoom(1.5),
    '=': () => stage.current?.zoom(1.5),
    '-': () => stage.current?.zoom(1 / 1.5),
    '0': () => stage.current?.fit(),
  });
  return (
    <div class="picture">
      <div class="picture-bar row">
        <Button isBare kind="quiet" icon={ArrowLeft} label={t.do.back} onClick={leave} />
        <h1 class="cut grow">{fileNameOf(objectName)}</h1>
        <Button
          isBare
          kind="quiet"
          icon={ZoomOut}
          label={t.picture.zoomOut}
          onClick={() => stage.current?.zoom(1 / 1.5)}
        />
        <Button isBare kind="quiet" icon={ZoomIn} label={t.picture.zoomIn} onClick={() => stage.current?.zoom(1.5)} />
        <Button isBare kind="quiet" icon={Maximize} label={t.picture.fit} onClick={() => stage.current?.fit()} />
      </div>
      <div ref={frame} class="picture-stage">
        {told.state === 'ready' && (
          <Stage
            key={`${told.value.at.objectName} ${told.value.stat.etag}`}
            control={stage}
            onSwipe={(direction) => show(direction < 0 ? next : previous)}
            hint={textsNow().picture.failed}
          >
            {(onFailure, isClose) => (
              <BedImage
                {...told.value.stat}
                place={told.value.at}
                preset={isClose || told.value.stat.size < LIGHT_BYTES ? undefined : 'large'}
                alt={fileNameOf(told.value.at.objectName)}
                isEager
                onFailure={onFailure}
              />
            )}
          </Stage>
        )}
        {told.state === 'loading' && <Loading />}
        {told.state === 'failed' && (
          <Failure error={told.error} text={isMissing(told.error) ? t.picture.missing : undefined} onRetry={again} />
        )}
        <div class="picture-turn">
          <Button
            isBare
            icon={ChevronLeft}
            label={t.picture.previous}
            disabled={!previous}
            onClick={() => show(previous)}
          />
          <Button isBare icon={ChevronRight} label={t.picture.next} disabled={!next} onClick={() => show(next)} />
        </div>
      </div>
      {told.state !== 'failed' && (
        <aside class="picture-side stack" aria-label={t.do.details} inert={isBefore}>
          {told.state === 'ready' && (
            <Side
              {...told.value}
              key={`${told.value.at.bucketName}/${told.value.at.objectName}`}
              stage={frame}
              onRemove={remove}
              onChange={again}
            />
          )}
        </aside>
      )}
    </div>
  );
}

const isMissing = (error: unknown): boolean => error instanceof BedError && error.code === 'NoSuchKey';

/** Keys of the whole screen, but for what somebody writes and for dialogs. */
function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const now = useRef(keys);
  now.current = keys;
  // Before it is painted: who sees the screen may press them.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      // Of an open dialog nothing may have the focus, such as while what it was on is busy.
      const isAsked = document.querySelector('dialog[open]') !== null;
      const isWriting = event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
      if (isAsked || isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
      now.current[event.key]?.();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
