import { dictionary } from '@zxcvbn-ts/language-common';

const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/** Tells whether a password, in lower case, is one of some 50,000 that everybody tries first. */
export const isCommon = (password: string): boolean => COMMON.has(password);
