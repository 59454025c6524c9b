import { AppError } from '../../errors.ts';
import type { Grant, Quota, Role } from '../access/access.ts';
import { maskPhone, type User, type Users } from './users.ts';

/** An account as admins, and its owner, see it. */
export interface Profile {
  readonly userId: string;
  readonly name: string;
  readonly tfs: string;
  readonly email: string;
  /** Masked. */
  readonly phone: string;
  readonly role: Role;
  readonly grants: readonly Grant[];
  readonly quota: Quota;
  readonly disabled: boolean;
  readonly wechatBound: boolean;
  readonly createdAt: string;
}

/** What an admin may change of an account. */
export interface ProfileChange {
  readonly userId: string;
  readonly role?: Role | undefined;
  readonly grants?: readonly Grant[] | undefined;
  readonly quota?: Quota | undefined;
  readonly disabled?: boolean | undefined;
}

/** What admins do. */
export interface Administration {
  profile(userId: string): Promise<Profile>;
  list(options: { readonly after?: string | undefined; readonly limit: number }): Promise<{
    readonly users: readonly Profile[];
    readonly after?: string;
  }>;
  /** Changes an account; disabling one ends its sessions at once. @throws {AppError} NoSuchUser; AccessDenied for taking away one's own admin role */
  update(adminId: string, change: ProfileChange): Promise<Profile>;
}

/** Creates the administration service. */
export function createAdministration(users: Users): Administration {
  return {
    profile: async (userId) => toProfile(userId, await users.get(userId)),
    list: async ({ after, limit }) => {
      const page = await users.list({ limit, ...(after !== undefined && { after }) });
      const profiles = page.users.map(({ userId, ...user }) => toProfile(userId, user));
      return { users: profiles, ...(page.after !== undefined && { after: page.after }) };
    },
    update: async (adminId, { userId, role, grants, quota, disabled }) => {
      if (userId === adminId && (role === 'member' || disabled === true)) throw wouldLockOut();
      const changed = await users.update(userId, (user) => ({
        ...user,
        role: role ?? user.role,
        grants: grants?.map((grant) => ({ ...grant, actions: [...grant.actions] })) ?? user.grants,
        quota: quota ?? user.quota,
        disabled: disabled ?? user.disabled,
        epoch: disabled === true ? user.epoch + 1 : user.epoch,
      }));
      return toProfile(userId, changed);
    },
  };
}

const toProfile = (userId: string, user: User): Profile => {
  const { name, tfs, email, role, grants, quota, disabled, createdAt } = user;
  const phone = maskPhone(user.phone);
  return {
    userId,
    name,
    tfs,
    email,
    phone,
    role,
    grants,
    quota,
    disabled,
    wechatBound: user.wechat !== undefined,
    createdAt,
  };
};

const wouldLockOut = (): AppError =>
  new AppError('AccessDenied', {
    zh: '不能停用自己或取消自己的管理员；请让另一位管理员操作',
    en: 'You cannot disable yourself or give up your own admin role; another admin can do it',
  });
