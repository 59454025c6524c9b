import { API_TOKEN_PREFIX } from '../../naming/credential.ts';
import { type Access, ANONYMOUS, type Caller, type Member } from '../access/access.ts';
import type { ApiTokens } from './api-tokens.ts';
import type { Sessions } from './sessions.ts';
import { toMember, type Users } from './users.ts';
import type { PlatformIdentity, Wechat } from './wechat.ts';

/** Finds out who calls. */
export interface Callers {
  /** Finds out who calls, by a token or, without one, by the platform's word for a bound WeChat identity. */
  identify(token: string | undefined, identity: PlatformIdentity | undefined): Promise<Caller>;
}

interface CallersOptions {
  readonly sessions: Sessions;
  readonly apiTokens: ApiTokens;
  readonly wechat: Wechat;
  readonly access: Access;
}

const REJECTED: Caller = { kind: 'anonymous', rejectedToken: true };

/** Creates the look-up of callers. */
export function createCallers({ sessions, apiTokens, wechat, access }: CallersOptions): Callers {
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
      const credential = 'tokenId' in found ? `${TOKEN}${found.tokenId}` : `${EPOCH}${found.user.epoch}`;
      return { ...withPlacedPrefix(access, found.member), credential };
    },
  };
}

/** What a token is narrowed to is a name as its owner writes it: in a private bed below the owner's own prefix. */
function withPlacedPrefix(access: Access, member: Member): Member {
  const { narrowing } = member;
  if (narrowing?.prefix === undefined) return member;
  return { ...member, narrowing: { ...narrowing, prefix: access.place(member, narrowing.prefix) } };
}

/** An API token by its id. */
const TOKEN = 't-';
/** All sessions of an account up to the day on which they are ended at once. */
const EPOCH = 'e-';

/** What remembers who asked for something, and no secret with it: the account, and which credential of it. */
export const toHolder = ({ userId, credential = '' }: Member): string => `${userId}.${credential}`;

const HOLDER = /^(u_[0-9a-f]{32})\.([te]-\w+)?$/;

/** Finds who asked for something, as they may act now; `undefined` once the account is disabled or the credential ended. */
export type RecallHolder = (holder: string) => Promise<Member | undefined>;

/** Creates the look-up of those who are remembered. */
export function createRecallHolder(users: Users, apiTokens: ApiTokens, access: Access): RecallHolder {
  return async (holder) => {
    const [, userId, credential = ''] = HOLDER.exec(holder) ?? [];
    if (userId === undefined) return undefined;
    if (credential.startsWith(TOKEN)) {
      const found = await apiTokens.find(userId, credential.slice(TOKEN.length));
      return found && { ...withPlacedPrefix(access, found.member), credential };
    }
    const user = await users.find(userId);
    if (user === undefined || user.disabled) return undefined;
    const isOver = credential.startsWith(EPOCH) && credential !== `${EPOCH}${user.epoch}`;
    return isOver ? undefined : { ...toMember(userId, user), credential };
  };
}
