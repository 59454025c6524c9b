import { AppError } from '../../errors.ts';
import type { AdminCode } from './admin-code.ts';
import type { Emails } from './emails.ts';
import type { Invitations } from './invitations.ts';
import type { PasswordPolicy } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import type { Phones } from './phones.ts';
import type { Rate, Throttle } from './throttle.ts';
import { accountDisabled, defaultGrants, type User, type Users } from './users.ts';

/** Wrong passwords for one account, whoever sends them. Phones that nobody has are counted too, in no more than 4,096 counters. */
const PASSWORDS: Rate = { name: 'password', most: 20, windowSeconds: 15 * 60, spread: 3 };
const PASSWORDS_FROM: Rate = { name: 'password-ip', most: 100, windowSeconds: 15 * 60 };
const REGISTRATIONS_FROM: Rate = { name: 'register-ip', most: 200, windowSeconds: 60 * 60 };
/** Accounts from all addresses that nobody knows, so that strangers cannot make any number; who is refused for want of an invitation uses none up. */
const REGISTRATIONS_FROM_UNKNOWN: Rate = { name: 'register-unknown', most: 1000, windowSeconds: 60 * 60 };

/** What somebody registers with. */
export interface Registration {
  readonly name: string;
  readonly tfs: string;
  readonly email: string;
  readonly phone: string;
  readonly upwd: string;
  readonly invitation?: string | undefined;
}

/** Who may make an account; the very first one always may. */
export type RegistrationPolicy = 'open' | 'invite' | 'closed';

/** A person that has proved to be who it says. */
export interface ProvenUser {
  readonly userId: string;
  readonly user: User;
}

/** How people come to accounts and prove that they are theirs. */
export interface Accounts {
  /** Makes an account; the very first one is the admin. @throws {AppError} AccountExists, AccessDenied, WeakPassword, TooManyRequests */
  register(registration: Registration, clientIp: string | undefined): Promise<{ readonly userId: string }>;
  /** Finds whose phone and password these are. @throws {AppError} InvalidCredentials, the same for an unknown phone and a wrong password; TooManyRequests */
  prove(phone: string, password: string, clientIp: string | undefined): Promise<ProvenUser>;
  /** Sets a new password and ends every session, and every API token if it is said. @throws {AppError} as `prove`, and WeakPassword */
  changePassword(change: PasswordChange, clientIp: string | undefined): Promise<void>;
}

/** An old password for a new one. */
export interface PasswordChange {
  readonly phone: string;
  readonly opwd: string;
  readonly npwd: string;
  readonly endTokens?: boolean | undefined;
}

interface AccountsOptions {
  readonly users: Users;
  readonly phones: Phones;
  readonly emails: Pick<Emails, 'claim'>;
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
  readonly invitations: Invitations;
  readonly throttle: Throttle;
  readonly registration: RegistrationPolicy;
  readonly defaultBucket: string;
  readonly adminPhone: string | undefined;
  /** Lets the admin's phone in whatever the policy, and proves it. */
  readonly adminCode?: AdminCode | undefined;
  readonly now: () => Date;
}

/** Creates the account service. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { users, phones, emails, passwords, passwordPolicy, invitations, throttle, now } = options;

  const register: Accounts['register'] = async ({ upwd, invitation, ...person }, clientIp) => {
    await throttle.consumeFrom(REGISTRATIONS_FROM, clientIp);
    await passwordPolicy.require(upwd, [person.phone, person.name, person.email]);
    const userId = await phones.idFor(person.phone);
    const isProved = options.adminCode?.isProved(person.phone, invitation) === true;
    // Whoever may not come in learns nothing of who is there; what may fail comes before what is used up.
    const admission = await admit(userId, isProved, invitation);
    if (clientIp === undefined) await throttle.consume(REGISTRATIONS_FROM_UNKNOWN, ['']);
    if ((await phones.find(person.phone)) !== undefined) throw accountExists();
    const passwordHash = await passwords.hash(upwd);
    await admission.take();
    const created =
      (await phones.claim(person.phone, userId)) &&
      (await emails
        .claim(person.email, userId)
        .then(() =>
          users.create(userId, {
            ...person,
            passwordHash,
            grants: defaultGrants(options.defaultBucket),
            quota: {},
            disabled: false,
            epoch: 0,
            tokens: [],
            createdAt: now().toISOString(),
            ...(person.phone === options.adminPhone && { adminProved: isProved }),
          }),
        )
        .catch((error: unknown) => giveBackUnlessMade(userId, admission, error)));
    if (!created) {
      await admission.giveBack();
      throw accountExists();
    }
    return { userId };
  };

  const hasAccount = async (userId: string): Promise<boolean> => (await users.find(userId)) !== undefined;

  /** After a failure there may be an account all the same; who cannot tell leaves it to time. */
  const giveBackUnlessMade = async (userId: string, admission: Admission, cause: unknown): Promise<never> => {
    const isMade = await hasAccount(userId).catch(() => true);
    if (!isMade) await admission.giveBack().catch(() => {});
    throw cause;
  };

  /** The one place that decides who may make an account. @throws {AppError} AccessDenied */
  const admit = async (userId: string, isProved: boolean, invitation: string | undefined): Promise<Admission> => {
    if (options.registration === 'open' || isProved) return FREE;
    if (await users.isFirst(userId)) return toSeat(userId);
    if (options.registration === 'closed') throw registrationClosed();
    const taker = { userId, hasAccount };
    await invitations.check(invitation, taker);
    return {
      take: () => invitations.accept(invitation, taker),
      giveBack: () => invitations.giveBack(invitation),
    };
  };

  /** Many may see that there is nobody yet; one of them is the first. */
  const toSeat = (userId: string): Admission => ({
    take: async () => {
      if (!(await users.takeSeat(userId))) throw registrationClosed();
    },
    giveBack: () => users.leaveSeat(userId),
  });

  const prove: Accounts['prove'] = async (phone, password, clientIp) => {
    const subject = await users.idOf(phone);
    await throttle.consumeFrom(PASSWORDS_FROM, clientIp);
    await throttle.consume(PASSWORDS, [subject]);
    const found = await phones.find(phone);
    const proof = await passwords.verify(found?.user.passwordHash, password);
    if (proof === 'wrong' || found === undefined) throw invalidCredentials();
    await Promise.all([throttle.refundFrom(PASSWORDS_FROM, clientIp), throttle.refund(PASSWORDS, [subject])]);
    if (found.user.disabled) throw accountDisabled();
    if (proof === 'outdated') await rehash(found.userId, found.user.passwordHash, password);
    return found;
  };

  const rehash = async (userId: string, old: string, password: string): Promise<void> => {
    const passwordHash = await passwords.hash(password);
    await users.update(userId, (user) => (user.passwordHash === old ? { ...user, passwordHash } : user));
  };

  const changePassword: Accounts['changePassword'] = async ({ phone, opwd, npwd, endTokens }, clientIp) => {
    const { userId, user } = await prove(phone, opwd, clientIp);
    await passwordPolicy.require(npwd, [phone, user.name, user.email]);
    const passwordHash = await passwords.hash(npwd);
    await users.update(userId, (stored) => {
      if (stored.passwordHash !== user.passwordHash) throw invalidCredentials();
      return { ...stored, passwordHash, epoch: stored.epoch + 1, ...(endTokens === true && { tokens: [] }) };
    });
  };

  return { register, prove, changePassword };
}

/** Leave to make an account: taken at the last moment before, and given back when none was made. */
interface Admission {
  /** @throws {AppError} AccessDenied when another was faster */
  take(): Promise<void>;
  giveBack(): Promise<void>;
}

const FREE: Admission = { take: async () => {}, giveBack: async () => {} };

/** The refusal of a phone that somebody has. */
export const accountExists = (): AppError =>
  new AppError('AccountExists', {
    zh: '该手机号已注册，请直接登录',
    en: 'This phone number has an account already; sign in instead',
  });

/** The refusal that says not which of the two is wrong. */
export const invalidCredentials = (): AppError =>
  new AppError('InvalidCredentials', { zh: '手机号或密码不正确', en: 'The phone number or the password is wrong' });

const registrationClosed = (): AppError =>
  new AppError('AccessDenied', {
    zh: '注册已关闭，请联系管理员',
    en: 'Registration is closed; ask an admin',
  });
