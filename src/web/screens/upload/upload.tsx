import './upload.css';
import { Camera, FolderUp, ImagePlus } from 'lucide';
import { useEffect, useId } from 'preact/hooks';
import { LINK_FORMATS, type LinkFormat, toLinks } from '../../../naming/link-format.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Choice, Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Picker, toAccept } from '../../parts/picker.tsx';
import { type Health, imageNames, visit } from '../../state/bed.ts';
import { clearHistory, openHistory, uploadHistory } from '../../state/history.ts';
import { clearDone, pause, queue, resume } from '../../state/queue.ts';
import { receiveFiles } from '../../state/receive-files.ts';
import { setSettings, settings } from '../../state/settings.ts';
import { takeShared } from '../../state/shared.ts';
import { useStore } from '../../state/store.ts';
import { showBytes, showPercent, useTexts } from '../../texts/texts.ts';
import { Comparison } from './comparison.tsx';
import { HistoryRow } from './history-row.tsx';
import { UploadRow } from './upload-row.tsx';

/** Where images come in. */
export function Upload() {
  const t = useTexts();
  const now = useStore(visit);
  useEffect(() => {
    void takeShared().then((files) => (files.length > 0 ? receiveFiles(files) : undefined));
  }, []);
  if (!('me' in now)) return null;
  return (
    <div class="page stack">
      <h1>{t.upload.title}</h1>
      <div class="upload">
        <div class="stack">
          <Zone images={now.health.bed.images} />
          <Uploads />
          <History userId={now.me.userId} />
        </div>
        <Options />
      </div>
    </div>
  );
}

function Zone({ images }: { readonly images: Health['bed']['images'] }) {
  const t = useTexts();
  const picker = { accept: toAccept(images), onPick: (files: readonly File[]) => void receiveFiles(files) };
  return (
    <section class="zone" aria-label={t.upload.title}>
      <Icon of={ImagePlus} />
      <h2>{t.upload.drop}</h2>
      <p class="soft">{t.upload.or}</p>
      <div class="row">
        <Picker label={t.upload.pick} icon={ImagePlus} {...picker} isMain />
        <Picker label={t.upload.pickFolder} icon={FolderUp} {...picker} isFolder />
        <Picker label={t.upload.camera} icon={Camera} {...picker} accept="image/*" isCamera />
      </div>
      <p class="soft small">{t.upload.accepts(imageNames(images.contentTypes), showBytes(images.maxBytes))}</p>
    </section>
  );
}

/** Every format by its name. */
export function useLinkFormats(): readonly (readonly [LinkFormat, string])[] {
  const t = useTexts();
  return LINK_FORMATS.map((format) => [format, t.upload.formats[format]]);
}

function Options() {
  const t = useTexts();
  const { linkFormat, folder, quality } = useStore(settings);
  const id = useId();
  return (
    <aside class="card stack" aria-label={t.do.details}>
      <Choice
        label={t.upload.format}
        value={linkFormat}
        options={useLinkFormats()}
        onChange={(chosen) => setSettings({ linkFormat: chosen })}
      />
      <Field
        label={t.upload.folder}
        value={folder}
        hint={t.upload.folderHint}
        onInput={(chosen) => setSettings({ folder: chosen })}
      />
      <div class="field">
        <label for={id}>{t.upload.quality}</label>
        <input
          id={id}
          type="range"
          min={0}
          max={100}
          step={5}
          value={quality}
          aria-valuetext={quality === 0 ? t.upload.qualityOff : t.upload.qualityOn(showPercent(quality / 100))}
          onInput={({ currentTarget }) => setSettings({ quality: Number(currentTarget.value) })}
        />
        <span class="hint" aria-hidden="true">
          {quality === 0 ? t.upload.qualityOff : t.upload.qualityOn(showPercent(quality / 100))}
        </span>
        {quality > 0 && <Comparison quality={quality} />}
      </div>
    </aside>
  );
}

function Uploads() {
  const t = useTexts();
  const items = useStore(queue);
  const { linkFormat } = useStore(settings);
  if (items.length === 0) return null;
  const done = items.flatMap(({ state, result, name }) =>
    state === 'done' && result !== undefined ? [toLinks({ url: result.url, name })[linkFormat]] : [],
  );
  const isRunning = items.some(({ state }) => state === 'running' || state === 'waiting');
  const isPaused = items.some(({ state }) => state === 'paused');
  return (
    <section class="card stack tight" aria-label={t.upload.queue}>
      <div class="row apart">
        <h2>
          {t.upload.queue}{' '}
          <span class="soft small" role="status">
            {t.upload.summary(done.length, items.length)}
          </span>
        </h2>
        <div class="row">
          {isRunning && <Button kind="quiet" label={t.upload.pauseAll} onClick={() => pause()} />}
          {isPaused && <Button kind="quiet" label={t.upload.resumeAll} onClick={() => resume()} />}
          {done.length > 0 && <Button kind="quiet" label={t.upload.clear} onClick={clearDone} />}
          {done.length > 1 && <CopyButton kind="main" label={t.do.copyAll} text={done.join('\n')} />}
        </div>
      </div>
      <ul>
        {items.toReversed().map((item) => (
          <UploadRow key={item.id} item={item} linkFormat={linkFormat} />
        ))}
      </ul>
    </section>
  );
}

function History({ userId }: { readonly userId: string }) {
  const t = useTexts();
  const past = useStore(uploadHistory);
  const items = useStore(queue);
  const { linkFormat } = useStore(settings);
  useEffect(() => openHistory(userId), [userId]);
  const inQueue = new Set(items.map(({ result }) => result?.url));
  const shown = past.filter(({ url }) => !inQueue.has(url));
  if (shown.length === 0)
    return items.length > 0 ? null : <p class="soft small history-none">{t.upload.historyEmpty}</p>;
  return (
    <section class="card stack tight" aria-label={t.upload.history}>
      <div class="row apart">
        <h2>{t.upload.history}</h2>
        <Button kind="quiet" label={t.upload.clearHistory} onClick={clearHistory} />
      </div>
      <ul>
        {shown.map((image) => (
          <HistoryRow key={image.url} image={image} linkFormat={linkFormat} />
        ))}
      </ul>
    </section>
  );
}
