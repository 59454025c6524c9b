import './share-dialog.css';
import { Share2 } from 'lucide';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { NewShare, Share, ShareCalls } from '../state/shares.ts';
import { tell } from '../state/toasts.ts';
import { useAction } from '../state/use-action.ts';
import { useLoaded } from '../state/use-loaded.ts';
import { showTime, useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';
import { Wrong } from './failure.tsx';
import { Choice, Field, Form } from './field.tsx';
import { QrCode } from './qr-code.tsx';

interface ShareDialogProps {
  /** What is shared. */
  readonly name: string;
  readonly calls: ShareCalls;
  readonly onClose: () => void;
}

/** A share that was made just now, and the password that goes with it. */
interface Made {
  readonly share: NewShare;
  readonly password: string;
}

/** Makes links by which people without an account see something, and ends those that there are. */
export function ShareDialog({ name, calls, onClose }: ShareDialogProps) {
  const t = useTexts();
  const [made, setMade] = useState<Made>();
  const [shares, again] = useLoaded(calls.list);
  return (
    <Dialog title={t.shares.title(name)} onClose={onClose}>
      {made === undefined ? (
        <MakeShare
          make={calls.make}
          onMade={(now) => {
            setMade(now);
            again();
          }}
          onClose={onClose}
        />
      ) : (
        <MadeShare {...made} onAnother={() => setMade(undefined)} onClose={onClose} />
      )}
      {shares.state === 'failed' && <Wrong error={shares.error} />}
      {shares.state === 'ready' && (
        <Shares
          shares={shares.value}
          withdraw={async (shareId) => {
            await calls.withdraw(shareId);
            // Its address opens nothing any more.
            setMade((now) => (now?.share.shareId === shareId ? undefined : now));
          }}
          onChange={again}
        />
      )}
    </Dialog>
  );
}

const DAY_SECONDS = 24 * 60 * 60;
/** In days; 0 for a share that does not end by itself. */
const TERMS = ['1', '7', '30', '365', '0'] as const;
type Term = (typeof TERMS)[number];

interface MakeShareProps {
  readonly make: ShareCalls['make'];
  readonly onMade: (made: Made) => void;
  readonly onClose: () => void;
}

function MakeShare({ make, onMade, onClose }: MakeShareProps) {
  const t = useTexts();
  const [days, setDays] = useState<Term>('7');
  const [password, setPassword] = useState('');
  const [download, setDownload] = useState(false);
  const { run, isBusy, failure } = useAction(async () => {
    const term = days === '0' ? {} : { expiresIn: Number(days) * DAY_SECONDS };
    onMade({ password, share: await make({ download, ...term, ...(password !== '' && { password }) }) });
  });
  const terms = TERMS.map((term) => [term, term === '0' ? t.clients.never : t.clients.days(Number(term))] as const);
  return (
    <Form onSubmit={run}>
      <p class="soft">{t.shares.hint}</p>
      <Choice label={t.shares.term} value={days} options={terms} onChange={setDays} />
      {/* Readable, because it is to be told to others. */}
      <Field label={t.shares.password} hint={t.shares.passwordHint} value={password} onInput={setPassword} />
      <label class="check">
        <input type="checkbox" checked={download} onChange={() => setDownload(!download)} />
        {t.shares.download}
      </label>
      <Wrong error={failure} />
      <div class="row">
        <Button type="submit" kind="main" icon={Share2} label={t.shares.make} disabled={isBusy} />
        <Button label={t.do.close} onClick={onClose} />
      </div>
    </Form>
  );
}

interface MadeShareProps extends Made {
  readonly onAnother: () => void;
  readonly onClose: () => void;
}

function MadeShare({ share: { url }, password, onAnother, onClose }: MadeShareProps) {
  const t = useTexts();
  const id = useId();
  const section = useRef<HTMLElement>(null);
  // What was pressed is gone.
  useEffect(() => section.current?.focus(), []);
  return (
    <section ref={section} class="stack" tabIndex={-1} aria-labelledby={id}>
      <p class="note" role="status" id={id}>
        {t.shares.made} · {t.shares.once}
      </p>
      <div class="share-made">
        <div class="stack tight">
          <input
            class="input"
            readOnly
            aria-label={t.shares.link}
            value={url}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
          <div class="row">
            <CopyButton kind="main" text={url} />
            {password !== '' && <CopyButton text={t.shares.both(url, password)} label={t.shares.copyBoth} />}
          </div>
        </div>
        <figure class="stack tight">
          <QrCode text={url} label={t.shares.qr} tooLong={t.clients.tooLong} />
          <figcaption class="small soft">{t.shares.qrHint}</figcaption>
        </figure>
      </div>
      <div class="row">
        <Button icon={Share2} label={t.shares.another} onClick={onAnother} />
        <Button label={t.do.close} onClick={onClose} />
      </div>
    </section>
  );
}

interface SharesProps {
  readonly shares: readonly Share[];
  readonly withdraw: ShareCalls['withdraw'];
  readonly onChange: () => void;
}

function Shares({ shares, withdraw, onChange }: SharesProps) {
  const t = useTexts();
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const end = async (shareId: string): Promise<void> => {
    try {
      await withdraw(shareId);
      void tell(t.shares.withdrawn);
    } catch (error) {
      void tell(error instanceof Error ? error.message : t.failed.sorry, { kind: 'failed' });
    }
    // What was pressed goes.
    heading.current?.focus();
    onChange();
  };
  return (
    <section class="stack tight" aria-labelledby={id}>
      <h3 id={id} ref={heading} tabIndex={-1}>
        {t.shares.list}
      </h3>
      {shares.length === 0 && <p class="small soft">{t.shares.none}</p>}
      <ul class="share-list">
        {shares.map(({ shareId, createdAt, expiresAt, hasPassword, download }) => {
          const since = showTime(createdAt);
          const kinds = [
            expiresAt === undefined ? t.shares.forever : t.shares.until(showTime(expiresAt)),
            ...(hasPassword ? [t.shares.hasPassword] : []),
            ...(download ? [t.shares.withOriginals] : []),
          ];
          return (
            <li key={shareId}>
              <p class="grow small">
                {t.shares.since(since)}
                <br />
                <span class="soft">{kinds.join('\u00a0· ')}</span>
              </p>
              <Button
                kind="danger"
                label={t.shares.withdraw}
                name={t.shares.withdrawOf(since)}
                onClick={() => end(shareId)}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
