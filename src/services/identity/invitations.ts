import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { parseDocument } from '../documents.ts';

const INVITATIONS = 'invitations';
const invitationDocument = v.object({ expiresAt: v.string(), used: v.boolean() });

/** Lets one person in, once. */
export interface Invitations {
  /** Makes an invitation; its code is shown this one time. */
  create(expiresInSeconds: number): Promise<{ readonly invitation: string; readonly expiresAt: Date }>;
  /** Takes an invitation; answers with what ends it once the account is made. @throws {AppError} AccessDenied */
  accept(invitation: string | undefined): Promise<() => Promise<void>>;
}

/** Creates the invitation service. */
export function createInvitations(documents: DocumentStore, now: () => Date): Invitations {
  return {
    create: async (expiresInSeconds) => {
      const invitation = randomBytes(16).toString('hex');
      const expiresAt = new Date(now().getTime() + expiresInSeconds * 1000);
      await documents.create(INVITATIONS, toId(invitation), { used: false, expiresAt: expiresAt.toISOString() });
      return { invitation, expiresAt };
    },
    accept: async (invitation) => {
      const id = toId(invitation ?? '');
      const stored = await documents.read(INVITATIONS, id);
      const found = stored && parseDocument(invitationDocument, stored.doc);
      if (stored === undefined || found === undefined || found.used || new Date(found.expiresAt) <= now()) {
        throw notInvited();
      }
      // Taken before the account is made, so that of two people at once only one gets in.
      if (!(await documents.replace(INVITATIONS, id, { ...found, used: true }, stored.revision))) throw notInvited();
      return () => documents.remove(INVITATIONS, id);
    },
  };
}

const toId = (invitation: string): string => createHash('sha256').update(invitation).digest('hex');

const notInvited = (): AppError =>
  new AppError('AccessDenied', {
    zh: '注册需要邀请码：请管理员调用 auth/invite，并把得到的 invitation 一起提交',
    en: 'Registration needs an invitation: an admin makes one by auth/invite; send it as invitation',
  });
