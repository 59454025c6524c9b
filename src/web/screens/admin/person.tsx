import { useState } from 'preact/hooks';
import type { RouteOutput } from '../../../contract/contract.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Field, Form } from '../../parts/field.tsx';
import { bed } from '../../state/bed.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useTexts } from '../../texts/texts.ts';
import { Grants } from './grants.tsx';
import { LinkDialog, toCodeLink } from './link-dialog.tsx';

/** An account as admins see it. */
export type Account = RouteOutput<'auth/listUsers'>['users'][number];

interface PersonProps {
  readonly account: Account;
  readonly isMe: boolean;
  readonly onChange: () => void;
  readonly onClose: () => void;
}

const MEGABYTE = 1024 * 1024;

/** What an admin may change of an account. */
export function Person({ account, isMe, onChange, onClose }: PersonProps) {
  const t = useTexts();
  const { userId, name, role, disabled } = account;
  const [megabytes, setMegabytes] = useState(
    account.quota.bytes === undefined ? '' : String(account.quota.bytes / MEGABYTE),
  );
  const [grants, setGrants] = useState(account.grants);
  const [link, setLink] = useState<string>();
  const change = async (input: Omit<Parameters<typeof bed.auth.updateUser>[0], 'userId'>): Promise<void> => {
    await bed.auth.updateUser({ userId, ...input });
    void tell(t.profile.saved);
    onChange();
  };
  const save = useAction(() => {
    const { bytes: _, ...quota } = account.quota;
    const bytes = megabytes.trim() === '' ? {} : { bytes: Math.round(Number(megabytes) * MEGABYTE) };
    return change({ quota: { ...quota, ...bytes }, grants });
  });
  const setRole = useAction(() => change({ role: role === 'admin' ? 'member' : 'admin' }));
  const setDisabled = useAction(() => change({ disabled: !disabled }));
  const reset = useAction(async () => {
    const made = await bed.auth.createPasswordReset({ userId });
    setLink(toCodeLink('reset', made.reset));
  });
  if (link !== undefined) return <LinkDialog title={t.admin.resetMade} link={link} onClose={onClose} />;
  return (
    <Dialog title={t.admin.manage(name)} onClose={onClose}>
      <Form onSubmit={save.run}>
        <Field label={t.admin.quota} hint={t.admin.quotaHint} value={megabytes} onInput={setMegabytes} />
        <Grants grants={grants} onChange={(changed) => setGrants([...changed])} />
        <Wrong error={save.failure ?? setRole.failure ?? setDisabled.failure ?? reset.failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.do.save} disabled={save.isBusy} />
          <Button label={t.do.close} onClick={onClose} />
        </div>
      </Form>
      <hr />
      <div class="row">
        {!isMe && (
          <>
            <Button label={role === 'admin' ? t.admin.makeMember : t.admin.makeAdmin} onClick={setRole.run} />
            <Button kind="danger" label={disabled ? t.admin.enable : t.admin.disable} onClick={setDisabled.run} />
          </>
        )}
        <Button label={t.admin.reset} onClick={reset.run} />
      </div>
    </Dialog>
  );
}
