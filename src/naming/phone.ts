/** The 11 digits of a mainland number, by which accounts there go. */
const MAINLAND = /^1[3-9]\d{9}$/;
/** @see https://www.itu.int/rec/T-REC-E.164 */
const E164 = /^\+[1-9]\d{6,14}$/;
const MAINLAND_CODE = '+86';

/** The one form of a phone: 11 digits of the mainland, else `+` with the country; `undefined` for what is none. Spaces, hyphens and brackets do not count. */
export function toPhone(text: string): string | undefined {
  if (text.length > 32) return undefined;
  const dialled = text.replace(/[ ()-]/g, '').replace(/^00/, '+');
  const isMainland = dialled.startsWith(MAINLAND_CODE);
  const number = isMainland ? dialled.slice(MAINLAND_CODE.length) : dialled;
  if (MAINLAND.test(number)) return number;
  return !isMainland && E164.test(number) ? number : undefined;
}

/** Tells whether a text is a phone, in whatever form. */
export const isPhone = (text: string): boolean => toPhone(text) !== undefined;

/** Shows a phone so that its owner knows it and nobody else does. */
export const maskPhone = (phone: string): string => `${phone.slice(0, 3)}****${phone.slice(-4)}`;
