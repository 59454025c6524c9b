import * as v from 'valibot';
import { isPhone, toPhone } from '../naming/phone.ts';
import type { DocumentsConfig } from './documents.ts';
import { type Values, variable, wholeNumber } from './variable.ts';

/** Who may come in, and what proves it. */
export interface IdentityConfig {
  /** Without one, the embedded stores keep a generated secret. */
  readonly secret: string | undefined;
  /** Signs nothing any more, but tokens that it signed still hold. */
  readonly previousSecret: string | undefined;
  /** Who may make an account; the very first one always may. */
  readonly registration: 'open' | 'invite' | 'closed';
  /** The account of this phone is an admin while this is set: the way back in when no admin is left. */
  readonly adminPhone: string | undefined;
  /** Characters. */
  readonly passwordMinLength: number;
}

const WEAK_SECRETS = ['imagepic', 'secret', 'changeme', 'password'];

const strongSecret = v.pipe(
  v.string(),
  v.minLength(32),
  v.check(
    (secret) => new Set(secret).size >= 10 && !WEAK_SECRETS.some((weak) => secret.replaceAll(weak, '').length < 32),
  ),
);

/** What says who may come in. */
export const identityVariables = {
  IMAGEPIC_SECRET: variable(
    v.optional(strongSecret),
    'at least 32 random characters; make one with: openssl rand -hex 32',
  ),
  IMAGEPIC_SECRET_PREVIOUS: variable(
    v.optional(strongSecret),
    'the secret before this one, while tokens that it signed are to hold',
  ),
  IMAGEPIC_REGISTRATION: variable(v.optional(v.picklist(['open', 'invite', 'closed'])), 'open, invite or closed'),
  IMAGEPIC_ADMIN_PHONE: variable(
    v.optional(
      v.pipe(
        v.string(),
        v.check(isPhone),
        v.transform((text) => toPhone(text) ?? text),
      ),
    ),
    'a phone number of 11 digits such as 13800138000, or with its country such as +14155550100',
  ),
  IMAGEPIC_PASSWORD_MIN_LENGTH: variable(
    v.optional(v.pipe(wholeNumber(3), v.minValue(8), v.maxValue(64)), '8'),
    'a number of characters from 8 to 64',
  ),
};

interface IdentityReading {
  readonly documents: DocumentsConfig;
  /** Whether others than this machine can come. */
  readonly isReachable: boolean;
  readonly problems: string[];
}

/** Makes of them who may come in: where strangers can come, nobody unasked but the first, who is the admin. Only beside documents in files is there a place to keep a generated secret. */
export function toIdentity(
  values: Values<typeof identityVariables>,
  { documents, isReachable, problems }: IdentityReading,
): IdentityConfig {
  if (documents.kind !== 'file' && values.IMAGEPIC_SECRET === undefined) {
    const { rule } = identityVariables.IMAGEPIC_SECRET;
    problems.push(`IMAGEPIC_SECRET must be set with IMAGEPIC_DOCUMENTS=${documents.kind}: ${rule}`);
  }
  return {
    secret: values.IMAGEPIC_SECRET,
    previousSecret: values.IMAGEPIC_SECRET_PREVIOUS,
    registration: values.IMAGEPIC_REGISTRATION ?? (isReachable ? 'invite' : 'open'),
    adminPhone: values.IMAGEPIC_ADMIN_PHONE,
    passwordMinLength: values.IMAGEPIC_PASSWORD_MIN_LENGTH,
  };
}
