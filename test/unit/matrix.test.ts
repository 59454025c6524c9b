import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../src/contract/contract.ts';
import { documentation } from '../../src/contract/documentation.ts';
import { SCOPES } from '../../src/naming/scope.ts';
import { type Bed, openBed, type Person } from '../support/bed.ts';
import { makePng } from '../support/png.ts';

const BASE64 = makePng(2, 2).toString('base64');
const SECRET = 'the secret of the matrix test 0123456789';
const PLACE = { bucketName: 'images', objectName: 'm.png' };

/** A good input for every route, but for a password that would take the account away. */
const INPUTS: Readonly<Record<string, object>> = {
  ...Object.fromEntries(Object.entries(documentation).map(([url, { example }]) => [url, example])),
  'auth/deleteAccount': { upwd: 'wrong horse 7', images: 'keep' },
};
const OPEN = [
  'health',
  'auth/register',
  'auth/login',
  'auth/refresh',
  'auth/change',
  'auth/resetPassword',
  'auth/wechatLogin',
  'auth/wechatBind',
];
const ADMIN = [
  'auth/invite',
  'auth/listInvitations',
  'auth/withdrawInvitation',
  'auth/createPasswordReset',
  'auth/listUsers',
  'auth/updateUser',
  'bucket/makeBucket',
  'bucket/removeBucket',
  'bucket/getBucketCors',
  'bucket/setBucketCors',
  'bucket/getHotlinkRule',
  'bucket/setHotlinkRule',
  'bucket/removeHotlinkRule',
  'bucket/getUploadRule',
  'bucket/setUploadRule',
  'bucket/removeUploadRule',
  'bucket/testBucket',
  'bucket/reconcile',
  'image/usage',
  'image/setPresets',
  'policy/getBucketPolicy',
  'policy/setBucketPolicy',
  'policy/removeBucketPolicy',
  'notification/getBucketNotification',
  'notification/setBucketNotification',
  'notification/removeAllBucketNotification',
];

let bed: Bed;
let admin: Person;
let ann: Person;
beforeAll(async () => {
  bed = await openBed({ IMAGEPIC_SECRET: SECRET });
  admin = await bed.person('Admin');
  ann = await bed.person('Ann');
});
afterAll(() => bed.close());

const login = async (who: Person): Promise<string> =>
  (await bed.call('auth/login', { phone: who.phone, upwd: who.upwd })).data.token;

/** Takes a genuine token apart and signs it again with a change. */
function tamper(token: string, change: { header?: object; claims?: object }): string {
  const [head = '', body = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ ...JSON.parse(head), ...change.header })}.${encode({ ...JSON.parse(body), ...change.claims })}`;
  return `${signed}.${createHmac('sha256', 'not the key').update(signed).digest('base64url')}`;
}

/** Where a picture is not looked at before the image is found that it is for. */
const OF_IMAGE: Readonly<Record<string, string>> = { 'image/replace': 'NoSuchKey' };

describe('the routing table', () => {
  it('R5 has a row here for every route, and is open only where this list says so', () => {
    expect(Object.keys(INPUTS).sort()).toEqual(Object.keys(contract).sort());
    const routes = Object.entries(contract);
    expect(
      routes
        .filter(([, { access }]) => access === 'public')
        .map(([url]) => url)
        .sort(),
    ).toEqual([...OPEN].sort());
    expect(
      routes
        .filter(([, { access }]) => access === 'admin')
        .map(([url]) => url)
        .sort(),
    ).toEqual([...ADMIN].sort());
  });

  it.each(Object.keys(INPUTS).filter((url) => !OPEN.includes(url)))(
    'R5 guards %s against every bad credential',
    async (url) => {
      const input = INPUTS[url];
      const token = await login(ann);
      const revoked = await login(ann);
      await bed.call('auth/logout', {}, revoked);
      const bad = {
        'no token': undefined,
        garbage: 'garbage',
        'alg none': tamper(token, { header: { alg: 'none' } }),
        'another audience': tamper(token, { claims: { aud: 'other' } }),
        'another issuer': tamper(token, { claims: { iss: 'other' } }),
        'another type': tamper(token, { header: { typ: 'JWT' } }),
        'somebody else': tamper(token, { claims: { sub: admin.userId } }),
        'a refresh token': ann.refreshToken,
        revoked,
      };
      for (const [name, credential] of Object.entries(bad)) {
        const answer = await bed.call(url, input, credential);
        expect(answer, name).toMatchObject({ success: false, error: 'InvalidToken', msg: '未满足权限' });
      }
      bed.clock.now += 900_000;
      expect((await bed.call(url, input, token)).error, 'expired').toBe('InvalidToken');
    },
  );

  it.each(Object.keys(INPUTS).filter((url) => !OPEN.includes(url)))(
    'holds %s to the scopes of API tokens',
    async (url) => {
      const owner = await login(admin);
      const scope = Object.entries(contract).find(([name]) => name === url)?.[1];
      const wanted = scope !== undefined && 'scope' in scope ? scope.scope : undefined;
      for (const one of SCOPES) {
        const { token, id } = (await bed.call('auth/createToken', { name: one, scopes: [one] }, owner)).data;
        const answer = await bed.call(url, INPUTS[url], token);
        if (one === wanted || wanted === 'any') expect(answer.error, one).not.toBe('AccessDenied');
        else expect(answer.error, one).toBe('AccessDenied');
        await bed.call('auth/revokeToken', { tokenId: id }, owner);
      }
    },
  );

  it('lets an API token of any scope do two things beside: look at itself, and end itself', () => {
    const forAny = Object.entries(contract).filter(([, route]) => 'scope' in route && route.scope === 'any');
    expect(forAny.map(([url]) => url)).toEqual(['auth/logout', 'auth/whoami']);
  });

  const FIELDS = Object.entries(INPUTS).flatMap(([url, input]) =>
    Object.keys(input).map((name) => [url, name] as const),
  );
  it.each(FIELDS)('R4 refuses what cannot be right, and names it: %s, %s', async (url, name) => {
    const owner = await login(admin);
    const list = async () =>
      (await bed.call('object/listObjects', { bucketName: 'images', recursive: true }, owner)).data;
    const before = await list();
    for (const value of [null, { $ne: null, $gt: '' }, [[]], 'x'.repeat(1_000_000), Number.MAX_VALUE]) {
      const answer = await bed.call(url, { ...INPUTS[url], [name]: value }, owner);
      // A store's own document may be any object, and the embedded store takes none.
      const isDocument =
        ['policy', 'configuration'].includes(name) && typeof value === 'object' && !Array.isArray(value);
      const isLongImage = name === 'base64' && typeof value === 'string';
      const expected =
        value !== null && isDocument
          ? 'NotImplemented'
          : isLongImage
            ? (OF_IMAGE[url] ?? 'UnsupportedMediaType')
            : 'InvalidArgument';
      expect(answer, `${JSON.stringify(value).slice(0, 20)}`).toMatchObject({ success: false, error: expected });
    }
    expect(await list()).toEqual(before);
  });

  it('R5 gives every admin route to admins only', async () => {
    const member = await login(ann);
    for (const url of ADMIN) expect((await bed.call(url, INPUTS[url], member)).error, url).toBe('AccessDenied');
  });

  it('R46 lets no secret into any log line, on any route or error path', async () => {
    const canary = 'CANARYcanary0123456789';
    const owner = await login(admin);
    bed.log.length = 0;
    for (const [url, input] of Object.entries(INPUTS)) {
      for (const token of [undefined, canary, owner]) {
        const spiked = Object.fromEntries(Object.keys(input).map((name) => [name, canary]));
        await bed.call(url, input, token, { $idempotencyKey: canary });
        await bed.call(url, spiked, token, { $requestId: `${canary}\r\nx` });
        await bed.call(url, { ...input, upwd: canary, opwd: canary, npwd: canary, base64: canary }, token);
      }
    }
    const { token } = (await bed.call('auth/createToken', { name: 'x', scopes: ['list'] }, await login(admin))).data;
    await bed.call('bucket/listBuckets', {}, token);
    const log = bed.log.join('');
    expect(bed.log.length).toBeGreaterThan(100);
    expect(log).not.toContain(canary);
    expect(log).not.toContain(owner);
    expect(log).not.toContain(token);
    expect(log).not.toMatch(/138000000\d\d|correct horse/);
    for (const line of bed.log) expect(line.indexOf('\n')).toBe(line.length - 1);
  });

  it('writes down every change: who, what, when and from where', async () => {
    bed.log.length = 0;
    await bed.callFrom(
      'oSomebody',
      'object/putObject',
      { ...PLACE, objectName: 'audit.png', base64: BASE64 },
      await login(ann),
    );
    const [line] = bed.log.filter((one) => one.includes('"event":"audit"') && one.includes('putObject'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      event: 'audit',
      $url: 'object/putObject',
      actor: ann.userId,
      clientIp: '10.0.0.1',
      transport: 'call-function',
      target: { bucketName: 'images', objectName: 'audit.png' },
      time: expect.stringMatching(/Z$/),
    });
  });
});
