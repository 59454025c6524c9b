import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../../../src/services/identity/access-tokens.ts';
import { deriveKey } from '../../../../src/services/identity/keys.ts';

const SECRET = 'an access token test secret 0123456789';
const NOW = new Date('2026-01-02T03:04:05Z');
const SECONDS = NOW.getTime() / 1000;
const tokens = createAccessTokens([SECRET], () => NOW);
const KEY = deriveKey(SECRET, 'access-token');
const KID = createHash('sha256').update(KEY).digest('hex').slice(0, 16);

const CLAIMS = { iss: 'imagepic', aud: 'imagepic', sub: 'u_1', sid: 's_1', jti: 'j', iat: SECONDS, exp: SECONDS + 900 };
const HEADER = { alg: 'HS256', typ: 'at+jwt', kid: KID };

const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** Signs by hand, so that nothing of the library under test decides what a token may say. */
function forge(header: unknown, claims: unknown, key: Uint8Array | string = KEY, hash = 'sha256'): string {
  return sign(`${encode(header)}.${encode(claims)}`, key, hash);
}
const sign = (text: string, key: Uint8Array | string = KEY, hash = 'sha256'): string =>
  `${text}.${createHmac(hash, key).update(text).digest('base64url')}`;
/** A genuine token of so many characters. */
function forgeLong(length: number): string | undefined {
  const tokensOf = (pad: number) =>
    ['', 'x', 'xx'].map((cty) => forge({ ...HEADER, cty }, { ...CLAIMS, more: 'x'.repeat(pad) }));
  const shortest = tokensOf(0)[0]?.length ?? 0;
  const about = Math.floor(((length - shortest) * 3) / 4) - 3;
  return Array.from({ length: 6 }, (_, more) => tokensOf(about + more))
    .flat()
    .find((token) => token.length === length);
}
const without = (name: string) => Object.fromEntries(Object.entries(CLAIMS).filter(([key]) => key !== name));
const good = forge(HEADER, CLAIMS);

describe('access tokens', () => {
  it('R14 verifies what it issued, and a token made by hand after RFC 7515', async () => {
    const issued = await tokens.issue({ userId: 'u_1', sessionId: 's_1' });
    expect(await tokens.verify(issued)).toMatchObject({ userId: 'u_1', sessionId: 's_1' });
    expect(await tokens.verify(good)).toMatchObject({ userId: 'u_1', sessionId: 's_1' });
    const payload = JSON.parse(Buffer.from(issued.split('.')[1] ?? '', 'base64url').toString());
    expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
    expect(payload.exp - payload.iat).toBe(900);
  });

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  it.each([
    ['alg none', `${encode({ ...HEADER, alg: 'none' })}.${encode(CLAIMS)}.`],
    ['alg NoNe with a signature', forge({ ...HEADER, alg: 'NoNe' }, CLAIMS)],
    ['alg empty', forge({ ...HEADER, alg: '' }, CLAIMS)],
    ['HS512 with the same key', forge({ ...HEADER, alg: 'HS512' }, CLAIMS, KEY, 'sha512')],
    ['the secret of the seeds', forge(HEADER, CLAIMS, 'imagepic')],
    ['the raw secret instead of the derived key', forge(HEADER, CLAIMS, SECRET)],
    ['another key', forge(HEADER, CLAIMS, 'x'.repeat(32))],
    ['no typ', forge({ alg: 'HS256', kid: KID }, CLAIMS)],
    ['typ JWT', forge({ ...HEADER, typ: 'JWT' }, CLAIMS)],
    ['no kid', forge({ alg: 'HS256', typ: 'at+jwt' }, CLAIMS)],
    ['a kid that is a path', forge({ ...HEADER, kid: '../../dev/null' }, CLAIMS, '')],
    ['kid __proto__', forge({ ...HEADER, kid: '__proto__' }, CLAIMS)],
    [
      'an embedded jwk',
      forge({ ...HEADER, kid: 'x', jwk: { kty: 'oct', k: encode('x'.repeat(32)) } }, CLAIMS, 'x'.repeat(32)),
    ],
    ['crit', forge({ ...HEADER, crit: ['exp'] }, CLAIMS)],
    ['no exp', forge(HEADER, without('exp'))],
    ['exp as text', forge(HEADER, { ...CLAIMS, exp: '9999999999' })],
    ['exp beyond numbers', forge(HEADER, JSON.stringify(CLAIMS).replace(/"exp":\d+/, '"exp":1e400'))],
    ['a life longer than 15 minutes', forge(HEADER, { ...CLAIMS, exp: SECONDS + 901 })],
    ['expired', forge(HEADER, { ...CLAIMS, iat: SECONDS - 900, exp: SECONDS })],
    ['not before the future', forge(HEADER, { ...CLAIMS, nbf: SECONDS + 60 })],
    ['no sub', forge(HEADER, without('sub'))],
    ['no sid', forge(HEADER, without('sid'))],
    ['no jti', forge(HEADER, without('jti'))],
    ['no iat', forge(HEADER, without('iat'))],
    ['another issuer', forge(HEADER, { ...CLAIMS, iss: 'other' })],
    ['another audience', forge(HEADER, { ...CLAIMS, aud: 'other' })],
    ['an audience list', forge(HEADER, { ...CLAIMS, aud: ['imagepic', 'other'] })],
    ['a sid that is no string', forge(HEADER, { ...CLAIMS, sid: ['s_1'] })],
    ['a sub that is no string', forge(HEADER, { ...CLAIMS, sub: { $ne: null } })],
    ['four parts', `${good}.x`],
    ['five parts', 'a.b.c.d.e'],
    ['a newline at the end', `${good}\n`],
    ['one megabyte', `${good}${'A'.repeat(1_000_000)}`],
    ['a genuine signature of too much', forge(HEADER, { ...CLAIMS, more: 'x'.repeat(2000) })],
    ['a genuine signature of a space before it', sign(` ${encode(HEADER)}.${encode(CLAIMS)}`)],
    ['nothing', ''],
    ['a payload that is no object', forge(HEADER, '[]')],
  ])('R14 refuses a token with %s', async (_name, token) => {
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('R14 refuses a token of another algorithm family', async () => {
    const token = await new SignJWT(CLAIMS).setProtectedHeader({ ...HEADER, alg: 'RS256' }).sign(privateKey);
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('R14 refuses every mutation of a good token, or reads the same claims', async () => {
    const mutated = fc
      .record({ at: fc.nat(good.length - 1), sign: fc.constantFrom(...'ABCDEFghijkl0123456789-_.=+/ ') })
      .map(({ at, sign }) => good.slice(0, at) + sign + good.slice(at + 1));
    await fc.assert(
      fc.asyncProperty(mutated, async (token) => {
        const claims = await tokens.verify(token);
        if (claims !== undefined) expect(claims).toMatchObject({ userId: 'u_1', sessionId: 's_1' });
      }),
      { numRuns: Number(process.env['IMAGEPIC_FUZZ_RUNS'] ?? 5000) },
    );
  });

  it('R14 takes up to 2,048 characters', async () => {
    const [long = '', longer = ''] = [forgeLong(2048), forgeLong(2049)];
    expect([long.length, longer.length]).toEqual([2048, 2049]);
    expect(await tokens.verify(long)).toMatchObject({ userId: 'u_1' });
    expect(await tokens.verify(longer)).toBeUndefined();
  });

  it('R14 passes on what is no fault of the token', async () => {
    const failure = new Error('the clock is away');
    const broken = createAccessTokens([SECRET], () => {
      throw failure;
    });
    await expect(broken.verify(good)).rejects.toBe(failure);
  });

  it('R14 does not let a token that was good once outlive its time', async () => {
    let now = NOW.getTime();
    const moving = createAccessTokens([SECRET], () => new Date(now));
    expect(await moving.verify(good)).toMatchObject({ userId: 'u_1' });
    expect(await moving.verify(good)).toMatchObject({ userId: 'u_1' });
    now += 900_000;
    expect(await moving.verify(good)).toBeUndefined();
  });

  it('R13 verifies with the previous secret and signs with the current one', async () => {
    const rotated = createAccessTokens(['a brand new secret 0123456789 0123456789', SECRET], () => NOW);
    expect(await rotated.verify(good)).toMatchObject({ userId: 'u_1', sessionId: 's_1' });
    const issued = await rotated.issue({ userId: 'u_1', sessionId: 's_1' });
    expect(await tokens.verify(issued)).toBeUndefined();
  });
});
