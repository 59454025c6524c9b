import { ArrowLeft, SearchX } from 'lucide';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { BedError } from '../../../client/index.ts';
import { fileNameOf } from '../../../naming/key.ts';
import { AddToAlbum } from '../../parts/add-to-album.tsx';
import { BatchBar } from '../../parts/batch-bar.tsx';
import { DownloadZip } from '../../parts/download-zip.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Grid } from '../../parts/grid.tsx';
import { Icon } from '../../parts/icon.tsx';
import { KeyHelp } from '../../parts/key-help.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Look } from '../../parts/look.tsx';
import { RemoveSelected } from '../../parts/remove-selected.tsx';
import { TagSelected } from '../../parts/tag-selected.tsx';
import { findMore, found, idsOf, openFound, tagsOf } from '../../state/found.ts';
import { removeFound } from '../../state/images.ts';
import { goToInstead, toAskedHref, toHref } from '../../state/location.ts';
import { parseQuestion, type Question, writeQuestion } from '../../state/question.ts';
import { useSelection } from '../../state/selection.ts';
import { useStore } from '../../state/store.ts';
import { showDay, useTexts } from '../../texts/texts.ts';
import { Chips } from './chips.tsx';
import { JumpBar } from './jump-bar.tsx';
import { toDays } from './months.ts';

/** So long nobody writes before it is looked for. */
const PAUSE_MS = 250;

const show = (question: string): void => goToInstead(toAskedHref(question, 'library'));

/** What is found of all images, by date. */
export function Search({ question: written }: { readonly question: string }) {
  const t = useTexts();
  const { images, question: answered } = useStore(found);
  const selection = useSelection(`?${written}`);
  const question = parseQuestion(written);
  const [isHelping, setHelping] = useState(false);
  const isNew = useRef(true);
  useEffect(() => {
    isNew.current = false;
  }, []);
  // What was let go because it has changed is asked for again.
  useEffect(() => openFound(written), [written, answered]);
  useEffect(() => {
    document.title = t.title(t.search.title);
  }, [t]);
  const change = (part: Partial<Question>): void => show(writeQuestion({ ...question, ...part }));
  return (
    <div class="library">
      <header class="library-head">
        <h1 class="only-read">{t.search.title}</h1>
        {selection.names.size > 0 ? (
          <BatchBar {...{ images, selection }}>
            <DownloadZip loadWanted={async () => ({ imageIds: idsOf(images, selection.names) })} />
            <AddToAlbum count={selection.names.size} loadIds={async () => idsOf(images, selection.names)} />
            <TagSelected
              count={selection.names.size}
              loadIds={async () => idsOf(images, selection.names)}
              known={tagsOf(images, selection.names)}
            />
            <RemoveSelected selection={selection} onRemove={(names) => removeFound(images, names)} />
          </BatchBar>
        ) : (
          <div class="stack tight grow">
            <div class="row">
              <a class="button quiet bare" href={toHref('library')} aria-label={t.do.back} title={t.do.back}>
                <Icon of={ArrowLeft} />
              </a>
              <Words question={question} isNew={isNew.current} />
              <Look />
            </div>
            <Chips question={question} onChange={change} />
          </div>
        )}
      </header>
      <Answer {...{ written, selection }} onHelp={() => setHelping(true)} onEnd={(to) => change({ to })} />
      {isHelping && <KeyHelp onClose={() => setHelping(false)} />}
    </div>
  );
}

interface WordsProps {
  readonly question: Question;
  /** Whether the screen is; else the focus is where somebody is at work. */
  readonly isNew: boolean;
}

/** The words, looked for as they are written; `tag:` and its like become chips by Enter. */
function Words({ question, isNew }: WordsProps) {
  const t = useTexts();
  const [text, setText] = useState(question.text);
  const box = useRef<HTMLInputElement>(null);
  const ask = (words: string): void =>
    show(writeQuestion(parseQuestion(`${words} ${writeQuestion({ ...question, text: '' })}`)));
  useEffect(() => setText(question.text), [question.text]);
  useEffect(() => {
    // On a phone the keyboard would cover what there is.
    const hasKeys = matchMedia('(pointer: fine)').matches;
    if (isNew && hasKeys && question.text === '') box.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    if (text.trim() === question.text || text.includes(':')) return undefined;
    const timer = setTimeout(() => ask(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, question.text]);
  return (
    <form
      class="grow"
      onSubmit={(event) => {
        event.preventDefault();
        ask(text);
      }}
    >
      <input
        ref={box}
        type="search"
        class="input"
        placeholder={t.search.hint}
        aria-label={t.search.hint}
        value={text}
        maxLength={256}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </form>
  );
}

interface AnswerProps {
  readonly written: string;
  readonly selection: ReturnType<typeof useSelection>;
  readonly onHelp: () => void;
  readonly onEnd: (to: string | undefined) => void;
}

function Answer({ written, selection, onHelp, onEnd }: AnswerProps) {
  const t = useTexts();
  const answer = useStore(found);
  const { images, state, error, next, total } = answer;
  const control = useRef<((index: number) => void) | null>(null);
  const headings = useMemo(() => toDays(images).map(({ day, first }) => ({ first, text: showDay(day) })), [images, t]);
  if (answer.question !== written || (state === 'loading' && images.length === 0)) return <Loading />;
  if (state === 'failed' && images.length === 0) return <Refused error={error} onRetry={() => openFound(written)} />;
  return (
    <div class="search-answer">
      <Grid
        {...{ images, selection, onHelp, headings, control }}
        placeOf={({ place }) => place}
        labelOf={({ title, place }) => title || fileNameOf(place.objectName)}
        onOpen={({ place }) => {
          location.hash = toAskedHref(written, 'picture', place.bucketName, ...place.objectName.split('/'));
        }}
        onRemove={(names) => removeFound(images, names)}
        loadIds={async (names) => idsOf(images, names)}
        reading={{ state, error, total, hasMore: next !== undefined, onMore: findMore }}
      >
        {images.length === 0 && (
          <div class="empty">
            <Icon of={SearchX} />
            <h2>{t.search.none}</h2>
            <p>{t.search.noneHint}</p>
          </div>
        )}
      </Grid>
      <JumpBar
        question={written}
        {...{ images, onEnd }}
        hasMore={next !== undefined}
        onShow={(index) => control.current?.(index)}
      />
    </div>
  );
}

/** Why there is no answer; a bed that keeps no records says what to set. */
function Refused({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const t = useTexts();
  if (!(error instanceof BedError) || error.code !== 'NotImplemented')
    return <Failure error={error} onRetry={onRetry} />;
  return (
    <div class="empty" role="alert">
      <Icon of={SearchX} />
      <h2>{t.search.off}</h2>
      <p>{error.message}</p>
      <a class="button" href={toHref('library')}>
        {t.library.title}
      </a>
    </div>
  );
}
