import './picture.css';
import {
  ArrowLeft,
  ChevronLeft,
  ChevronRight,
  Download,
  FolderInput,
  Maximize,
  PencilLine,
  Trash2,
  ZoomIn,
  ZoomOut,
} from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';
import { BedError } from '../../../client/index.ts';
import type { RouteOutput } from '../../../contract/contract.ts';
import { fileNameOf } from '../../../naming/key.ts';
import { LINK_FORMATS, toLinks } from '../../../naming/link-format.ts';
import { BedImage } from '../../parts/bed-image.tsx';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Field, Form } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed } from '../../state/bed.ts';
import { forgetFound } from '../../state/found.ts';
import { removeImages } from '../../state/images.ts';
import { listing } from '../../state/listing.ts';
import { asked, go, goToInstead, place, toAskedHref, toHref } from '../../state/location.ts';
import { type Place, privateBuckets } from '../../state/private-images.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showBytes, showNumber, showTime, textsNow, useTexts } from '../../texts/texts.ts';
import { toFolder, useNeighbours } from './neighbours.ts';
import { Stage, type StageControl } from './stage.tsx';

/** So large an image may be and still be shown as it was stored, whatever the screen. */
const LIGHT_BYTES = 512 * 1024;

const toPictureHref = ({ bucketName, objectName }: Place, question: string | undefined): string =>
  toAskedHref(question, 'picture', bucketName, ...toParts(objectName));
const toParts = (objectName: string): readonly string[] => objectName.split('/');

/** An image as large as the window, with everything about it at its side. */
export function Picture() {
  const t = useTexts();
  const [, bucketName = '', ...parts] = useStore(place);
  const objectName = parts.join('/');
  const folder = toFolder(objectName);
  const [stat, again] = useLoaded(
    (signal) => bed.object.statObject({ bucketName, objectName }, { signal }),
    [bucketName, objectName],
  );
  const question = useStore(asked);
  const { previous, next } = useNeighbours({ bucketName, objectName }, question);
  const stage = useRef<StageControl>(null);
  const show = (image: Place | undefined): void => {
    if (image !== undefined) goToInstead(toPictureHref(image, question));
  };
  const leave = (): void => {
    if (question === undefined) go('library', bucketName, ...toParts(folder).filter((part) => part !== ''));
    else location.hash = toAskedHref(question, 'library');
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
      <div class="picture-stage">
        {stat.state === 'ready' && (
          <Stage
            key={objectName}
            control={stage}
            onSwipe={(direction) => show(direction < 0 ? next : previous)}
            hint={textsNow().picture.failed}
          >
            {(onFailure, isClose) => (
              <BedImage
                {...stat.value}
                place={{ bucketName, objectName }}
                preset={isClose || stat.value.size < LIGHT_BYTES ? undefined : 'large'}
                alt={fileNameOf(objectName)}
                isEager
                onFailure={onFailure}
              />
            )}
          </Stage>
        )}
        {stat.state === 'loading' && <Loading />}
        {stat.state === 'failed' && (
          <Failure error={stat.error} text={isMissing(stat.error) ? t.picture.missing : undefined} onRetry={again} />
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
      {stat.state !== 'failed' && (
        <aside class="picture-side stack" aria-label={t.do.details}>
          {stat.state === 'ready' && (
            <>
              <Deeds place={{ bucketName, objectName }} url={stat.value.url} onRemove={remove} />
              <Links place={{ bucketName, objectName }} stat={stat.value} />
              <Facts place={{ bucketName, objectName }} stat={stat.value} />
            </>
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
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isWriting =
        event.target instanceof Element && event.target.closest('input, textarea, select, dialog') !== null;
      if (isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
      now.current[event.key]?.();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

interface Placed {
  readonly place: { readonly bucketName: string; readonly objectName: string };
}

interface DeedsProps extends Placed {
  readonly url: string;
  readonly onRemove: () => void;
}

function Deeds({ place: at, url, onRemove }: DeedsProps) {
  const t = useTexts();
  const [doing, setDoing] = useState<'rename' | 'move'>();
  const isPrivate = useStore(privateBuckets).has(at.bucketName);
  return (
    <div class="row">
      <Button icon={PencilLine} label={t.do.rename} onClick={() => setDoing('rename')} />
      <Button icon={FolderInput} label={t.do.move} onClick={() => setDoing('move')} />
      {!isPrivate && (
        <a class="button" href={url} download={fileNameOf(at.objectName)} target="_blank" rel="noreferrer">
          <Icon of={Download} />
          {t.do.download}
        </a>
      )}
      <Button icon={Trash2} kind="danger" label={t.do.remove} onClick={onRemove} />
      {doing !== undefined && <Relocate place={at} doing={doing} onClose={() => setDoing(undefined)} />}
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
    listing.set({ ...listing.value, bucketName: '' });
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

interface LinksProps extends Placed {
  readonly stat: RouteOutput<'object/statObject'>;
}

function Links({ place: { bucketName, objectName }, stat: { url, code } }: LinksProps) {
  const t = useTexts();
  const [temporary, setTemporary] = useState<string>();
  const isPrivate = useStore(privateBuckets).has(bucketName);
  const make = useAction(async () => setTemporary(await bed.object.presignedGetObject({ bucketName, objectName })));
  const links = toLinks({ url: temporary ?? url, name: fileNameOf(objectName) });
  const rows = LINK_FORMATS.map((format) => [t.upload.formats[format], links[format]] as const);
  // Other sizes of a private image are for members only.
  if (code !== undefined && !isPrivate) {
    rows.push([t.picture.responsive, code.picture], [t.picture.miniProgram, code.miniProgram]);
  }
  return (
    <section class="stack tight" aria-label={t.picture.links}>
      <h2>{t.picture.links}</h2>
      {isPrivate && temporary === undefined && (
        <div class="note stack tight">
          <p>{t.picture.temporaryHint}</p>
          <div>
            <Button label={t.picture.makeTemporary} onClick={make.run} disabled={make.isBusy} />
          </div>
        </div>
      )}
      <Wrong error={make.failure} />
      <ul class="stack tight">
        {rows.map(([name, text]) => (
          <li key={name} class="row picture-link">
            <span class="small soft">{name}</span>
            <code class="cut grow">{text}</code>
            <CopyButton isBare kind="quiet" text={text} label={`${t.do.copy}: ${name}`} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ place: at, stat }: Placed & { readonly stat: RouteOutput<'object/statObject'> }) {
  const t = useTexts();
  const { metaData } = stat;
  const { width = metaData['width'], height = metaData['height'] } = stat;
  const original = metaData['original-name'] ?? metaData['originalname'];
  const facts: readonly (readonly [string, string | undefined])[] = [
    [t.picture.name, fileNameOf(at.objectName)],
    [t.picture.original, original],
    [t.picture.place, `${at.bucketName}/${toFolder(at.objectName)}`],
    [t.picture.size, showBytes(stat.size)],
    [
      t.picture.dimensions,
      width !== undefined && height !== undefined
        ? t.picture.pixels(showNumber(Number(width)), showNumber(Number(height)))
        : undefined,
    ],
    [t.picture.type, metaData['content-type']],
    [t.picture.time, showTime(stat.lastModified)],
  ];
  return (
    <section class="stack tight" aria-label={t.do.details}>
      <h2>{t.do.details}</h2>
      <dl class="picture-facts">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt class="soft small">{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <a
        class="small"
        href={toHref('library', at.bucketName, ...toParts(toFolder(at.objectName)).filter((part) => part !== ''))}
      >
        {t.library.title}
      </a>
    </section>
  );
}
