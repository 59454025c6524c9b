import { ANONYMOUS, type Caller } from '../access/access.ts';
import { API_TOKEN_PREFIX, type ApiTokens } from './api-tokens.ts';
import type { Sessions } from './sessions.ts';
import { toMember } from './users.ts';
import type { PlatformIdentity, Wechat } from './wechat.ts';

/** Everything that a caller may prove itself with. */
export interface Credentials {
  /** Finds out who calls, by a token or, without one, by the platform's word for a bound WeChat identity. */
  identify(token: string | undefined, identity: PlatformIdentity | undefined): Promise<Caller>;
}

interface CredentialsOptions {
  readonly sessions: Sessions;
  readonly apiTokens: ApiTokens;
  readonly wechat: Wechat;
}

const REJECTED: Caller = { kind: 'anonymous', rejectedToken: true };

/** Creates the look-up of callers. */
export function createCredentials({ sessions, apiTokens, wechat }: CredentialsOptions): Credentials {
  const byIdentity = async (identity: PlatformIdentity | undefined): Promise<Caller> => {
    const bound = identity && (await wechat.find(identity));
    return bound === undefined || bound.user.disabled ? ANONYMOUS : toMember(bound.userId, bound.user);
  };

  return {
    identify: async (token, identity) => {
      if (token === undefined) return byIdentity(identity);
      const found = await (token.startsWith(API_TOKEN_PREFIX) ? apiTokens : sessions).identify(token);
      if (found === undefined) return REJECTED;
      // A token in the hands of another WeChat user was taken from its owner.
      if (identity !== undefined && (await wechat.contradicts(identity, found.user))) return REJECTED;
      return found.member;
    },
  };
}
