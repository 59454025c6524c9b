import type { Legacy } from '../../naming/account.ts';
import type { Member } from '../access/access.ts';
import { openCollection } from '../collection.ts';
import { type Accounts, accountExists, invalidCredentials } from './accounts.ts';
import { lastAdmin } from './admin-losses.ts';
import type { Emails } from './emails.ts';
import { createPasswordResets, type PasswordResets, type PasswordResetsOptions } from './password-resets.ts';
import { LEFT_IDS, type Phones } from './phones.ts';
import { type Profile, toProfile, type User } from './users.ts';
import type { Wechat } from './wechat.ts';

/** What a person changes of its own account. */
export interface OwnChange {
  readonly upwd: string;
  readonly name?: string | undefined;
  readonly tfs?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
}

/** The second half of an account: how it changes, how it is got back, and how it ends. */
export interface AccountChanges {
  /** Changes an account, proved by its password. @throws {AppError} InvalidCredentials, TooManyRequests; AccountExists for a phone that somebody has */
  change(member: Member, change: OwnChange, clientIp: string | undefined): Promise<Profile>;
  readonly createReset: PasswordResets['create'];
  readonly reset: PasswordResets['redeem'];
  /** Deletes an account, proved by its password: it is gone at once, its images as soon as they can be. @throws {AppError} as `change`; AccessDenied for the last admin */
  remove(
    member: Member,
    upwd: string,
    images: Legacy,
    clientIp: string | undefined,
  ): Promise<{ readonly finished: boolean }>;
}

interface AccountChangesOptions extends PasswordResetsOptions {
  readonly phones: Phones;
  readonly emails: Emails;
  readonly accounts: Accounts;
  readonly wechat: Wechat;
  /** What is done with the images of whoever leaves. */
  readonly departures: {
    begin(userId: string, images: Legacy, heirId: string): Promise<void>;
    run(budget: { readonly budgetMs: number }): Promise<{ readonly finished: boolean }>;
  };
}

/** How long whoever leaves waits for the images; the rest is the job's. */
const LEAVING_MS = 3000;

/** Creates the service of accounts that are there already. */
export function createAccountChanges(options: AccountChangesOptions): AccountChanges {
  const { documents, users, phones, emails, accounts, wechat, departures, now } = options;
  const resets = createPasswordResets(options);
  const left = openCollection(documents, LEFT_IDS);

  const prove = async ({ userId }: Member, upwd: string, clientIp: string | undefined): Promise<User> => {
    const { phone } = await users.get(userId);
    const proven = await accounts.prove(phone, upwd, clientIp);
    if (proven.userId !== userId) throw invalidCredentials();
    return proven.user;
  };

  const store = (userId: string, proven: User, change: Partial<User>): Promise<User> =>
    users.update(userId, (stored) => {
      if (stored.passwordHash !== proven.passwordHash) throw invalidCredentials();
      return { ...stored, ...change };
    });

  const change: AccountChanges['change'] = async (member, own, clientIp) => {
    const proven = await prove(member, own.upwd, clientIp);
    const { email = proven.email } = own;
    if (email === proven.email) return changeProven(member, proven, own);
    await emails.claim(email, member.userId);
    const profile = await changeProven(member, proven, own);
    // Once more, in case that another change took it off meanwhile.
    await emails.claim(email, member.userId);
    await emails.release(proven.email, member.userId);
    return profile;
  };

  const changeProven = async ({ userId }: Member, proven: User, own: OwnChange): Promise<Profile> => {
    const { upwd: _, phone, ...rest } = own;
    const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    if (phone === undefined || phone === proven.phone) return toProfile(userId, await store(userId, proven, said));
    const changed = await keepingAnAdmin(userId, async () => {
      if (!(await phones.claim(phone, userId))) throw accountExists();
      // A phone that is only said to be one's own proves nothing, least of all that one is the admin.
      return store(userId, proven, { ...said, phone, adminProved: false });
    });
    await phones.release(proven.phone, userId);
    return toProfile(userId, changed);
  };

  /** Runs what takes away a phone by which somebody may be the admin. */
  const keepingAnAdmin = async (userId: string, work: () => Promise<User>): Promise<User> => {
    if (!(await users.isAdminByPhone(userId))) return work();
    return users.withoutAdmin(userId, await requireOtherAdmin(userId), work);
  };

  const requireOtherAdmin = async (userId: string): Promise<string> => {
    const keeperId = await users.findOtherAdmin(userId);
    if (keeperId === undefined) throw lastAdmin();
    return keeperId;
  };

  /** From the last step to the first, so that whoever asks again after a failure finds the account as it was. */
  const forget = async (userId: string, user: User, heirId: string): Promise<void> => {
    if (user.wechat !== undefined) await wechat.unbind(userId);
    await left.create(userId, { at: now().getTime() });
    await users.remove(userId, heirId);
    await phones.release(user.phone, userId);
    await emails.release(user.email, userId);
  };

  return {
    change,
    createReset: resets.create,
    reset: resets.redeem,
    remove: async (member, upwd, images, clientIp) => {
      const { userId } = member;
      const user = await prove(member, upwd, clientIp);
      const heirId = await requireOtherAdmin(userId);
      await users.withoutAdmin(userId, heirId, async () => {
        if (images !== 'keep') await departures.begin(userId, images, heirId);
        await forget(userId, user, heirId);
      });
      return images === 'keep' ? { finished: true } : departures.run({ budgetMs: LEAVING_MS });
    },
  };
}
