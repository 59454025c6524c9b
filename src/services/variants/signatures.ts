import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { SIGNATURE, SIGNATURE_EXPIRY } from '../../naming/variant.ts';
import type { Place } from '../objects/object-reader.ts';
import type { Given } from './parameters.ts';

/** What stands in an address: the MAC, and whose reach it lends where the image is not for everybody. */
const TOKEN = /^([\w-]{43})(?:\.([\w-]{1,400}))?$/;
const SECONDS = /^\d{1,11}$/;

/** What is signed. */
interface Signed {
  readonly place: Place;
  readonly given: Given;
  /** Absent where everybody may see the image. */
  readonly holder?: string | undefined;
}

/** Signatures of parameters that are not open to everybody. */
export interface Signatures {
  /** What to add to an address. */
  sign(signed: Signed, expiresInSeconds: number): Readonly<Record<string, string>>;
  /**
   * Whether an address is signed, and whose reach it lends.
   *
   * @returns `undefined` for one without a signature
   * @throws {AppError} AccessDenied for one that is forged, altered or expired
   */
  verify(place: Place, given: Given, query: URLSearchParams): { readonly holder?: string } | undefined;
}

/** Creates the signatures: place, parameters, expiry and holder under HMAC-SHA-256. The first key signs, all of them verify. */
export function createSignatures(keys: readonly [Uint8Array, ...Uint8Array[]], now: () => Date): Signatures {
  const mac = (key: Uint8Array, { place, given, holder = '' }: Signed, expiry: string): Buffer => {
    const parameters = [...given].map(([name, value]) => `${name}=${value}`).sort();
    const text = JSON.stringify([place.bucketName, place.objectName, parameters, expiry, holder]);
    return createHmac('sha256', key).update(text).digest();
  };
  const nowInSeconds = (): number => Math.floor(now().getTime() / 1000);

  return {
    sign: (signed, expiresInSeconds) => {
      const expiry = String(nowInSeconds() + expiresInSeconds);
      const code = mac(keys[0], signed, expiry).toString('base64url');
      const { holder } = signed;
      const token = holder === undefined ? code : `${code}.${Buffer.from(holder).toString('base64url')}`;
      return { [SIGNATURE_EXPIRY]: expiry, [SIGNATURE]: token };
    },
    verify: (place, given, query) => {
      const token = readToken(query);
      if (token === undefined) return undefined;
      const { code, expiry, holder } = token;
      const signed = { place, given, holder };
      const isGenuine = keys.some((key) => timingSafeEqual(mac(key, signed, expiry), code));
      if (!isGenuine || Number(expiry) <= nowInSeconds()) throw notSigned();
      return holder === undefined ? {} : { holder };
    },
  };
}

/** Takes a signature apart; `undefined` where there is none. @throws {AppError} AccessDenied for what cannot be one */
function readToken(query: URLSearchParams) {
  const [tokens, expiries] = [query.getAll(SIGNATURE), query.getAll(SIGNATURE_EXPIRY)];
  const [token, expiry = ''] = [tokens[0], expiries[0]];
  if (token === undefined) return undefined;
  const [, code = '', holder] = TOKEN.exec(token) ?? [];
  if (code === '' || tokens.length + expiries.length !== 2 || !SECONDS.test(expiry)) throw notSigned();
  return {
    code: Buffer.from(code, 'base64url'),
    expiry,
    holder: holder === undefined ? undefined : Buffer.from(holder, 'base64url').toString(),
  };
}

/** The refusal of parameters that are neither open nor signed. */
export const notSigned = (): AppError =>
  new AppError('AccessDenied', {
    zh: '这些参数需要签名，或签名无效、已过期；请用 image/variantUrl 取得地址，或改用预设（如 ?p=thumb）',
    en: 'These parameters want a signature, or theirs is not valid or has expired; get an address from image/variantUrl, or use a preset such as ?p=thumb',
  });
