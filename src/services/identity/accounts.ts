import { AppError } from '../../errors.ts';
import type { Invitations } from './invitations.ts';
import type { PasswordPolicy } from './password-policy.ts';
import type { Passwords } from './passwords.ts';
import type { Rate, Throttle } from './throttle.ts';
import { defaultGrants, type User, type Users } from './users.ts';

/** Wrong passwords for one account, whoever sends them. */
const PASSWORDS: Rate = { name: 'password', most: 20, windowSeconds: 15 * 60 };
const PASSWORDS_FROM: Rate = { name: 'password-ip', most: 100, windowSeconds: 15 * 60 };
const REGISTRATIONS_FROM: Rate = { name: 'register-ip', most: 200, windowSeconds: 60 * 60 };

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
  /** Sets a new password and ends every session. @throws {AppError} as `prove`, and WeakPassword */
  changePassword(change: PasswordChange, clientIp: string | undefined): Promise<void>;
}

/** An old password for a new one. */
export interface PasswordChange {
  readonly phone: string;
  readonly opwd: string;
  readonly npwd: string;
}

interface AccountsOptions {
  readonly users: Users;
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
  readonly invitations: Invitations;
  readonly throttle: Throttle;
  readonly registration: RegistrationPolicy;
  readonly defaultBucket: string;
  /** May register whatever the policy. */
  readonly adminPhone: string | undefined;
  readonly now: () => Date;
}

/** Creates the account service. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { users, passwords, passwordPolicy, invitations, throttle, now } = options;

  const register: Accounts['register'] = async ({ upwd, invitation, ...person }, clientIp) => {
    await throttle.consume(REGISTRATIONS_FROM, [clientIp]);
    await passwordPolicy.require(upwd, [person.phone, person.name, person.email]);
    const userId = await users.idOf(person.phone);
    if ((await users.find(userId)) !== undefined) throw accountExists();
    const invited = await requireWelcome(person.phone, invitation);
    const created = await users.create(userId, {
      ...person,
      passwordHash: await passwords.hash(upwd),
      grants: defaultGrants(options.defaultBucket),
      quota: {},
      disabled: false,
      epoch: 0,
      tokens: [],
      createdAt: now().toISOString(),
    });
    if (!created) throw accountExists();
    await invited();
    return { userId };
  };

  /** Answers with what to do once the account is made. */
  const requireWelcome = async (phone: string, invitation: string | undefined): Promise<() => Promise<void>> => {
    const isAwaited = phone === options.adminPhone || (await users.isEmpty());
    if (options.registration === 'open' || isAwaited) return async () => {};
    if (options.registration === 'closed') throw registrationClosed();
    return invitations.accept(invitation);
  };

  const prove: Accounts['prove'] = async (phone, password, clientIp) => {
    const userId = await users.idOf(phone);
    await throttle.consume(PASSWORDS_FROM, [clientIp]);
    await throttle.consume(PASSWORDS, [userId]);
    const user = await users.find(userId);
    const proof = await passwords.verify(user?.passwordHash, password);
    if (proof === 'wrong' || user === undefined) throw invalidCredentials();
    await Promise.all([throttle.refund(PASSWORDS_FROM, [clientIp]), throttle.refund(PASSWORDS, [userId])]);
    if (user.disabled) throw accountDisabled();
    if (proof === 'outdated') await rehash(userId, user.passwordHash, password);
    return { userId, user };
  };

  const rehash = async (userId: string, old: string, password: string): Promise<void> => {
    const passwordHash = await passwords.hash(password);
    await users.update(userId, (user) => (user.passwordHash === old ? { ...user, passwordHash } : user));
  };

  const changePassword: Accounts['changePassword'] = async ({ phone, opwd, npwd }, clientIp) => {
    const { userId, user } = await prove(phone, opwd, clientIp);
    await passwordPolicy.require(npwd, [phone, user.name, user.email]);
    const passwordHash = await passwords.hash(npwd);
    await users.update(userId, (stored) => {
      if (stored.passwordHash !== user.passwordHash) throw invalidCredentials();
      return { ...stored, passwordHash, epoch: stored.epoch + 1 };
    });
  };

  return { register, prove, changePassword };
}

const accountExists = (): AppError =>
  new AppError('AccountExists', {
    zh: '该手机号已注册，请直接登录',
    en: 'This phone number has an account already; sign in instead',
  });

const invalidCredentials = (): AppError =>
  new AppError('InvalidCredentials', { zh: '手机号或密码不正确', en: 'The phone number or the password is wrong' });

/** The refusal of a person who is known but shut out. */
export const accountDisabled = (): AppError =>
  new AppError('AccessDenied', { zh: '账号已停用，请联系管理员', en: 'The account is disabled; ask an admin' });

const registrationClosed = (): AppError =>
  new AppError('AccessDenied', {
    zh: '注册已关闭，请联系管理员',
    en: 'Registration is closed; ask an admin',
  });
