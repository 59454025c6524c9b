import * as v from 'valibot';
import { mapLimited } from '../../concurrency/limit.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { ProvenUser } from './accounts.ts';
import type { Users } from './users.ts';

/*
 * Whose an email is
 * - A document by the keyed hash of an email lists the accounts that say it is theirs, in the order in which they came.
 *   The first of them whose account still says so has it: emails are not proved, so nobody takes one away by saying it
 *   too, and when the first gives it up the next one has it.
 * - An account is listed before it says an email, and taken off after it has stopped. A process killed between leaves
 *   one too many on a list, which counts for nothing, and which goes when somebody else comes a minute later.
 * - Accounts from before there were lists are put on them by look-ups, a bounded number each, until all are. They come in
 *   by when they were made.
 */

/** Who says that an email is theirs, by its hash. */
export const EMAILS = defineCollection({
  name: 'emails',
  schema: v.object({
    accounts: v.array(v.object({ userId: v.string(), at: v.number() })),
    /** When the list was last changed. */
    at: v.number(),
  }),
  retention: { isExpired: ({ accounts, at }, now) => accounts.length === 0 && now.getTime() - at >= DAY_MS },
});

/** How far the accounts from before there were lists are on them. */
export const EMAILS_LISTED = defineCollection({
  name: 'settings',
  schema: v.object({ after: v.optional(v.string()) }),
  retention: { kept: 'one document a bed' },
});

/** Which account goes by which email, whatever the case of its letters. */
export interface Emails {
  find(email: string): Promise<ProvenUser | undefined>;
  /** Lists an account that is about to say this email, which it then has a minute to do. */
  claim(email: string, userId: string): Promise<void>;
  /** Takes an account off that does not say it any more. */
  release(email: string, userId: string): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer than making or changing an account takes. */
const ABANDONED_MS = 60_000;
/** Of more accounts with one email, the later ones sign in by phone alone. */
const MAX_ACCOUNTS = 8;
const PROGRESS = 'emails-listed';
const PAGE = 200;
/** So many accounts from before are listed by one look-up. */
const PAGES_AT_ONCE = 5;
const AT_ONCE = 8;

type Claim = v.InferOutput<typeof EMAILS.schema>['accounts'][number];

interface EmailsOptions {
  readonly documents: DocumentStore;
  readonly users: Users;
  readonly now: () => Date;
}

/** Creates the directory of emails. */
export function createEmails({ documents, users, now }: EmailsOptions): Emails {
  const lists = openCollection(documents, EMAILS);
  const progress = openCollection(documents, EMAILS_LISTED);
  let areAllListed = false;
  const toId = async (email: string): Promise<string> => `e_${await users.hash(`email ${normalise(email)}`)}`;

  /** The account, as long as it says that email. */
  const saying = async (email: string, userId: string): Promise<ProvenUser | undefined> => {
    const user = await users.find(userId);
    return user !== undefined && normalise(user.email) === normalise(email) ? { userId, user } : undefined;
  };

  const findListed = async (email: string): Promise<ProvenUser | undefined> => {
    const list = await lists.read(await toId(email));
    for (const { userId } of list?.accounts ?? []) {
      const found = await saying(email, userId);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const enlist = async (email: string, mine: Claim): Promise<void> => {
    const at = now().getTime();
    await lists.upsert(await toId(email), async (list) => {
      const kept = await mapLimited(list?.accounts ?? [], AT_ONCE, async (claim) => {
        const isHeld = claim.userId !== mine.userId && at - claim.at < ABANDONED_MS;
        return isHeld || (await saying(email, claim.userId)) !== undefined ? [claim] : [];
      });
      const others = kept.flat();
      if (list !== undefined && others.some(({ userId }) => userId === mine.userId)) return list;
      const accounts = [...others, mine].sort((one, other) => one.at - other.at).slice(0, MAX_ACCOUNTS);
      return { accounts, at };
    });
  };

  /** Whoever does the same at the same time lists the same accounts. */
  const listOlder = async (): Promise<void> => {
    if (areAllListed) return;
    const known = await progress.read(PROGRESS);
    let after = known?.after;
    areAllListed = known !== undefined && after === undefined;
    for (let page = 0; page < PAGES_AT_ONCE && !areAllListed; page += 1) {
      const found = await users.list({ limit: PAGE, ...(after !== undefined && { after }) });
      await mapLimited(found.users, AT_ONCE, ({ email, userId, createdAt }) =>
        enlist(email, { userId, at: Date.parse(createdAt) }),
      );
      after = found.after;
      await progress.upsert(PROGRESS, () => (after === undefined ? {} : { after }));
      areAllListed = after === undefined;
    }
  };

  return {
    find: async (email) => {
      await listOlder();
      return findListed(email);
    },
    claim: async (email, userId) => enlist(email, { userId, at: now().getTime() }),
    release: async (email, userId) => {
      await lists.update(await toId(email), async (list) => {
        const isListed = list.accounts.some((claim) => claim.userId === userId);
        if (!isListed || (await saying(email, userId)) !== undefined) return list;
        return { accounts: list.accounts.filter((claim) => claim.userId !== userId), at: now().getTime() };
      });
    },
  };
}

const normalise = (email: string): string => email.toLowerCase();
