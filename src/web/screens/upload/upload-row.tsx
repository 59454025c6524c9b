import { Pause, Play, RotateCw, X } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { UploadItem } from '../../../client/index.ts';
import { type LinkFormat, toLinks } from '../../../naming/link-format.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { visit } from '../../state/bed.ts';
import { toHref } from '../../state/location.ts';
import { pause, remove, resume } from '../../state/queue.ts';
import { useStore } from '../../state/store.ts';
import { showBytes, useTexts } from '../../texts/texts.ts';
import { useSpeed } from './speed.ts';

interface UploadRowProps {
  readonly item: UploadItem;
  readonly linkFormat: LinkFormat;
}

/** An image of the queue: what becomes of it, and its link when it is there. */
export function UploadRow({ item, linkFormat }: UploadRowProps) {
  const { id, name, state, error, result } = item;
  const link = result === undefined ? undefined : toLinks({ url: result.url, name })[linkFormat];
  return (
    <li class="upload-row" data-state={state}>
      <LocalImage source={item.source} />
      <div class="grow stack tight">
        <div class="row apart">
          <strong class="cut grow" title={name}>
            {name}
          </strong>
          <Doing item={item} />
        </div>
        {state === 'running' && <Bar item={item} />}
        {link !== undefined && <code class="cut link">{link}</code>}
        {result !== undefined && <Told item={item} />}
        {error !== undefined && state !== 'running' && (
          <p class={`small ${state === 'failed' ? 'bad' : 'soft'}`} role={state === 'failed' ? 'alert' : undefined}>
            <Reason error={error} />
          </p>
        )}
      </div>
      <Actions id={id} state={state} name={name} link={link} />
    </li>
  );
}

/** Of a store that does not answer a browser hides why; mostly it was not told to let the page in. */
function Reason({ error }: { readonly error: NonNullable<UploadItem['error']> }) {
  const t = useTexts();
  const visited = useStore(visit);
  const { origin } = error.details;
  if (error.code !== 'Unreachable' || typeof origin !== 'string' || origin === location.origin) return error.message;
  const isAdmin = 'me' in visited && visited.me.role === 'admin';
  return (
    <>
      {t.upload.storeSilent(origin)}{' '}
      {isAdmin ? <a href={toHref('admin', 'buckets')}>{t.upload.letIn}</a> : t.upload.askAdmin}
    </>
  );
}

interface ActionsProps {
  readonly id: string;
  readonly state: UploadItem['state'];
  readonly name: string;
  readonly link: string | undefined;
}

function Actions({ id, state, name, link }: ActionsProps) {
  const t = useTexts();
  const of = (label: string): string => `${label}: ${name}`;
  return (
    <div class="row">
      {link !== undefined && <CopyButton text={link} kind="main" />}
      {(state === 'running' || state === 'waiting') && (
        <Button isBare kind="quiet" icon={Pause} label={of(t.upload.pause)} onClick={() => pause(id)} />
      )}
      {state === 'paused' && (
        <Button isBare kind="quiet" icon={Play} label={of(t.upload.resume)} onClick={() => resume(id)} />
      )}
      {state === 'failed' && (
        <Button isBare kind="quiet" icon={RotateCw} label={of(t.do.retry)} onClick={() => resume(id)} />
      )}
      <Button
        isBare
        kind="quiet"
        icon={X}
        label={of(state === 'done' ? t.do.close : t.do.cancel)}
        onClick={() => remove(id)}
      />
    </div>
  );
}

/** What it is doing, in a word and in numbers. */
function Doing({ item: { state, progress, size, result } }: { readonly item: UploadItem }) {
  const t = useTexts();
  const speed = useSpeed(state === 'running' && progress?.phase === 'sending' ? progress.bytes : undefined);
  const word = state === 'running' ? t.upload.state[progress?.phase ?? 'hashing'] : t.upload.state[state];
  return (
    <span class="soft small numbers">
      {word} · {showBytes(result?.size ?? size)}
      {speed > 0 && ` · ${showBytes(speed)}/s`}
    </span>
  );
}

function Bar({ item: { progress, name } }: { readonly item: UploadItem }) {
  const share = progress === undefined || progress.totalBytes === 0 ? 0 : progress.bytes / progress.totalBytes;
  return <progress class="progress" max={1} value={share} aria-label={name} />;
}

/** What was found and what was taken out. */
function Told({ item: { result } }: { readonly item: UploadItem }) {
  const t = useTexts();
  if (result === undefined) return null;
  const { removed = [], savedBytes = 0, existed, bucketName, objectName } = result;
  const parts = removed.map((part) => t.upload.parts[part]).join(t.list);
  return (
    <p class="soft small">
      <a href={toHref('picture', bucketName, ...objectName.split('/'))}>{t.do.open}</a>
      {existed && ` · ${t.upload.existed}`}
      {removed.length > 0 &&
        ` · ${savedBytes > 0 ? t.upload.removed(parts, showBytes(savedBytes)) : t.upload.removedOnly(parts)}`}
    </p>
  );
}

/** A small look at what is on this machine; made only for rows that are seen. */
function LocalImage({ source }: { readonly source: UploadItem['source'] }) {
  const box = useRef<HTMLDivElement>(null);
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!(source instanceof Blob) || box.current === null) return undefined;
    let made: string | undefined;
    const watch = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting !== true) return;
      watch.disconnect();
      made = URL.createObjectURL(source);
      setUrl(made);
    });
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [source]);
  return (
    <div ref={box} class="thumb">
      {url !== undefined && (
        <img src={url} alt="" width={48} height={48} decoding="async" onError={() => setUrl(undefined)} />
      )}
    </div>
  );
}
