import * as v from 'valibot';
import { type AppServices, defineEndpoint, type Member, measureInput } from '../../app.ts';
import { defineField, input } from '../../contract/field.ts';
import { email, upwd } from '../../contract/fields/account.ts';
import { AppError } from '../../errors.ts';
import { toPhone } from '../../naming/phone.ts';

/** Clients ask for a token whenever they start, and never give one back. */
const MAX_TOKENS = 5;
const TOKEN_NAME = 'Lsky API';
const SCOPES = ['upload', 'list', 'delete'] as const;

/** Sign-in and profile as Lsky's clients know them. */
interface LskyAccounts {
  /**
   * Makes an API token for uploading, listing and removing. `email` may also be the phone, which is what accounts here go
   * by; an email that several accounts have counts for the first of them.
   *
   * @throws {AppError} InvalidCredentials, TooManyRequests
   */
  createToken(email: string, password: string, clientIp: string | undefined): Promise<string>;
  /** Ends every token that was made so. */
  revokeTokens(userId: string): Promise<void>;
  profile(userId: string): Promise<LskyProfile>;
}

/** An account with what it takes up. */
interface LskyProfile {
  readonly name: string;
  readonly email: string;
  readonly bytes: number;
  readonly objects: number;
  readonly quotaBytes?: number;
}

function createLskyAccounts({ accounts, users, apiTokens, usage, emails }: AppServices): LskyAccounts {
  /** An unknown email goes on to be refused like a wrong password, after as much work. */
  const phoneOf = async (email: string): Promise<string> =>
    toPhone(email) ?? (await emails.find(email))?.user.phone ?? `unknown ${email}`;

  const ownTokens = async (userId: string) => (await apiTokens.list(userId)).filter(({ name }) => name === TOKEN_NAME);

  return {
    createToken: async (email, password, clientIp) => {
      const { userId } = await accounts.prove(await phoneOf(email), password, clientIp).catch(refuse);
      const request = { name: TOKEN_NAME, scopes: SCOPES };
      return (await apiTokens.create(userId, request, { mostOfName: MAX_TOKENS })).token;
    },
    revokeTokens: async (userId) => {
      for (const { id } of await ownTokens(userId)) await apiTokens.revoke(userId, id);
    },
    profile: async (userId) => {
      const [{ name, email, quota }, { bytes, objects }] = await Promise.all([users.get(userId), usage.read(userId)]);
      return { name, email, bytes, objects, ...(quota.bytes !== undefined && { quotaBytes: quota.bytes }) };
    },
  };
}

/** The client's field is called email, so the sentence names both. */
const refuse = (error: unknown): never => {
  if (!(error instanceof AppError) || error.code !== 'InvalidCredentials') throw error;
  throw new AppError('InvalidCredentials', {
    zh: '账号或密码不正确；邮箱一栏可填手机号，或填注册时的邮箱（多个账号共用时只对最先使用它的账号有效）',
    en: 'The account or the password is wrong; the email field takes the phone number, or the email of the account (of several with the same, of the first)',
  });
};

/** What Lsky calls an email: the phone will do too. */
const login = defineField('email', { ...email, schema: v.pipe(v.string(), v.minLength(1), v.maxLength(254)) });

/** Signs in and makes a token. */
export const createToken = defineEndpoint({
  name: 'lsky/createToken',
  access: 'public',
  changes: true,
  audits: {},
  input: input({ email: login, upwd }),
  handle: (services) => {
    const accounts = createLskyAccounts(services);
    return async (given, { clientIp }) => ({
      token: await accounts.createToken(given.email, given.upwd, clientIp),
    });
  },
});

/** What a sign-in can need of a body. */
export const SIGN_IN = measureInput(createToken.input);

/**
 * The account itself is for its sessions, and for tokens as wide as those that signing in here makes; what is narrowed
 * has its folder and no more.
 *
 * @throws {AppError} AccessDenied
 */
function requireWholeAccount({ narrowing }: Member): void {
  const isWide =
    narrowing === undefined || (isUnbounded(narrowing) && SCOPES.every((scope) => narrowing.scopes.includes(scope)));
  if (isWide) return;
  throw new AppError('AccessDenied', {
    zh: '这个 token 限于目录、存储桶或部分权限，不能查看账号或撤销 token；请用 POST /api/v1/tokens 登录取得 token',
    en: 'This token is narrowed to a folder, a bucket or some scopes, and may not see the account or end its tokens; sign in by POST /api/v1/tokens for one that may',
  });
}

const isUnbounded = ({ bucketName, prefix, maxBytes }: NonNullable<Member['narrowing']>): boolean =>
  [bucketName, prefix, maxBytes].every((bound) => bound === undefined);

/** Ends the tokens of Lsky's clients. */
export const revokeTokens = defineEndpoint({
  name: 'lsky/revokeTokens',
  access: 'member',
  scope: 'delete',
  changes: true,
  audits: {},
  input: input({}),
  handle: (services) => {
    const accounts = createLskyAccounts(services);
    return async (_input, { caller }) => {
      requireWholeAccount(caller);
      await accounts.revokeTokens(caller.userId);
      return {};
    };
  },
});

/** Who is signed in, and how much there is of theirs. */
export const showProfile = defineEndpoint({
  name: 'lsky/profile',
  access: 'member',
  scope: 'list',
  input: input({}),
  handle: (services) => {
    const accounts = createLskyAccounts(services);
    return async (_input, { caller }) => {
      requireWholeAccount(caller);
      const { albums } = await services.openClientServices();
      return { ...(await accounts.profile(caller.userId)), albums: await albums.total(caller) };
    };
  },
});
