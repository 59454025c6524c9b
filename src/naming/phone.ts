/** Phones that accounts go by: the 11 digits of a mainland number. */
const PHONE = /^1[3-9]\d{9}$/;

/** Tells whether a text is such a phone. */
export const isPhone = (text: string): boolean => PHONE.test(text);

/** Shows a phone so that its owner knows it and nobody else does. */
export const maskPhone = (phone: string): string => `${phone.slice(0, 3)}****${phone.slice(-4)}`;
