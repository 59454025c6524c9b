import type { RouteOutput } from '../../../contract/contract.ts';
import { Button } from '../../parts/button.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed, leave } from '../../state/bed.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showTime, useTexts } from '../../texts/texts.ts';

type Session = RouteOutput<'auth/listSessions'>[number];

/** Where the account is signed in, and how each of that ends. */
export function Sessions() {
  const t = useTexts();
  const [sessions, again] = useLoaded(() => bed.auth.listSessions());
  const others = useAction(async () => {
    await bed.auth.logoutOthers();
    void tell(t.profile.othersEnded);
    again();
  });
  const all = useAction(async () => {
    await bed.auth.logoutAll();
    await leave();
  });
  const hasOthers = sessions.state === 'ready' && sessions.value.some(({ current }) => !current);
  return (
    <section class="card stack" aria-label={t.profile.sessions}>
      <h2>{t.profile.sessions}</h2>
      <p class="soft">{t.profile.sessionsHint}</p>
      {sessions.state === 'loading' && <Loading />}
      {sessions.state === 'failed' && <Failure error={sessions.error} onRetry={again} />}
      {sessions.state === 'ready' && (
        <ul class="profile-sessions">
          {sessions.value.map((session) => (
            <SessionRow key={session.id} session={session} onEnd={again} />
          ))}
        </ul>
      )}
      <Wrong error={others.failure ?? all.failure} />
      <div class="row">
        {hasOthers && <Button label={t.profile.endOthers} onClick={others.run} disabled={others.isBusy} />}
        <Button kind="danger" label={t.profile.endAll} onClick={all.run} disabled={all.isBusy} />
      </div>
    </section>
  );
}

function SessionRow({ session, onEnd }: { readonly session: Session; readonly onEnd: () => void }) {
  const t = useTexts();
  const { id, device = t.profile.unknownDevice, createdAt, lastUsedAt, current } = session;
  const { run, isBusy, failure } = useAction(async () => {
    await bed.auth.revokeSession({ sessionId: id });
    void tell(t.profile.sessionEnded(device));
    onEnd();
  });
  return (
    <li>
      <div class="grow">
        <strong>{device}</strong> {current && <span class="badge accent">{t.profile.thisDevice}</span>}
        <p class="small soft">
          <span>{t.profile.lastUsed(showTime(lastUsedAt))}</span>
          {createdAt !== undefined && (
            <>
              {' · '}
              <span>{t.profile.signedInAt(showTime(createdAt))}</span>
            </>
          )}
        </p>
      </div>
      {!current && <Button label={t.profile.endSession(device)} onClick={run} disabled={isBusy} />}
      {failure !== undefined && <Wrong error={failure} />}
    </li>
  );
}
