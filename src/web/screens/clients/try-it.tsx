import { CircleAlert, CircleCheck } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import type { RouteOutput } from '../../../contract/contract.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { bed } from '../../state/bed.ts';
import { toHref } from '../../state/location.ts';
import { settings } from '../../state/settings.ts';
import { useStore } from '../../state/store.ts';
import { showBytes, showTime, useTexts } from '../../texts/texts.ts';

type Tried = NonNullable<RouteOutput<'client/lastRequest'>['request']>;

const LOOK_EVERY_MS = 2000;
/** So long without anything new, it is looked no more. */
const LOOK_FOR_MS = 5 * 60 * 1000;
/** So long without a request, something is likely to keep it away. */
const PATIENCE_MS = 20_000;

/** How far a trial is: what came last, and whether more is waited for. */
interface Trial {
  readonly state: 'beginning' | 'waiting' | 'late' | 'ended';
  readonly request?: Tried;
}

interface TryItProps {
  readonly tokenId: string;
  /** Told of each request that comes. */
  readonly onUsed: () => void;
}

/** Waits for what a client does with its token, and tells it. */
export function TryIt({ tokenId, onUsed }: TryItProps) {
  const t = useTexts();
  const [{ state, request }, again] = useTrial(tokenId, onUsed);
  return (
    <section class="trial stack" aria-label={t.trial.title}>
      <h3>{t.trial.title}</h3>
      <div class="stack" role="status">
        {request === undefined ? <Waiting state={state} /> : <Told request={request} />}
      </div>
      {state === 'ended' && (
        <div>
          <Button label={t.trial.again} onClick={again} />
        </div>
      )}
    </section>
  );
}

function useTrial(tokenId: string, onUsed: () => void): readonly [Trial, () => void] {
  const [trial, setTrial] = useState<Trial>({ state: 'beginning' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const tell = (next: Partial<Trial>): void => setTrial((before) => ({ ...before, ...next }));
    return watch(tokenId, (next) => {
      tell(next);
      if (next.request !== undefined) onUsed();
    });
  }, [tokenId, round]);
  return [trial, () => setRound((count) => count + 1)];
}

/** Looks every two seconds, and five minutes after anything new no more. @returns what ends it */
function watch(tokenId: string, tell: (next: Partial<Trial>) => void): () => void {
  let since = Date.now();
  let last: string | undefined;
  const end = new AbortController();
  const look = async (): Promise<void> => {
    const outcome = await bed.client.lastRequest.safe({ tokenId });
    const request = outcome.ok ? outcome.data.request : undefined;
    if (end.signal.aborted || !outcome.ok) return;
    // From the first answer on, requests are noted.
    tell({ state: Date.now() - since >= PATIENCE_MS ? 'late' : 'waiting' });
    if (request === undefined || request.at === last) return;
    since = Date.now();
    last = request.at;
    tell({ state: 'waiting', request });
  };
  const run = async (): Promise<void> => {
    const waited = Date.now() - since;
    if (end.signal.aborted) return;
    if (waited >= LOOK_FOR_MS) {
      tell({ state: 'ended' });
      return;
    }
    // Nobody looks at a page that is hidden.
    if (!document.hidden) await look();
    setTimeout(run, LOOK_EVERY_MS);
  };
  tell({ state: 'beginning' });
  void run();
  return () => end.abort();
}

/** Where the client is to send to. */
const serverAddress = (): string => new URL('.', location.href).href.replace(/\/$/, '');

function Waiting({ state }: Pick<Trial, 'state'>) {
  const t = useTexts();
  if (state === 'ended') return <p class="soft">{t.trial.ended}</p>;
  return (
    <>
      <div class="row trial-waiting">
        <div class="spin" />
        {state !== 'beginning' && <p>{t.trial.waiting}</p>}
      </div>
      {state === 'late' && (
        <p class="row soft">
          {t.trial.nothingYet} <code>{serverAddress()}</code>
          <CopyButton text={serverAddress()} isBare kind="quiet" label={t.do.copy} />
        </p>
      )}
    </>
  );
}

function Told({ request }: { readonly request: Tried }) {
  const t = useTexts();
  const { language } = useStore(settings);
  const { ok, stored, advice, at } = request;
  const [first] = stored;
  const good = first === undefined ? t.trial.goodWithout : t.trial.good(stored.length);
  return (
    <>
      <div class={`note ${ok ? '' : 'bad'}`}>
        <p class={`trial-came ${ok ? 'good' : 'bad'}`}>
          <Icon of={ok ? CircleCheck : CircleAlert} />
          <strong>{ok ? good : t.trial.wrong}</strong>
        </p>
        {advice.map((text) => (
          <p key={text.en}>{text[language]}</p>
        ))}
        {!ok && <p>{t.trial.wrongHint}</p>}
        {first !== undefined && (
          <a href={toHref('picture', first.bucketName, ...first.objectName.split('/'))}>{t.trial.see}</a>
        )}
      </div>
      <Seen request={request} />
      <p class="small soft">{t.trial.at(showTime(at))}</p>
    </>
  );
}

function Seen({ request: { seen, agent, status } }: { readonly request: Tried }) {
  const t = useTexts();
  const { method, path, dialect, contentType, bytes, fields, files, token } = seen;
  const content = [contentType, bytes === undefined ? '' : showBytes(bytes)].filter((part) => part !== '').join(' · ');
  const facts: readonly (readonly [string, string])[] = [
    [t.trial.request, `${method} ${path} → ${status}`],
    [t.trial.spoken, t.trial.dialects[dialect] ?? dialect],
    [t.trial.body, content],
    [t.trial.files, files.length === 0 ? t.trial.noFiles : files.map(toFile).join(t.list)],
    [t.trial.fields, fields.join(t.list)],
    [t.trial.token, t.trial.places[token]],
    [t.trial.agent, agent ?? ''],
  ];
  return (
    <dl class="trial-facts small">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

const toFile = ({ field, size, contentType, width, height }: Tried['seen']['files'][number]): string =>
  [
    ...(field === undefined ? [] : [field]),
    ...(contentType === undefined ? [] : [contentType]),
    ...(width === undefined || height === undefined ? [] : [`${width} × ${height}`]),
    ...(size === undefined ? [] : [showBytes(size)]),
  ].join(' · ');
