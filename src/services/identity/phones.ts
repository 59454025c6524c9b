import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { ProvenUser } from './accounts.ts';
import type { Users } from './users.ts';

/** Whose a phone is, by the hash of the phone; an account from before has none until its phone changes. */
export const PHONES = defineCollection({
  name: 'phones',
  schema: v.object({ userId: v.string(), at: v.number() }),
  retention: { kept: 'one document an account' },
});

/** Ids that nobody gets any more: whoever has the phone of somebody who left must not get the images that were left. */
export const LEFT_IDS = defineCollection({
  name: 'left-ids',
  schema: v.object({ at: v.number() }),
  retention: { kept: 'a keyed hash, and nothing else, of each account that was deleted' },
});

/** Which account goes by which phone. An account keeps its id when its phone changes. */
export interface Phones {
  find(phone: string): Promise<ProvenUser | undefined>;
  /** The id for a new account of this phone. */
  idFor(phone: string): Promise<string>;
  /** Takes a phone for an account, which then has a minute to say so itself; `false` when it is somebody else's. */
  claim(phone: string, userId: string): Promise<boolean>;
  /** Gives a phone up that the account no longer has. */
  release(phone: string, userId: string): Promise<void>;
}

/** Longer than making or changing an account takes. */
const ABANDONED_MS = 60_000;

interface PhonesOptions {
  readonly documents: DocumentStore;
  readonly users: Users;
  readonly now: () => Date;
}

/** Creates the directory of phones. */
export function createPhones({ documents, users, now }: PhonesOptions): Phones {
  const claims = openCollection(documents, PHONES);
  const left = openCollection(documents, LEFT_IDS);
  const toId = async (phone: string): Promise<string> => (await users.idOf(phone)).replace(/^u_/, 'p_');

  /** The account, as long as it has that phone. */
  const having = async (phone: string, userId: string): Promise<ProvenUser | undefined> => {
    const user = await users.find(userId);
    return user?.phone === phone ? { userId, user } : undefined;
  };

  const find: Phones['find'] = async (phone) => {
    const first = await having(phone, await users.idOf(phone));
    if (first !== undefined) return first;
    const claim = await claims.read(await toId(phone));
    return claim && having(phone, claim.userId);
  };

  return {
    find,
    idFor: async (phone) => {
      const id = await users.idOf(phone);
      const isTaken = (await users.find(id)) !== undefined || (await left.read(id)) !== undefined;
      return isTaken ? `u_${randomBytes(16).toString('hex')}` : id;
    },
    claim: async (phone, userId) => {
      const found = await find(phone);
      if (found !== undefined) return found.userId === userId;
      const mine = { userId, at: now().getTime() };
      const claim = await claims.upsert(await toId(phone), async (held) => {
        if (held === undefined || held.userId === userId) return mine;
        const isHeld = mine.at - held.at < ABANDONED_MS || (await having(phone, held.userId)) !== undefined;
        return isHeld ? held : mine;
      });
      return claim.userId === userId;
    },
    release: async (phone, userId) => {
      const id = await toId(phone);
      if ((await claims.read(id))?.userId === userId) await claims.remove(id);
    },
  };
}
