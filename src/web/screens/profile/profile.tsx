import './profile.css';
import { LogOut } from 'lucide';
import { useState } from 'preact/hooks';
import { LEGACIES, type Legacy } from '../../../naming/account.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Choice, Field, Form, Segments } from '../../parts/field.tsx';
import { bed, type Health, hasLibrary, leave, type Me, refreshMe, visit } from '../../state/bed.ts';
import { toHref } from '../../state/location.ts';
import { setSettings, settings, THEMES } from '../../state/settings.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { languageNames, showBytes, showNumber, useTexts } from '../../texts/texts.ts';
import { Sessions } from './sessions.tsx';

/** The account of whoever is signed in. */
export function Profile() {
  const t = useTexts();
  const now = useStore(visit);
  const out = useAction(leave);
  if (!('me' in now)) return null;
  const { me, health } = now;
  return (
    <div class="page stack">
      <div class="row apart">
        <h1>{t.profile.title}</h1>
        <Button icon={LogOut} label={t.nav.signOut} onClick={out.run} disabled={out.isBusy} />
      </div>
      <Wrong error={out.failure} />
      <div class="profile">
        <div class="stack">
          <Display />
          <Usage me={me} />
          <About me={me} />
        </div>
        <div class="stack">
          <Password health={health} />
          <Sessions />
          <Leave />
        </div>
      </div>
    </div>
  );
}

function Display() {
  const t = useTexts();
  const { language, theme } = useStore(settings);
  return (
    <section class="card stack" aria-label={t.profile.look}>
      <h2>{t.profile.look}</h2>
      <Segments
        label={t.profile.language}
        value={language}
        options={languageNames}
        onChange={(chosen) => setSettings({ language: chosen })}
      />
      <Segments
        label={t.profile.theme}
        value={theme}
        options={THEMES.map((each) => [each, t.profile.themes[each]] as const)}
        onChange={(chosen) => setSettings({ theme: chosen })}
      />
    </section>
  );
}

function Usage({ me: { usage, quota, role } }: { readonly me: Me }) {
  const t = useTexts();
  return (
    <section class="card stack" aria-label={t.profile.usage}>
      <div class="row apart">
        <h2>{t.profile.usage}</h2>
        <span class="badge">{t.profile.role[role]}</span>
      </div>
      <p>
        {t.profile.used(showBytes(usage.bytes), showNumber(usage.objects))}
        {quota.bytes !== undefined && <span class="soft"> {t.profile.ofQuota(showBytes(quota.bytes))}</span>}
      </p>
      {quota.bytes !== undefined && (
        <progress class="progress" max={quota.bytes} value={usage.bytes} aria-label={t.profile.usage} />
      )}
      {hasLibrary() && <a href={toHref('statistics')}>{t.statistics.toStatistics}</a>}
    </section>
  );
}

/** The password of whoever is at the keyboard. */
const Proof = ({ value, onInput }: { readonly value: string; readonly onInput: (value: string) => void }) => {
  const t = useTexts();
  return (
    <Field
      {...{ value, onInput }}
      label={t.profile.proof}
      hint={t.profile.proofHint}
      type="password"
      autocomplete="current-password"
      isRequired
    />
  );
};

function About({ me }: { readonly me: Me }) {
  const t = useTexts();
  const [person, setPerson] = useState({ name: me.name, tfs: me.tfs, email: me.email, phone: '', upwd: '' });
  const set = (field: keyof typeof person) => (value: string) => setPerson({ ...person, [field]: value });
  const { run, isBusy, failure } = useAction(async () => {
    const { phone, ...rest } = person;
    await bed.auth.updateMe({ ...rest, ...(phone !== '' && { phone }) });
    setPerson({ ...person, phone: '', upwd: '' });
    await refreshMe();
    void tell(t.profile.saved);
  });
  return (
    <section class="card" aria-label={t.profile.about}>
      <Form onSubmit={run}>
        <h2>{t.profile.about}</h2>
        <Field label={t.profile.name} value={person.name} onInput={set('name')} autocomplete="name" isRequired />
        <Field label={t.profile.short} value={person.tfs} onInput={set('tfs')} />
        <Field
          label={t.profile.email}
          value={person.email}
          onInput={set('email')}
          type="email"
          autocomplete="email"
          isRequired
        />
        <Field
          label={t.profile.phone}
          value={person.phone}
          onInput={set('phone')}
          type="tel"
          hint={t.profile.phoneNow(me.phone)}
        />
        <Proof value={person.upwd} onInput={set('upwd')} />
        <Wrong error={failure} />
        <div>
          <Button type="submit" kind="main" label={t.do.save} disabled={isBusy} />
        </div>
      </Form>
    </section>
  );
}

function Password({ health }: { readonly health: Health }) {
  const t = useTexts();
  const [given, setGiven] = useState({ phone: '', opwd: '', npwd: '' });
  const set = (field: keyof typeof given) => (value: string) => setGiven({ ...given, [field]: value });
  const { run, isBusy, failure } = useAction(async () => {
    await bed.auth.change(given);
    void tell(t.profile.changed);
    await leave();
  });
  return (
    <section class="card" aria-label={t.profile.password}>
      <Form onSubmit={run}>
        <h2>{t.profile.password}</h2>
        <Field
          label={t.profile.phone}
          value={given.phone}
          onInput={set('phone')}
          type="tel"
          autocomplete="username"
          isRequired
        />
        <Proof value={given.opwd} onInput={set('opwd')} />
        <Field
          label={t.enter.newPassword}
          value={given.npwd}
          onInput={set('npwd')}
          type="password"
          hint={t.enter.passwordHint(health.bed.passwordMinLength)}
          autocomplete="new-password"
          isRequired
        />
        <Wrong error={failure} />
        <div>
          <Button type="submit" label={t.profile.password} disabled={isBusy} />
        </div>
      </Form>
    </section>
  );
}

function Leave() {
  const t = useTexts();
  const [isAsking, setAsking] = useState(false);
  const [upwd, setUpwd] = useState('');
  const [images, setImages] = useState<Legacy>('keep');
  const { run, isBusy, failure } = useAction(async () => {
    await bed.auth.deleteAccount({ upwd, images });
    await leave();
  });
  return (
    <section class="card stack" aria-label={t.profile.leave}>
      <h2>{t.profile.leave}</h2>
      <p class="soft">{t.profile.leaveHint}</p>
      <div>
        <Button kind="danger" label={t.profile.leave} onClick={() => setAsking(true)} />
      </div>
      {isAsking && (
        <Dialog title={t.profile.leave} onClose={() => setAsking(false)}>
          <Form onSubmit={run}>
            <p class="note bad">{t.profile.leaveHint}</p>
            <Choice
              label={t.profile.images}
              value={images}
              options={LEGACIES.map((legacy) => [legacy, t.profile.legacies[legacy]] as const)}
              onChange={setImages}
            />
            <Proof value={upwd} onInput={setUpwd} />
            <Wrong error={failure} />
            <div class="row">
              <Button type="submit" kind="danger main" label={t.profile.leaveAction} disabled={isBusy} />
              <Button label={t.do.cancel} onClick={() => setAsking(false)} />
            </div>
          </Form>
        </Dialog>
      )}
    </section>
  );
}
