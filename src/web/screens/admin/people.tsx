import { UserPlus } from 'lucide';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed, visit } from '../../state/bed.ts';
import { useStore } from '../../state/store.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showBytes, showTime, useTexts } from '../../texts/texts.ts';
import { LinkDialog, toCodeLink } from './link-dialog.tsx';
import { type Account, Person } from './person.tsx';

const PAGE_SIZE = 100;

/** The accounts of the bed, and who is invited. */
export function People() {
  const t = useTexts();
  const [pages, setPages] = useState(1);
  const [people, again] = useLoaded(() => readPeople(pages), [pages]);
  const [managed, setManaged] = useState<string>();
  const now = useStore(visit);
  const me = 'me' in now ? now.me.userId : undefined;
  if (people.state === 'loading') return <Loading />;
  if (people.state === 'failed') return <Failure error={people.error} onRetry={again} />;
  const { users, hasMore } = people.value;
  const person = users.find(({ userId }) => userId === managed);
  return (
    <>
      <Invitations />
      <section class="card stack" aria-label={t.admin.people}>
        <h2>{t.admin.people}</h2>
        <ul class="admin-list">
          {users.map((user) => (
            <li key={user.userId}>
              <div class="grow">
                <strong>{user.name}</strong> <span class="soft">{user.phone}</span>
                <p class="small soft cut">
                  {user.email} · {showTime(user.createdAt)}
                  {user.quota.bytes !== undefined && ` · ${t.admin.quota} ${showBytes(user.quota.bytes)}`}
                </p>
              </div>
              {user.userId === me && <span class="badge">{t.admin.you}</span>}
              {user.disabled && <span class="badge bad">{t.admin.disabled}</span>}
              <span class="badge">{t.profile.role[user.role]}</span>
              <Button label={t.admin.manage(user.name)} onClick={() => setManaged(user.userId)} />
            </li>
          ))}
        </ul>
        {hasMore && <Button label={t.do.more} onClick={() => setPages(pages + 1)} />}
      </section>
      {person !== undefined && (
        <Person account={person} isMe={person.userId === me} onChange={again} onClose={() => setManaged(undefined)} />
      )}
    </>
  );
}

async function readPeople(pages: number) {
  const users: Account[] = [];
  let after: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const read = await bed.auth.listUsers({ pageSize: PAGE_SIZE, ...(after !== undefined && { after }) });
    users.push(...read.users);
    after = read.after;
    if (after === undefined) break;
  }
  return { users, hasMore: after !== undefined };
}

function Invitations() {
  const t = useTexts();
  const [open, again] = useLoaded(() => bed.auth.listInvitations());
  const [link, setLink] = useState<string>();
  const { run, isBusy, failure } = useAction(async () => {
    const { invitation } = await bed.auth.invite();
    setLink(toCodeLink('join', invitation));
    again();
  });
  const invitations = open.state === 'ready' ? open.value : [];
  const withdraw = async (invitationId: string): Promise<void> => {
    await bed.auth.withdrawInvitation.safe({ invitationId });
    again();
  };
  return (
    <section class="card stack" aria-label={t.admin.invite}>
      <div class="row apart">
        <h2>{t.admin.invite}</h2>
        <Button kind="main" icon={UserPlus} label={t.admin.invite} onClick={run} disabled={isBusy} />
      </div>
      <Wrong error={failure} />
      {invitations.length > 0 && (
        <ul class="admin-list">
          {invitations.map(({ id, expiresAt }) => (
            <li key={id}>
              <span class="grow soft">
                {t.admin.invitations} · {t.admin.expiresAt(showTime(expiresAt))}
              </span>
              <Button label={t.admin.withdraw} onClick={() => withdraw(id)} />
            </li>
          ))}
        </ul>
      )}
      {link !== undefined && <LinkDialog title={t.admin.inviteMade} link={link} onClose={() => setLink(undefined)} />}
    </section>
  );
}
