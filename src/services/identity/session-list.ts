import type { DocumentStore } from '../../ports/document-store.ts';
import type { Member } from '../access/access.ts';
import { openCollection } from '../collection.ts';
import { isIdle, OPEN_SESSIONS, SESSIONS, type Sessions } from './sessions.ts';
import type { Users } from './users.ts';

/** A session as its owner sees it; no token is part of it. */
export interface SessionSummary {
  readonly id: string;
  /** In words; `undefined` when whoever signed in did not say. */
  readonly device: string | undefined;
  /** `undefined` for one from before this was written down. */
  readonly createdAt: string | undefined;
  /** When it was last renewed, which is every quarter of an hour while it is used. */
  readonly lastUsedAt: string;
  /** Whether the call that asks came with it. */
  readonly current: boolean;
}

/** The sessions of an account, for whoever it is. */
export interface SessionList {
  /** Those that hold, the one that was used last first. */
  list(member: Member): Promise<readonly SessionSummary[]>;
  /** Ends one of them at once; ending one that is gone, or is somebody else's, succeeds and changes nothing. */
  revoke(userId: string, sessionId: string): Promise<void>;
  /** Ends all of them but the one that the call came with. */
  revokeOthers(member: Member): Promise<void>;
}

interface SessionListOptions {
  readonly documents: DocumentStore;
  readonly users: Users;
  readonly sessions: Pick<Sessions, 'close'>;
  readonly now: () => Date;
}

/** Creates the list of sessions. */
export function createSessionList({ documents, users, sessions, now }: SessionListOptions): SessionList {
  const stored = openCollection(documents, SESSIONS);
  const lists = openCollection(documents, OPEN_SESSIONS);

  const list: SessionList['list'] = async ({ userId, sessionId }) => {
    const [user, open] = await Promise.all([users.find(userId), lists.read(userId)]);
    const found = await Promise.all((open?.ids ?? []).map(async (id) => ({ id, session: await stored.read(id) })));
    return found
      .flatMap(({ id, session }) => {
        if (session?.userId !== userId || session.epoch !== user?.epoch || isIdle(session, now())) return [];
        const { userAgent, createdAt, refreshedAt: lastUsedAt } = session;
        return [{ id, device: toDevice(userAgent ?? ''), createdAt, lastUsedAt, current: id === sessionId }];
      })
      .sort((one, other) => other.lastUsedAt.localeCompare(one.lastUsedAt));
  };

  const revoke: SessionList['revoke'] = async (userId, sessionId) => {
    const session = await stored.read(sessionId);
    if (session?.userId === userId) await sessions.close({ userId, sessionId });
  };

  const revokeOthers: SessionList['revokeOthers'] = async ({ userId, sessionId }) => {
    const open = await lists.read(userId);
    const ended = new Set(open?.ids.filter((id) => id !== sessionId));
    await Promise.all([...ended].map((id) => stored.remove(id)));
    await lists.update(userId, (now) => ({ ...now, ids: now.ids.filter((id) => !ended.has(id)) }));
  };

  return { list, revoke, revokeOthers };
}

/** Browsers by what only they say, those first that also say the name of another. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/MicroMessenger\//, 'WeChat'],
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/HarmonyOS/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/CrOS/, 'ChromeOS'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux/, 'Linux'],
];

/**
 * Says in words what a `User-Agent` is: of a browser its name and system, of anything else the name that it begins with.
 * It is what the device says of itself, so nothing may rest on it; whatever it says, what comes out is such a word.
 */
export function toDevice(userAgent: string): string | undefined {
  const find = (names: typeof BROWSERS) => names.find(([sign]) => sign.test(userAgent))?.[1];
  const browser = find(BROWSERS);
  if (browser !== undefined) return [browser, find(SYSTEMS)].filter((word) => word !== undefined).join(' · ');
  return /^[A-Za-z][\w.-]{0,39}(?=\/|\s|$)/.exec(userAgent)?.[0];
}
