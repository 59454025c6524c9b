import type { DocumentStore } from '../../ports/document-store.ts';
import { BED } from '../bed.ts';
import { hasDocuments } from '../collection.ts';
import { readOrCreateKey } from './keys.ts';
import { openIdentity } from './open-identity.ts';
import { createPasswordResets } from './password-resets.ts';

type AccountsConfig = Parameters<typeof openIdentity>[0]['config'] & { readonly secret?: string | undefined };

/** The accounts of a bed, on its documents alone; `find` gives `undefined` where there is no bed. */
export function openAccountsOn(documents: DocumentStore, config: AccountsConfig, now: () => Date) {
  const find = async () => {
    if (!(await hasDocuments(documents, BED))) return undefined;
    const secret = config.secret ?? (await readOrCreateKey(documents, 'secret'));
    const identity = openIdentity({ documents, secrets: [secret], now, config });
    return { phones: identity.phones, passwordResets: createPasswordResets({ ...identity, documents, now }) };
  };
  return { find, close: async () => documents.close?.() };
}
