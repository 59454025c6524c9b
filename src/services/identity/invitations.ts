import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';

/** Invitations by the hash of their code. */
export const INVITATIONS = defineCollection({
  name: 'invitations',
  schema: v.object({ expiresAt: v.string(), used: v.boolean() }),
  retention: { isExpired: ({ expiresAt }, now) => Date.parse(expiresAt) <= now.getTime() },
});

/** Lets one person in, once. */
export interface Invitations {
  /** Makes an invitation; its code is shown this one time. */
  create(expiresInSeconds: number): Promise<{ readonly invitation: string; readonly expiresAt: Date }>;
  /** Takes an invitation; answers with what ends it once the account is made. @throws {AppError} AccessDenied */
  accept(invitation: string | undefined): Promise<() => Promise<void>>;
}

/** Creates the invitation service. */
export function createInvitations(documents: DocumentStore, now: () => Date): Invitations {
  const invitations = openCollection(documents, INVITATIONS);
  return {
    create: async (expiresInSeconds) => {
      const invitation = randomBytes(16).toString('hex');
      const expiresAt = new Date(now().getTime() + expiresInSeconds * 1000);
      await invitations.create(toId(invitation), { used: false, expiresAt: expiresAt.toISOString() });
      return { invitation, expiresAt };
    },
    accept: async (invitation) => {
      const id = toId(invitation ?? '');
      // Taken before the account is made, so that of two people at once only one gets in.
      const taken = await invitations.update(id, (found) => {
        if (found.used || new Date(found.expiresAt) <= now()) throw notInvited();
        return { ...found, used: true };
      });
      if (taken === undefined) throw notInvited();
      return () => invitations.remove(id);
    },
  };
}

const toId = (invitation: string): string => createHash('sha256').update(invitation).digest('hex');

const notInvited = (): AppError =>
  new AppError('AccessDenied', {
    zh: '注册需要邀请码：请管理员调用 auth/invite，并把得到的 invitation 一起提交',
    en: 'Registration needs an invitation: an admin makes one by auth/invite; send it as invitation',
  });
