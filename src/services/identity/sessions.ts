// https://datatracker.ietf.org/doc/html/rfc9700#section-4.14.2
import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { Member } from '../access/access.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-tokens.ts';
import type { ProvenUser } from './accounts.ts';
import type { Rate, Throttle } from './throttle.ts';
import { toMember, type User, type Users } from './users.ts';

const REFRESHES: Rate = { name: 'refresh', most: 120, windowSeconds: 15 * 60 };
/** Refreshes of one address that fail. */
const REFRESHES_FROM: Rate = { name: 'refresh-ip', most: 300, windowSeconds: 15 * 60 };

/** An account has no more sessions; the one that was opened first ends for a new one. */
const MAX_SESSIONS = 50;

/** A session that is not refreshed for this long is over. */
const IDLE_MS = 30 * 24 * 60 * 60 * 1000;
/** Two refreshes at once are one client in a hurry, not a thief, for this long. */
const RACE_MS = 15_000;
/** Used refresh tokens that are recognised as such. */
const MAX_USED = 100;
/** Used refresh tokens whose time is remembered. */
const MAX_RECENT = 10;
/** Of what a device says of itself, so much is kept. */
const MAX_USER_AGENT = 256;

/** Who is signed in, by the session's id. */
export const SESSIONS = defineCollection({
  name: 'sessions',
  schema: v.object({
    userId: v.string(),
    epoch: v.number(),
    /** SHA-256, hex, of the one refresh token that holds. */
    refresh: v.string(),
    /** Those that held before, newest first. */
    used: v.array(v.string()),
    /** Those of them that were used just now, and when, newest first. */
    recent: v.optional(v.array(v.object({ refresh: v.string(), usedAt: v.string() })), []),
    refreshedAt: v.string(),
    /** When it was opened, and what the device said of itself; absent from those from before. */
    createdAt: v.optional(v.string()),
    userAgent: v.optional(v.string()),
  }),
  retention: { isExpired: (session, now) => isIdle(session, now) },
});

/** The sessions of an account, by its id, in the order in which they were opened. */
export const OPEN_SESSIONS = defineCollection({
  name: 'open-sessions',
  schema: v.object({ epoch: v.number(), ids: v.array(v.string()) }),
  retention: { kept: 'at most one document an account' },
});
type Session = v.InferOutput<typeof SESSIONS.schema>;

/** Tells whether a session is over for want of a refresh. */
export const isIdle = ({ refreshedAt }: { readonly refreshedAt: string }, now: Date): boolean =>
  now.getTime() - Date.parse(refreshedAt) > IDLE_MS;

/** What a client gets when it signs in. */
export interface TokenPair {
  readonly token: string;
  readonly refreshToken: string;
  /** Seconds that `token` holds. */
  readonly expiresIn: number;
}

/** Who is signed in. */
export interface Sessions {
  /** Opens a session; `userAgent` is what the device says of itself, for its owner to know it by. */
  open(proven: ProvenUser, userAgent?: string): Promise<TokenPair>;
  /** Gives a new pair for a refresh token, which is used up. @throws {AppError} InvalidToken; RefreshRaced for the loser of two at once; TooManyRequests */
  refresh(refreshToken: string, clientIp?: string): Promise<TokenPair>;
  /** The same for a refresh token in a cookie: who has just used it and lost the answer, as by a reload, gets another one. */
  refreshCookie(refreshToken: string, clientIp?: string): Promise<TokenPair>;
  /** Ends the session that a call came with; a call without one has nothing to end. */
  close(member: Pick<Member, 'userId' | 'sessionId'>): Promise<void>;
  /** Ends the session that a refresh token belongs to; one that is none ends nothing. */
  end(refreshToken: string): Promise<void>;
  /** Ends all sessions of an account. */
  closeAll(userId: string): Promise<void>;
  /** Finds out whose access token this is; `undefined` when it is forged, expired or revoked. */
  identify(token: string): Promise<{ readonly member: Member; readonly user: User } | undefined>;
}

interface SessionsOptions {
  readonly documents: DocumentStore;
  readonly users: Users;
  readonly accessTokens: AccessTokens;
  readonly throttle: Throttle;
  readonly now: () => Date;
}

/** Creates the session service. */
export function createSessions({ documents, users, accessTokens, throttle, now }: SessionsOptions): Sessions {
  const stored = openCollection(documents, SESSIONS);
  const lists = openCollection(documents, OPEN_SESSIONS);
  const toPair = async (userId: string, sessionId: string, refreshToken: string): Promise<TokenPair> => ({
    token: await accessTokens.issue({ userId, sessionId }),
    refreshToken,
    expiresIn: ACCESS_TOKEN_SECONDS,
  });

  /** The account, while the session and everything it stands on holds. */
  const findUser = async (session: Session): Promise<User | undefined> => {
    const user = await users.find(session.userId);
    const isOver = user === undefined || user.disabled || user.epoch !== session.epoch || isIdle(session, now());
    return isOver ? undefined : user;
  };

  const open: Sessions['open'] = async ({ userId, user }, userAgent = '') => {
    const sessionId = `s_${randomBytes(16).toString('hex')}`;
    const refreshToken = createRefreshToken(sessionId);
    const createdAt = now().toISOString();
    const session: Session = {
      userId,
      epoch: user.epoch,
      refresh: digest(refreshToken),
      used: [],
      recent: [],
      refreshedAt: createdAt,
      createdAt,
      userAgent: userAgent.slice(0, MAX_USER_AGENT).replace(/[^ -~]/g, ''),
    };
    await stored.create(sessionId, session);
    await enlist(userId, user.epoch, sessionId);
    return toPair(userId, sessionId, refreshToken);
  };

  /** Ends what is too many, and what ended with an epoch, so that what is stored for an account has a bound. */
  const enlist = async (userId: string, epoch: number, sessionId: string): Promise<void> => {
    let over: readonly string[] = [];
    await lists.upsert(userId, (list) => {
      const all = [...(list?.ids ?? []), sessionId];
      const kept = list !== undefined && list.epoch !== epoch ? [sessionId] : all.slice(-MAX_SESSIONS);
      over = all.filter((id) => !kept.includes(id));
      return { epoch, ids: kept };
    });
    await Promise.all(over.map((id) => stored.remove(id)));
  };

  const close: Sessions['close'] = async ({ sessionId, userId }) => {
    if (sessionId !== undefined) await removeSession(userId, sessionId);
  };

  const removeSession = async (userId: string, sessionId: string): Promise<void> => {
    await stored.remove(sessionId);
    await lists.update(userId, (list) =>
      list.ids.includes(sessionId) ? { ...list, ids: list.ids.filter((id) => id !== sessionId) } : list,
    );
  };

  const end: Sessions['end'] = async (refreshToken) => {
    const sessionId = toSessionId(refreshToken);
    const session = sessionId === undefined ? undefined : await stored.read(sessionId);
    if (sessionId === undefined || session === undefined) return;
    const presented = digest(refreshToken);
    if (presented !== session.refresh && !session.used.includes(presented)) return;
    await removeSession(session.userId, sessionId);
  };

  const refresh = async (refreshToken: string, clientIp: string | undefined, losers: Losers): Promise<TokenPair> => {
    const sessionId = toSessionId(refreshToken);
    if (sessionId === undefined) throw refused();
    await throttle.consumeFrom(REFRESHES_FROM, clientIp);
    const pair = await rotate(sessionId, refreshToken, losers);
    await throttle.refundFrom(REFRESHES_FROM, clientIp);
    return pair;
  };

  const rotate = async (sessionId: string, refreshToken: string, losers: Losers): Promise<TokenPair> => {
    // Nothing is counted for a session that there is not, or anybody could make any number of counters.
    if ((await stored.read(sessionId)) === undefined) throw refused();
    await throttle.consume(REFRESHES, [sessionId]);
    const presented = digest(refreshToken);
    const next = createRefreshToken(sessionId);
    const rotated = await stored.update(sessionId, async (session) => {
      if ((await findUser(session)) === undefined) throw refused();
      if (presented !== session.refresh) await forgive(sessionId, session, presented, losers);
      const usedAt = now().toISOString();
      return {
        ...session,
        refresh: digest(next),
        used: [session.refresh, ...session.used].slice(0, MAX_USED),
        recent: [{ refresh: session.refresh, usedAt }, ...session.recent].filter(isRecent).slice(0, MAX_RECENT),
        refreshedAt: usedAt,
      };
    });
    if (rotated === undefined) throw refused();
    return toPair(rotated.userId, sessionId, next);
  };

  const isRecent = ({ usedAt }: Session['recent'][number]): boolean => now().getTime() - Date.parse(usedAt) <= RACE_MS;

  /** A refresh token that comes a second time was stolen, or its thief was faster: the whole family ends. */
  const forgive = async (sessionId: string, session: Session, presented: string, losers: Losers): Promise<void> => {
    const isRace = session.recent.some((used) => used.refresh === presented && isRecent(used));
    if (isRace && losers === 'renewed') return;
    if (isRace) throw raced();
    if (session.used.includes(presented)) await stored.remove(sessionId);
    throw refused();
  };

  const identify: Sessions['identify'] = async (token) => {
    const claims = await accessTokens.verify(token);
    if (claims === undefined) return undefined;
    const session = await stored.read(claims.sessionId);
    if (session?.userId !== claims.userId) return undefined;
    const user = await findUser(session);
    return user && { user, member: { ...toMember(claims.userId, user), sessionId: claims.sessionId } };
  };

  return {
    open,
    refresh: (refreshToken, clientIp) => refresh(refreshToken, clientIp, 'refused'),
    refreshCookie: (refreshToken, clientIp) => refresh(refreshToken, clientIp, 'renewed'),
    identify,
    close,
    end,
    closeAll: async (userId) => {
      await users.update(userId, (user) => ({ ...user, epoch: user.epoch + 1 }));
    },
  };
}

/** What comes to the slower one of two that use a refresh token at once. */
type Losers = 'refused' | 'renewed';

const toSessionId = (refreshToken: string): string | undefined =>
  /^(s_[0-9a-f]{32})\.[\w-]{43}$/.exec(refreshToken)?.[1];

const createRefreshToken = (sessionId: string): string => `${sessionId}.${randomBytes(32).toString('base64url')}`;

const digest = (token: string): string => createHash('sha256').update(token).digest('hex');

const refused = (): AppError =>
  new AppError('InvalidToken', {
    zh: 'refreshToken 无效、已过期或已撤销；请重新调用 auth/login',
    en: 'The refreshToken is not valid, has expired or was revoked; call auth/login again',
  });

const raced = (): AppError =>
  new AppError('RefreshRaced', {
    zh: '同一个 refreshToken 刚被另一个请求使用；请使用那次返回的新 token',
    en: 'Another request has just used this refreshToken; use the pair that it got',
  });
