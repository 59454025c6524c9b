/** Crockford's base 32: no letter looks like a digit. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_BYTES = 10;

/**
 * Makes a ULID: 26 characters, the first ten a moment in milliseconds, so that ids sort by when they were made, the other
 * sixteen 80 bits of chance.
 *
 * @see https://github.com/ulid/spec
 * @param random ten random bytes
 */
export function toUlid(at: number, random: Uint8Array): string {
  let bits = 0n;
  for (const byte of random.subarray(0, RANDOM_BYTES)) bits = (bits << 8n) | BigInt(byte);
  return toDigits(BigInt(at), TIME_DIGITS) + toDigits(bits, (RANDOM_BYTES * 8) / 5);
}

const toDigits = (value: bigint, length: number): string =>
  Array.from({ length }, (_, index) => DIGITS[Number((value >> BigInt(5 * (length - 1 - index))) & 31n)]).join('');

/** When a ULID was made; `undefined` of what is none. */
export function ulidTime(id: string): Date | undefined {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)) return undefined;
  let at = 0;
  for (const digit of id.slice(0, TIME_DIGITS)) at = at * DIGITS.length + DIGITS.indexOf(digit);
  return new Date(at);
}
