import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';

/** Invitations by the hash of their code. */
export const INVITATIONS = defineCollection({
  name: 'invitations',
  schema: v.object({
    expiresAt: v.string(),
    used: v.boolean(),
    /** Who took it to make an account, and when. */
    taken: v.optional(v.object({ userId: v.string(), at: v.number() })),
  }),
  retention: { isExpired: ({ expiresAt }, now) => Date.parse(expiresAt) <= now.getTime() },
});

/** Lets one person in, once. */
export interface Invitations {
  /** Makes an invitation; its code is shown this one time. */
  create(
    expiresInSeconds: number,
  ): Promise<{ readonly id: string; readonly invitation: string; readonly expiresAt: Date }>;
  /** Looks whether an invitation would do. @throws {AppError} AccessDenied */
  check(invitation: string | undefined, taker?: Taker): Promise<void>;
  /**
   * Takes an invitation before the account is made. One that was taken for an account that never came is free again after a
   * minute; any other stays as used until it expires, so that whoever comes with it hears that.
   *
   * @throws {AppError} AccessDenied
   */
  accept(invitation: string | undefined, taker?: Taker): Promise<void>;
  /** Those that nobody has used, without their codes. */
  list(): Promise<readonly { readonly id: string; readonly expiresAt: string }[]>;
  /** Withdraws one by its id, also one that is gone. */
  withdraw(id: string): Promise<void>;
  /** Gives an invitation back with which no account was made. */
  giveBack(invitation: string | undefined): Promise<void>;
}

/** Who wants to come in, and how to tell who has. */
export interface Taker {
  readonly userId: string;
  hasAccount(userId: string): Promise<boolean>;
}

/** Longer than making an account takes. */
const ABANDONED_MS = 60_000;
const PAGE = 200;
const NOBODY: Taker = { userId: '', hasAccount: async () => true };

/** Creates the invitation service. */
export function createInvitations(documents: DocumentStore, now: () => Date): Invitations {
  const invitations = openCollection(documents, INVITATIONS);

  const requireFree = async (found: Invitation, { userId, hasAccount }: Taker): Promise<void> => {
    if (new Date(found.expiresAt) <= now()) throw invitationOver();
    if (!found.used) return;
    const { taken } = found;
    if (taken === undefined || (await hasAccount(taken.userId))) throw invitationUsed();
    if (taken.userId !== userId && now().getTime() - taken.at < ABANDONED_MS) throw invitationUsed();
  };

  return {
    create: async (expiresInSeconds) => {
      const invitation = randomBytes(16).toString('hex');
      const expiresAt = new Date(now().getTime() + expiresInSeconds * 1000);
      await invitations.create(toId(invitation), { used: false, expiresAt: expiresAt.toISOString() });
      return { id: toId(invitation), invitation, expiresAt };
    },
    check: async (invitation, taker = NOBODY) => {
      const found = await invitations.read(toId(invitation ?? ''));
      if (found === undefined) throw invitation === undefined ? notInvited() : invitationOver();
      await requireFree(found, taker);
    },
    accept: async (invitation, taker = NOBODY) => {
      const id = toId(invitation ?? '');
      // Taken before the account is made, so that of two people at once only one gets in.
      const taken = await invitations.update(id, async (found) => {
        await requireFree(found, taker);
        return { ...found, used: true, taken: { userId: taker.userId, at: now().getTime() } };
      });
      if (taken === undefined) throw invitation === undefined ? notInvited() : invitationOver();
    },
    list: async () => {
      const open: { readonly id: string; readonly expiresAt: string }[] = [];
      let after: string | undefined;
      do {
        const page = await invitations.list({ after, limit: PAGE });
        for (const { id, doc } of page.documents) {
          if (!doc.used && new Date(doc.expiresAt) > now()) open.push({ id, expiresAt: doc.expiresAt });
        }
        after = page.after;
      } while (after !== undefined);
      return open;
    },
    withdraw: (id) => invitations.remove(id),
    giveBack: async (invitation) => {
      await invitations.update(toId(invitation ?? ''), ({ expiresAt }) => ({ expiresAt, used: false }));
    },
  };
}

type Invitation = v.InferOutput<typeof INVITATIONS.schema>;

const toId = (invitation: string): string => createHash('sha256').update(invitation).digest('hex');

const notInvited = (): AppError =>
  new AppError('AccessDenied', {
    zh: '注册需要邀请码：请管理员调用 auth/invite，并把得到的 invitation 一起提交',
    en: 'Registration needs an invitation: an admin makes one by auth/invite; send it as invitation',
  });

const invitationUsed = (): AppError =>
  new AppError('AccessDenied', {
    zh: '这个邀请码已经用过（一个邀请码只供一人）；请管理员再发一个',
    en: 'The invitation is used up, for each is good for one person; ask an admin for another',
  });

const invitationOver = (): AppError =>
  new AppError('AccessDenied', {
    zh: '没有这个邀请码，或它已过期、已被撤回；请管理员再发一个',
    en: 'There is no such invitation, or it has expired or was withdrawn; ask an admin for another',
  });
