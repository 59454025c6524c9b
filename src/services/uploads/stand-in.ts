import { AppError } from '../../errors.ts';
import { type Caller, type Member, requireMember } from '../access/access.ts';
import { type RecallHolder, toHolder } from '../identity/callers.ts';
import type { Users } from '../identity/users.ts';

/** Who changes an image that stays its owner's: the owner, or an admin, who may do what admins may at the owner's expense. */
export interface StandIn {
  /** Whose the image is and whose quota counts, with the role and the limits of whoever calls. */
  readonly member: Member;
  /** Who it is that calls. */
  readonly actorId: string;
  /** Finds out anew, once an image has come, whether whoever calls may still do so. */
  readonly recallHolder: RecallHolder;
}

interface StandInOptions {
  readonly users: Pick<Users, 'find'>;
  readonly recallHolder: RecallHolder;
}

/** Creates what finds in whose name an image is changed. @throws {AppError} AccessDenied for an image that is nobody's */
export const createStandIn =
  ({ users, recallHolder }: StandInOptions) =>
  async (caller: Caller, ownerId: string | undefined): Promise<StandIn> => {
    const actor = requireMember(caller);
    const { userId: actorId } = actor;
    if (ownerId === actorId) return { member: actor, actorId, recallHolder };
    const findQuota = async () => {
      const owner = ownerId === undefined ? undefined : await users.find(ownerId);
      if (ownerId === undefined || owner === undefined) throw isNobodys();
      return { userId: ownerId, quota: owner.quota };
    };
    return {
      member: { ...actor, ...(await findQuota()) },
      actorId,
      recallHolder: async () => {
        const holder = await recallHolder(toHolder(actor));
        // Who is an admin no more is nobody who may.
        return holder?.role === 'admin' ? { ...holder, ...(await findQuota()) } : undefined;
      },
    };
  };

const isNobodys = (): AppError =>
  new AppError('AccessDenied', {
    zh: '这张图片不属于任何账号，没有人可以保存它的旧版本；请用 object/putObject 覆盖',
    en: 'The image is of no account that could keep what it was; overwrite it by object/putObject',
  });
