import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';

/** Who is about to be no admin any more: nobody counts on them meanwhile. */
export const ADMIN_LOSSES = defineCollection({
  name: 'settings',
  schema: v.object({ losses: v.array(v.object({ id: v.string(), userId: v.string(), at: v.number() })) }),
  retention: { kept: 'one document a bed' },
});

/** Takes admins away so that one stays, in however many processes others do the same. */
export interface AdminLosses {
  /**
   * Runs what may make `userId` no admin any more, while `keeperId` is one and stays one.
   *
   * @throws {AppError} AccessDenied when that is no admin, or about to be none; and what `work` throws
   */
  run<Result>(userId: string, keeperId: string, work: () => Promise<Result>): Promise<Result>;
}

interface AdminLossesOptions {
  readonly documents: DocumentStore;
  readonly isAdmin: (userId: string) => Promise<boolean>;
  readonly newId: () => string;
  readonly now: () => Date;
}

const LOSSES = 'admin-losses';
/** Longer than any call may take: what was begun before was not finished. */
const ABANDONED_MS = 120_000;

/** Creates what keeps an admin in the bed. */
export function createAdminLosses({ documents, isAdmin, newId, now }: AdminLossesOptions): AdminLosses {
  const stored = openCollection(documents, ADMIN_LOSSES);

  const begin = async (id: string, userId: string, keeperId: string): Promise<void> => {
    await stored.upsert(LOSSES, (found) => {
      const at = now().getTime();
      const under = found?.losses.filter((loss) => at - loss.at < ABANDONED_MS) ?? [];
      if (under.some((loss) => loss.userId === keeperId)) throw lastAdmin();
      return { losses: [...under, { id, userId, at }] };
    });
  };
  const end = async (id: string): Promise<void> => {
    await stored.update(LOSSES, ({ losses }) => ({ losses: losses.filter((loss) => loss.id !== id) }));
  };

  return {
    run: async (userId, keeperId, work) => {
      const id = newId();
      await begin(id, userId, keeperId);
      try {
        // Looked at only now: whoever takes the keeper away from here on finds this loss, and is refused.
        if (!(await isAdmin(keeperId))) throw lastAdmin();
        return await work();
      } finally {
        // One that cannot be taken off is passed over when its time is up.
        await end(id).catch(() => undefined);
      }
    },
  };
}

export const lastAdmin = (): AppError =>
  new AppError('AccessDenied', {
    zh: '这样图床就没有可用的管理员了；请先用 auth/updateUser 把另一个账号设为管理员',
    en: 'The bed would have no admin left; make somebody else one by auth/updateUser first',
  });
