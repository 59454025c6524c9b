import './clients.css';
import { Download, KeyRound } from 'lucide';
import { useState } from 'preact/hooks';
import type { RouteInput, RouteOutput } from '../../../contract/contract.ts';
import { SCOPES, type Scope } from '../../../naming/scope.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Choice, Field, Form } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Loading } from '../../parts/loading.tsx';
import { QrCode } from '../../parts/qr-code.tsx';
import { bed } from '../../state/bed.ts';
import { settings } from '../../state/settings.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showTime, useTexts } from '../../texts/texts.ts';
import { TryIt } from './try-it.tsx';

type Client = RouteInput<'client/config'>['client'];
type Settings = RouteOutput<'client/config'>;
type Token = RouteOutput<'auth/listTokens'>[number];

const DAY_SECONDS = 24 * 60 * 60;
/** In days; 0 for a token that does not end. */
const TERMS = ['0', '30', '90', '365'] as const;
type Term = (typeof TERMS)[number];

/** Tokens, and settings for the clients that use them. */
export function Clients() {
  const t = useTexts();
  const [tokens, again] = useLoaded(() => bed.auth.listTokens());
  const [made, setMade] = useState<Settings>();
  return (
    <div class="page stack">
      <h1>{t.clients.title}</h1>
      <p class="soft">{t.clients.intro}</p>
      <MakeSettings
        onMade={(settings) => {
          setMade(settings);
          again();
        }}
      />
      {made !== undefined && <Made key={made.tokenId} made={made} onUsed={again} />}
      {tokens.state === 'loading' && <Loading />}
      {tokens.state === 'failed' && <Failure error={tokens.error} onRetry={again} />}
      {tokens.state === 'ready' && <Tokens tokens={tokens.value} onChange={again} />}
    </div>
  );
}

function useTerms(): readonly (readonly [Term, string])[] {
  const t = useTexts();
  return TERMS.map((days) => [days, days === '0' ? t.clients.never : t.clients.days(Number(days))]);
}

/** As the routes take it. */
const toTerm = (days: Term) => (days === '0' ? {} : { expiresIn: Number(days) * DAY_SECONDS });

function MakeSettings({ onMade }: { readonly onMade: (made: Settings) => void }) {
  const t = useTexts();
  // Each has a name, as the compiler sees to.
  const clients = Object.entries(t.clients.names) as [Client, string][];
  const [client, setClient] = useState<Client>('picgo-web-uploader');
  const [prefix, setPrefix] = useState('');
  const [days, setDays] = useState<Term>('0');
  const { run, isBusy, failure } = useAction(async () =>
    onMade(await bed.client.config({ client, ...(prefix !== '' && { prefix }), ...toTerm(days) })),
  );
  return (
    <section class="card" aria-label={t.clients.make}>
      <Form onSubmit={run}>
        <div class="clients-form">
          <Choice label={t.clients.choose} value={client} options={clients} onChange={setClient} />
          <Field label={t.clients.folder} hint={t.upload.folderHint} value={prefix} onInput={setPrefix} />
          <Choice label={t.clients.expires} value={days} options={useTerms()} onChange={setDays} />
        </div>
        <Wrong error={failure} />
        <div>
          <Button type="submit" kind="main" icon={KeyRound} label={t.clients.make} disabled={isBusy} />
        </div>
      </Form>
    </section>
  );
}

interface MadeProps {
  readonly made: Settings;
  readonly onUsed: () => void;
}

function Made({ made, onUsed }: MadeProps) {
  const t = useTexts();
  const { language } = useStore(settings);
  const text = typeof made.config === 'string' ? made.config : JSON.stringify(made.config, undefined, 2);
  const download = (): void => {
    const url = URL.createObjectURL(new Blob([text]));
    const link = Object.assign(document.createElement('a'), {
      href: url,
      download: made.fileName ?? `${made.client}.${typeof made.config === 'string' ? 'txt' : 'json'}`,
    });
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <section class="card stack" aria-label={t.clients.made}>
      <div class="row apart">
        <h2>
          {t.clients.made} · {made.title[language]}
        </h2>
        <div class="row">
          <Button icon={Download} label={t.do.download} onClick={download} />
          <CopyButton kind="main" text={text} />
        </div>
      </div>
      <p class="note">{t.clients.once}</p>
      <p>{made.where[language]}</p>
      <div class="clients-made">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <pre tabIndex={0}>{text}</pre>
        <figure class="stack tight">
          <QrCode text={text} label={t.clients.qr} tooLong={t.clients.tooLong} />
          <figcaption class="small soft">{t.clients.qrHint}</figcaption>
        </figure>
      </div>
      <TryIt tokenId={made.tokenId} onUsed={onUsed} />
    </section>
  );
}

interface TokensProps {
  readonly tokens: readonly Token[];
  readonly onChange: () => void;
}

function Tokens({ tokens, onChange }: TokensProps) {
  const t = useTexts();
  const [isMaking, setMaking] = useState(false);
  const [tried, setTried] = useState<string>();
  const revoke = async ({ id, name }: Token): Promise<void> => {
    const outcome = await bed.auth.revokeToken.safe({ tokenId: id });
    void tell(outcome.ok ? t.clients.revoked(name) : outcome.error.message, { kind: outcome.ok ? 'done' : 'failed' });
    onChange();
  };
  return (
    <section class="card stack" aria-label={t.clients.tokens}>
      <div class="row apart">
        <h2>{t.clients.tokens}</h2>
        <Button label={t.clients.newToken} onClick={() => setMaking(true)} />
      </div>
      {tokens.length === 0 ? (
        <div class="empty">
          <Icon of={KeyRound} />
          <p>{t.clients.tokensEmpty}</p>
        </div>
      ) : (
        <ul class="clients-tokens">
          {tokens.map((token) => (
            <li key={token.id}>
              <div class="grow stack tight">
                <strong class="cut">{token.name}</strong>
                <p class="small soft">
                  {t.clients.scopes} {token.scopes.map((scope) => t.clients.scope[scope]).join(t.list)} ·{' '}
                  {t.clients.within} {toPlace(token) ?? t.clients.anywhere} · {t.clients.lastUsed}{' '}
                  {token.lastUsedAt === undefined ? t.clients.neverUsed : showTime(token.lastUsedAt)}
                  {token.expiresAt !== undefined && ` · ${t.clients.expiresAt} ${showTime(token.expiresAt)}`}
                </p>
              </div>
              <div class="row">
                <Button
                  label={t.trial.title}
                  isPressed={tried === token.id}
                  onClick={() => setTried(tried === token.id ? undefined : token.id)}
                />
                <Button kind="danger" label={t.clients.revoke} onClick={() => revoke(token)} />
              </div>
              {tried === token.id && <TryIt tokenId={token.id} onUsed={onChange} />}
            </li>
          ))}
        </ul>
      )}
      {isMaking && <NewToken onClose={() => setMaking(false)} onMade={onChange} />}
    </section>
  );
}

const toPlace = ({ bucketName, prefix }: Token): string | undefined =>
  bucketName === undefined && prefix === undefined ? undefined : `${bucketName ?? '*'}/${prefix ?? ''}`;

interface NewTokenProps {
  readonly onClose: () => void;
  readonly onMade: () => void;
}

function NewToken({ onClose, onMade }: NewTokenProps) {
  const t = useTexts();
  const [name, setName] = useState('');
  const [prefix, setPrefix] = useState('');
  const [days, setDays] = useState<Term>('90');
  const [scopes, setScopes] = useState<readonly Scope[]>(['upload']);
  const [token, setToken] = useState<string>();
  const { run, isBusy, failure } = useAction(async () => {
    const made = await bed.auth.createToken({
      ...{ name, scopes: [...scopes] },
      ...(prefix !== '' && { prefix }),
      ...toTerm(days),
    });
    setToken(made.token);
    onMade();
  });
  if (token !== undefined) {
    return (
      <Dialog title={t.clients.newToken} onClose={onClose}>
        <p class="note">{t.clients.once}</p>
        <code class="clients-token">{token}</code>
        <div class="row">
          <CopyButton kind="main" text={token} />
          <Button label={t.do.close} onClick={onClose} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t.clients.newToken} onClose={onClose}>
      <Form onSubmit={run}>
        <Field label={t.clients.tokenName} value={name} onInput={setName} isRequired hasFocus />
        <fieldset class="field">
          <legend class="label">{t.clients.scopes}</legend>
          <div class="row">
            {SCOPES.map((scope) => (
              <label key={scope} class="check">
                <input
                  type="checkbox"
                  checked={scopes.includes(scope)}
                  onChange={() => setScopes(SCOPES.filter((each) => scopes.includes(each) !== (each === scope)))}
                />
                {t.clients.scope[scope]}
              </label>
            ))}
          </div>
        </fieldset>
        <Field label={t.clients.folder} hint={t.upload.folderHint} value={prefix} onInput={setPrefix} />
        <Choice label={t.clients.expires} value={days} options={useTerms()} onChange={setDays} />
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.clients.newToken} disabled={isBusy || scopes.length === 0} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}
