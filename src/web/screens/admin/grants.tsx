import { Folder, Plus, X } from 'lucide';
import { useState } from 'preact/hooks';
import type { RouteOutput } from '../../../contract/contract.ts';
import { SCOPES, type Scope } from '../../../naming/scope.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useTexts } from '../../texts/texts.ts';
import { FolderPicker, type Place } from './folder-picker.tsx';

type Grant = RouteOutput<'auth/listUsers'>['users'][number]['grants'][number];

interface GrantsProps {
  readonly grants: readonly Grant[];
  readonly onChange: (grants: readonly Grant[]) => void;
}

const isAt =
  ({ bucketName, prefix }: Place) =>
  (grant: Grant): boolean =>
    grant.bucketName === bucketName && grant.prefix === prefix;

/** Which folders somebody may use, and for what; more are picked from what is there. */
export function Grants({ grants, onChange }: GrantsProps) {
  const t = useTexts();
  const [isPicking, setPicking] = useState(false);
  const pick = (place: Place): void => {
    setPicking(false);
    if (!grants.some(isAt(place))) onChange([...grants, { ...place, actions: [...SCOPES] }]);
  };
  return (
    <fieldset class="field">
      <legend class="label">{t.admin.grants}</legend>
      {grants.length === 0 && <p class="small soft">{t.admin.grantsEmpty}</p>}
      <ul class="admin-grants">
        {grants.map((grant) => (
          <GrantRow
            key={`${grant.bucketName}/${grant.prefix}`}
            grant={grant}
            onChange={(changed) => onChange(grants.map((each) => (each === grant ? changed : each)))}
            onRemove={() => onChange(grants.filter((each) => each !== grant))}
          />
        ))}
      </ul>
      {isPicking ? (
        <FolderPicker onPick={pick} onClose={() => setPicking(false)} />
      ) : (
        <div>
          <Button icon={Plus} label={t.admin.addGrant} onClick={() => setPicking(true)} />
        </div>
      )}
    </fieldset>
  );
}

interface GrantRowProps {
  readonly grant: Grant;
  readonly onChange: (grant: Grant) => void;
  readonly onRemove: () => void;
}

function GrantRow({ grant, onChange, onRemove }: GrantRowProps) {
  const t = useTexts();
  const { bucketName, prefix, actions } = grant;
  const place = `${bucketName}/${prefix}`;
  const toggle = (scope: Scope): void =>
    onChange({ ...grant, actions: SCOPES.filter((each) => (each === scope) !== actions.includes(each)) });
  return (
    <li>
      <div class="row">
        <Icon of={Folder} />
        <span class="grow admin-place">
          {place} {prefix === '' && <span class="small soft">{t.admin.wholeBucket}</span>}
        </span>
        <Button isBare kind="quiet" icon={X} label={t.admin.removeGrant(place)} onClick={onRemove} />
      </div>
      <fieldset class="row">
        <legend class="only-read">{t.admin.actionsOf(place)}</legend>
        {SCOPES.map((scope) => (
          <label key={scope} class="check small">
            <input
              type="checkbox"
              checked={actions.includes(scope)}
              // Leave to do nothing is no grant.
              disabled={actions.length === 1 && actions.includes(scope)}
              onChange={() => toggle(scope)}
            />
            {t.clients.scope[scope]}
          </label>
        ))}
      </fieldset>
    </li>
  );
}
