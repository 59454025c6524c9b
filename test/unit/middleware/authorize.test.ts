import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessLevel } from '../../../src/contract/route-contract.ts';
import { authorize } from '../../../src/middleware/authorize.ts';
import type { Context } from '../../../src/middleware/context.ts';
import type { Role } from '../../../src/naming/account.ts';
import type { Scope } from '../../../src/naming/scope.ts';
import type { Caller } from '../../../src/services/access/access.ts';
import { type Bed, openBed, type Person } from '../../support/bed.ts';
import { makePng } from '../../support/png.ts';

const STRANGER: Caller = { kind: 'anonymous', rejectedToken: false };
const REJECTED: Caller = { kind: 'anonymous', rejectedToken: true };

const someone = (role: Role, scopes?: readonly Scope[]): Caller => ({
  kind: 'member',
  userId: 'u_1',
  role,
  grants: [],
  quota: {},
  ...(scopes && { narrowing: { scopes } }),
});

/** Runs the middleware; `passed` when the rest of the chain has run, else the refusal. */
async function run(route: { access: AccessLevel; scope?: Scope }, facts: Pick<Context, 'caller' | 'credentialKind'>) {
  let passed = false;
  try {
    // It looks at who calls, and at nothing else.
    await authorize(route)(facts as Context, async () => {
      passed = true;
    });
    return { passed };
  } catch (error) {
    return { passed, error };
  }
}

describe('a route decides who may call it', () => {
  const member = someone('member');
  const admin = someone('admin');
  it.each<[string, { access: AccessLevel; scope?: Scope }, Caller, string | undefined]>([
    ['public: a stranger', { access: 'public' }, STRANGER, undefined],
    ['public: a token that is none', { access: 'public' }, REJECTED, undefined],
    ['public: a token without the scope', { access: 'public', scope: 'read' }, someone('member', ['list']), undefined],
    ['member: a stranger', { access: 'member' }, STRANGER, 'InvalidToken'],
    ['member: a token that is none', { access: 'member' }, REJECTED, 'InvalidToken'],
    ['member: a member', { access: 'member' }, member, undefined],
    ['member: an admin', { access: 'member' }, admin, undefined],
    ['admin: a stranger', { access: 'admin' }, STRANGER, 'InvalidToken'],
    ['admin: a member', { access: 'admin' }, member, 'AccessDenied'],
    ['admin: an admin', { access: 'admin' }, admin, undefined],
    [
      'admin: an admin’s token',
      { access: 'admin' },
      someone('admin', ['upload', 'read', 'delete', 'list']),
      'AccessDenied',
    ],
    [
      'no scope: a token of every scope',
      { access: 'member' },
      someone('member', ['upload', 'read', 'delete', 'list']),
      'AccessDenied',
    ],
    ['upload: a session', { access: 'member', scope: 'upload' }, member, undefined],
    ['upload: a token for it', { access: 'member', scope: 'upload' }, someone('member', ['upload']), undefined],
    [
      'upload: a token for it and more',
      { access: 'member', scope: 'upload' },
      someone('member', ['read', 'upload']),
      undefined,
    ],
    [
      'upload: a token for all else',
      { access: 'member', scope: 'upload' },
      someone('member', ['read', 'delete', 'list']),
      'AccessDenied',
    ],
    [
      'upload: an admin’s token for all else',
      { access: 'member', scope: 'upload' },
      someone('admin', ['read', 'delete', 'list']),
      'AccessDenied',
    ],
    [
      'delete: a token for upload',
      { access: 'member', scope: 'delete' },
      someone('member', ['upload']),
      'AccessDenied',
    ],
    ['upload: a token for nothing', { access: 'member', scope: 'upload' }, someone('member', []), 'AccessDenied'],
  ])('%s', async (_, route, caller, code) => {
    const { passed, error } = await run(route, { caller });
    expect(passed).toBe(code === undefined);
    if (code !== undefined) expect(error).toMatchObject({ code });
  });

  it.each([
    ['no token', STRANGER, undefined, 'auth/login'],
    ['a wrong token', REJECTED, undefined, '重新调用 auth/login'],
    ['no token, from an upload client', STRANGER, 'api-token' as const, '没有收到 token'],
    ['a wrong token, from an upload client', REJECTED, 'api-token' as const, '有没有少复制字符'],
  ])('and tells a caller with %s what to do', async (_, caller, credentialKind, advice) => {
    const facts = { caller, ...(credentialKind && { credentialKind }) };
    const { error } = await run({ access: 'member' }, facts);
    expect(error).toMatchObject({ text: { zh: expect.stringContaining(advice) } });
  });
});

describe('a route with one scope that does two things', () => {
  let bed: Bed;
  let admin: Person;
  beforeAll(async () => {
    bed = await openBed();
    admin = await bed.person('admin');
  });
  afterAll(() => bed.close());

  /** Relocates a new image by a token of these scopes, and says which of the two ends is there afterwards. */
  const relocate = async (url: string, scopes: readonly Scope[]) => {
    const { data } = await bed.call('auth/createToken', { name: 't', scopes }, admin.token);
    const name = `${url}-${scopes.join('-')}.png`;
    const [source, target] = [`secret/${name}`, `public/${name}`];
    const put = { bucketName: 'images', objectName: source, base64: makePng(2, 2).toString('base64') };
    expect((await bed.call('object/putObject', put, admin.token)).success).toBe(true);
    const ends = { bucketName: 'images', objectName: source, toObjectName: target };
    const { success, error } = await bed.call(url, ends, data.token);
    const isThere = async (objectName: string): Promise<boolean> =>
      (await bed.call('object/statObject', { bucketName: 'images', objectName }, admin.token)).success;
    return { success, error, source: await isThere(source), target: await isThere(target) };
  };

  it.each<[string, readonly Scope[], string]>([
    ['object/copyObject', ['upload'], 'NoSuchKey'],
    ['object/copyObject', ['read', 'delete', 'list'], 'AccessDenied'],
    ['object/moveObject', ['delete'], 'NoSuchKey'],
    ['object/moveObject', ['upload', 'read', 'list'], 'AccessDenied'],
  ])('%s is refused to a token for %s alone', async (url, scopes, error) => {
    expect(await relocate(url, scopes)).toEqual({ success: false, error, source: true, target: false });
  });

  it.each<[string, readonly Scope[], boolean]>([
    ['object/copyObject', ['upload', 'read'], true],
    ['object/moveObject', ['delete', 'read', 'upload'], false],
  ])('%s is done for a token for %s', async (url, scopes, source) => {
    expect(await relocate(url, scopes)).toMatchObject({ success: true, source, target: true });
  });
});
