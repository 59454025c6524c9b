import { createHash, timingSafeEqual } from 'node:crypto';

/** Which share, and what proves that somebody was given it. */
export interface ShareToken {
  readonly ownerId: string;
  readonly shareId: string;
  readonly secret: Buffer;
}

const OWNER_BYTES = 16;
const ID_BYTES = 8;
/** As many as nobody guesses, and the whole has no padding. */
export const SECRET_BYTES = 18;

/** Writes a token as it stands in an address. */
export const packShareToken = ({ ownerId, shareId, secret }: ShareToken): string =>
  Buffer.concat([Buffer.from(ownerId.slice(2), 'hex'), Buffer.from(shareId, 'hex'), secret]).toString('base64url');

/** Reads a token; `undefined` of what is none. */
export function parseShareToken(token: string): ShareToken | undefined {
  if (!/^[\w-]{56}$/.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  return {
    ownerId: `u_${bytes.toString('hex', 0, OWNER_BYTES)}`,
    shareId: bytes.toString('hex', OWNER_BYTES, OWNER_BYTES + ID_BYTES),
    secret: bytes.subarray(OWNER_BYTES + ID_BYTES),
  };
}

/** What is kept of a secret. */
export const digestOf = (secret: Uint8Array): string => createHash('sha256').update(secret).digest('hex');

/** Tells whether two texts are the same, in a time that tells nothing else. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
