// https://datatracker.ietf.org/doc/html/rfc7519 · https://datatracker.ietf.org/doc/html/rfc9068 · https://datatracker.ietf.org/doc/html/rfc8725
import { createHash, randomUUID, webcrypto } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { deriveKey } from './keys.ts';

/** Seconds that an access token holds. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

const ISSUER = 'imagepic';
const AUDIENCE = 'imagepic';
const TYPE = 'at+jwt';
const MAX_LENGTH = 2048;
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const REQUIRED_CLAIMS = ['sub', 'sid', 'jti', 'iat', 'exp'];

/** Whom a token speaks for. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
}

/** Issues and verifies access tokens. */
export interface AccessTokens {
  issue(claims: AccessClaims): Promise<string>;
  /** The claims of a token that is genuine and in time; `undefined` for any other. */
  verify(token: string): Promise<AccessClaims | undefined>;
}

interface TokenKey {
  readonly id: string;
  readonly key: webcrypto.CryptoKey;
}

/** Creates the token service: the first secret signs, all of them verify. */
export function createAccessTokens(secrets: readonly [string, ...string[]], now: () => Date): AccessTokens {
  let ring: Promise<readonly TokenKey[]> | undefined;
  const keys = (): Promise<readonly TokenKey[]> => {
    ring ??= Promise.all(secrets.map(importKey));
    return ring;
  };

  const issue = async ({ userId, sessionId }: AccessClaims): Promise<string> => {
    const { SignJWT } = await import('./jwt.ts');
    const [current] = await keys();
    if (current === undefined) throw new TypeError('no signing key');
    const issuedAt = Math.floor(now().getTime() / 1000);
    return new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: current.id })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
      .sign(current.key);
  };

  const verify = async (token: string): Promise<AccessClaims | undefined> => {
    if (token.length > MAX_LENGTH || !COMPACT_JWS.test(token)) return undefined;
    const { errors, jwtVerify } = await import('./jwt.ts');
    const ring = new Map((await keys()).map(({ id, key }) => [id, key]));
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid }) => {
          const key = typeof kid === 'string' ? ring.get(kid) : undefined;
          if (key === undefined) throw new errors.JWKSNoMatchingKey();
          return key;
        },
        {
          algorithms: ['HS256'],
          typ: TYPE,
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: REQUIRED_CLAIMS,
          currentDate: now(),
        },
      );
      return toClaims(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
      throw error;
    }
  };

  return { issue, verify };
}

/** A signature only says that we wrote it; what we never write, for several audiences or for longer, is refused all the same. */
function toClaims({ sub, sid, aud, iat = 0, exp = Number.POSITIVE_INFINITY }: JWTPayload): AccessClaims | undefined {
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof aud !== 'string') return undefined;
  return exp - iat <= ACCESS_TOKEN_SECONDS ? { userId: sub, sessionId: sid } : undefined;
}

async function importKey(secret: string): Promise<TokenKey> {
  const bytes = deriveKey(secret, 'access-token');
  const key = await webcrypto.subtle.importKey('raw', Buffer.from(bytes), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), key };
}
