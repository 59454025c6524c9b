import './enter.css';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Field, Form, Segments } from '../../parts/field.tsx';
import { bed, enter, type Health } from '../../state/bed.ts';
import { go, place } from '../../state/location.ts';
import { setSettings, settings } from '../../state/settings.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { languageNames, useTexts } from '../../texts/texts.ts';

/** What somebody sees who is not signed in: a sign-in, or what their link is for. */
export function Enter({ health }: { readonly health: Health }) {
  const t = useTexts();
  const { language } = useStore(settings);
  return (
    <main class="enter">
      <div class="enter-card">
        <header>
          <img src="icon.svg" alt="" width={48} height={48} />
          <div>
            <p class="enter-name">imagepic</p>
            <p class="soft">{t.enter.tagline}</p>
          </div>
        </header>
        <EnterForm health={health} />
        <Segments
          label={t.profile.language}
          value={language}
          options={languageNames}
          onChange={(chosen) => setSettings({ language: chosen })}
        />
      </div>
    </main>
  );
}

/** The form alone, also for whoever's session has ended. */
export function EnterForm({ health }: { readonly health: Health }) {
  const [what, code] = useStore(place);
  const { registration } = health.bed;
  const isInvited = what === 'join' && code !== undefined;
  const [isNew, setNew] = useState(registration === 'first' || isInvited);
  if (what === 'reset' && code !== undefined) return <ResetForm reset={code} health={health} />;
  if (!isNew) return <SignInForm health={health} onRegister={() => setNew(true)} />;
  return <RegisterForm health={health} invited={isInvited ? code : undefined} onSignIn={() => setNew(false)} />;
}

interface SignInProps {
  readonly health: Health;
  readonly onRegister: () => void;
}

function SignInForm({ health, onRegister }: SignInProps) {
  const t = useTexts();
  const [phone, setPhone] = useState('');
  const [upwd, setUpwd] = useState('');
  const { run, isBusy, failure } = useAction(() => enter(phone, upwd));
  const isClosed = health.bed.registration === 'closed';
  return (
    <Form onSubmit={run}>
      <h1>{t.enter.signIn}</h1>
      <Field
        label={t.enter.phone}
        value={phone}
        onInput={setPhone}
        type="tel"
        name="phone"
        autocomplete="username"
        isRequired
        hasFocus
      />
      <Password label={t.enter.password} value={upwd} onInput={setUpwd} autocomplete="current-password" />
      <Wrong error={failure} />
      <Button type="submit" kind="main" label={t.enter.signIn} disabled={isBusy} />
      {isClosed ? (
        <p class="soft small">{t.enter.closed}</p>
      ) : (
        <Button kind="quiet" label={t.enter.toRegister} onClick={onRegister} />
      )}
      <p class="soft small">{t.enter.forgot}</p>
    </Form>
  );
}

interface RegisterProps {
  readonly health: Health;
  readonly invited: string | undefined;
  readonly onSignIn: () => void;
}

function RegisterForm({ health, invited, onSignIn }: RegisterProps) {
  const t = useTexts();
  const [person, setPerson] = useState({ name: '', email: '', phone: '', upwd: '', invitation: invited ?? '' });
  const set = (field: keyof typeof person) => (value: string) => setPerson({ ...person, [field]: value });
  const { run, isBusy, failure } = useAction(async () => {
    const { invitation, ...rest } = person;
    await bed.auth.register({ ...rest, tfs: '', ...(invitation !== '' && { invitation }) });
    if (invited !== undefined) go('upload');
    await enter(person.phone, person.upwd);
  });
  const { registration, passwordMinLength } = health.bed;
  const isFirst = registration === 'first';
  return (
    <Form onSubmit={run}>
      <h1>{isFirst ? t.enter.first : t.enter.register}</h1>
      {isFirst && <p class="note">{t.enter.firstHint}</p>}
      {invited !== undefined && <p class="note">{t.enter.joinHint}</p>}
      <Field label={t.enter.name} value={person.name} onInput={set('name')} autocomplete="name" isRequired hasFocus />
      <Field
        label={t.enter.phone}
        value={person.phone}
        onInput={set('phone')}
        type="tel"
        hint={t.enter.phoneHint}
        autocomplete="username"
        isRequired
      />
      <Field
        label={t.enter.email}
        value={person.email}
        onInput={set('email')}
        type="email"
        autocomplete="email"
        isRequired
      />
      <Password
        label={t.enter.password}
        value={person.upwd}
        onInput={set('upwd')}
        hint={t.enter.passwordHint(passwordMinLength)}
        autocomplete="new-password"
      />
      {registration === 'invite' && invited === undefined && (
        <Field
          label={t.enter.invitation}
          value={person.invitation}
          onInput={set('invitation')}
          hint={t.enter.invitationHint}
          isRequired
        />
      )}
      <Wrong error={failure} />
      <Button type="submit" kind="main" label={isFirst ? t.enter.first : t.enter.register} disabled={isBusy} />
      {!isFirst && <Button kind="quiet" label={t.enter.toSignIn} onClick={onSignIn} />}
    </Form>
  );
}

function ResetForm({ reset, health }: { readonly reset: string; readonly health: Health }) {
  const t = useTexts();
  const [npwd, setNpwd] = useState('');
  const { run, isBusy, failure } = useAction(async () => {
    await bed.auth.resetPassword({ reset, npwd });
    void tell(t.enter.resetDone);
    go();
  });
  return (
    <Form onSubmit={run}>
      <h1>{t.enter.reset}</h1>
      <p class="note">{t.enter.resetHint}</p>
      <Password
        label={t.enter.newPassword}
        value={npwd}
        onInput={setNpwd}
        hint={t.enter.passwordHint(health.bed.passwordMinLength)}
        autocomplete="new-password"
      />
      <Wrong error={failure} />
      <Button type="submit" kind="main" label={t.enter.reset} disabled={isBusy} />
    </Form>
  );
}

interface PasswordProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly autocomplete: string;
  readonly hint?: string;
}

/** A password, which whoever types it may look at. */
function Password(props: PasswordProps) {
  const t = useTexts();
  const [isShown, setShown] = useState(false);
  return (
    <div class="stack tight">
      <Field {...props} type={isShown ? 'text' : 'password'} isRequired />
      <label class="check small">
        <input type="checkbox" checked={isShown} onChange={() => setShown(!isShown)} />
        {t.enter.show}
      </label>
    </div>
  );
}
