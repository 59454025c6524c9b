import { lazily } from '../../concurrency/when-asked.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { createAccessTokens } from './access-tokens.ts';
import type { Accounts, RegistrationPolicy } from './accounts.ts';
import { createAdminCode } from './admin-code.ts';
import { createApiTokens } from './api-tokens.ts';
import type { Emails } from './emails.ts';
import type { Invitations } from './invitations.ts';
import { deriveKey } from './keys.ts';
import type { PasswordPolicy } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import { createPhones } from './phones.ts';
import type { SessionList } from './session-list.ts';
import { createSessions } from './sessions.ts';
import { createThrottle } from './throttle.ts';
import { createUsers } from './users.ts';
import { createWechat } from './wechat.ts';

interface IdentityOptions {
  readonly documents: DocumentStore;
  /** The secret, and behind it those before it, under which tokens go on to hold. */
  readonly secrets: readonly [string, ...string[]];
  readonly now: () => Date;
  readonly config: {
    readonly adminPhone: string | undefined;
    readonly passwordMinLength: number;
    readonly registration: RegistrationPolicy;
    readonly defaultBucket: string;
  };
}

/** Puts together the people of a bed, and how they prove who they are. */
export function openIdentity({ documents, secrets, now, config }: IdentityOptions) {
  const { adminPhone, passwordMinLength, registration, defaultBucket } = config;
  const users = createUsers({ documents, now, adminPhone });
  const throttle = createThrottle(documents, now);
  const invitations = lazily<Invitations>(async () => {
    const { createInvitations } = await import('./invitations.ts');
    return createInvitations(documents, now);
  });
  const emails = lazily<Emails>(async () => {
    const { createEmails } = await import('./emails.ts');
    return createEmails({ documents, users, now });
  });
  const accessTokens = createAccessTokens(secrets, now);
  const sessions = createSessions({ documents, users, throttle, now, accessTokens });
  const sessionList = lazily<SessionList>(async () => {
    const { createSessionList } = await import('./session-list.ts');
    return createSessionList({ documents, users, sessions, now });
  });
  const adminCode =
    adminPhone === undefined ? undefined : createAdminCode(deriveKey(secrets[0], 'admin-code'), adminPhone);
  const found = {
    users,
    throttle,
    invitations,
    emails,
    adminCode,
    phones: createPhones({ documents, users, now }),
    passwords: lazily<Passwords>(async () => {
      const { createPasswords } = await import('./passwords.ts');
      return createPasswords();
    }),
    passwordPolicy: lazily<PasswordPolicy>(async () => {
      const { createPasswordPolicy } = await import('./password-policy.ts');
      return createPasswordPolicy(passwordMinLength);
    }),
  };
  const accounts = lazily<Accounts>(async () => {
    const { createAccounts } = await import('./accounts.ts');
    return createAccounts({ ...found, registration, defaultBucket, adminPhone, now });
  });
  return {
    ...found,
    accounts,
    sessions,
    sessionList,
    apiTokens: createApiTokens(documents, users, now),
    wechat: createWechat(documents, users),
  };
}

/** The people of a bed. */
export type Identity = ReturnType<typeof openIdentity>;
