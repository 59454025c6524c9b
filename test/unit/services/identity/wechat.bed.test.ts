import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bed, contextOf, openBed, type Person } from '../../../support/bed.ts';

let bed: Bed;
let ann: Person;
let bob: Person;
beforeEach(async () => {
  bed = await openBed();
  ann = await bed.person('Ann');
  bob = await bed.person('Bob');
});
afterEach(() => bed.close());

const proofOf = ({ phone, upwd }: Person) => ({ phone, upwd });
const whoIs = async (openid: string, token?: string) =>
  (await bed.callFrom(openid, 'auth/me', {}, token)).data?.userId ?? 'nobody';

describe('WeChat identities', () => {
  it('R38 are bound with the password once, and then sign in by themselves', async () => {
    expect((await bed.callFrom('oAnn', 'auth/wechatLogin')).error).toBe('AccessDenied');
    expect((await bed.callFrom('oAnn', 'auth/wechatBind', { ...proofOf(ann), upwd: 'wrong horse' })).error).toBe(
      'InvalidCredentials',
    );
    expect((await bed.callFrom('oAnn', 'auth/wechatBind', proofOf(ann))).success).toBe(true);
    expect((await bed.callFrom('oAnn', 'auth/wechatBind', proofOf(ann))).success).toBe(true);
    const login = await bed.callFrom('oAnn', 'auth/wechatLogin');
    expect(login.data).toMatchObject({ token: expect.any(String), refreshToken: expect.any(String) });
    expect(await whoIs('oAnn')).toBe(ann.userId);
  });

  it('R38 are unique both ways', async () => {
    await bed.callFrom('oAnn', 'auth/wechatBind', proofOf(ann));
    expect((await bed.callFrom('oAnn', 'auth/wechatBind', proofOf(bob))).error).toBe('BindingExists');
    expect((await bed.callFrom('oBob', 'auth/wechatBind', proofOf(ann))).error).toBe('BindingExists');
    expect((await bed.callFrom('oBob', 'auth/wechatBind', proofOf(bob))).success).toBe(true);
    await bed.call('auth/wechatUnbind', {}, ann.token);
    expect(await whoIs('oAnn')).toBe('nobody');
    expect((await bed.callFrom('oNew', 'auth/wechatBind', proofOf(ann))).success).toBe(true);
  });

  it('R38 refuse a token that belongs to somebody else', async () => {
    await bed.callFrom('oAnn', 'auth/wechatBind', proofOf(ann));
    expect(await whoIs('oAnn', ann.token)).toBe(ann.userId);
    expect(await whoIs('oThief', ann.token)).toBe('nobody');
    expect(await whoIs('oAnn', bob.token)).toBe(bob.userId);
  });

  it('R37 come from the platform’s context of this call alone', async () => {
    await bed.callFrom('oAnn', 'auth/wechatBind', proofOf(ann));
    process.env['WX_OPENID'] = 'oAnn';
    process.env['WX_APPID'] = 'wx0001';
    try {
      const forged = {
        openid: 'oAnn',
        OPENID: 'oAnn',
        userInfo: { openId: 'oAnn', appId: 'wx0001' },
        headers: { 'x-wx-openid': 'oAnn' },
        httpMethod: 'POST',
      };
      for (const name of Object.keys(forged)) {
        const answer = await bed.raw({ $url: 'auth/me', [name]: forged[name as keyof typeof forged] }, {});
        expect(answer, name).toMatchObject({ success: false, error: 'InvalidToken' });
      }
      expect(await bed.raw({ $url: 'auth/wechatLogin' }, { request_id: 'r' })).toMatchObject({ error: 'AccessDenied' });
    } finally {
      delete process.env['WX_OPENID'];
      delete process.env['WX_APPID'];
    }
  });

  it('are read from the old form of the context as well', async () => {
    await bed.callFrom('oAnn', 'auth/wechatBind', proofOf(ann));
    const context = { environ: 'TCB_ENV=e;WX_OPENID=oAnn;WX_APPID=wx0001;X' };
    expect(await bed.raw({ $url: 'auth/me' }, context)).toMatchObject({ data: { userId: ann.userId } });
    const other = { environ: 'WX_OPENID=oAnn;WX_APPID=wx9999' };
    expect(await bed.raw({ $url: 'auth/me' }, other)).toMatchObject({ error: 'InvalidToken' });
  });

  it('R37 never mix on one warm instance: 1,000 alternating calls and 50 interleaved', async () => {
    await bed.callFrom('oAnn', 'auth/wechatBind', proofOf(ann));
    await bed.callFrom('oBob', 'auth/wechatBind', proofOf(bob));
    const expected = [ann.userId, 'nobody', bob.userId];
    const contexts = [contextOf('oAnn'), {}, contextOf('oBob')];
    const ask = async (index: number) => {
      const envelope = await bed.raw({ $url: 'auth/me' }, contexts[index % 3]);
      return envelope.success ? (envelope.data as { userId: string }).userId : 'nobody';
    };
    for (let index = 0; index < 1000; index += 1) expect(await ask(index)).toBe(expected[index % 3]);
    const interleaved = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)));
    expect(interleaved).toEqual(Array.from({ length: 50 }, (_, index) => expected[index % 3]));
  });
});
