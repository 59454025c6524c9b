import { AppError, type Text } from '../../errors.ts';

/** Words that anybody would try first here. @see https://pages.nist.gov/800-63-4/sp800-63b.html */
const CONTEXT_WORDS = ['imagepic', 'image', 'bucket', 'images', 'tcb', 'cloudbase', 'tencent', 'wechat', 'weixin'];

/** Decides which passwords are too easy to guess. */
export interface PasswordPolicy {
  /** @throws {AppError} WeakPassword, with the reason */
  require(password: string, personalWords: readonly string[]): Promise<void>;
}

/** Creates the policy: at least `minLength` characters, none of the common passwords, not made of the product's or the person's own words. */
export function createPasswordPolicy(minLength: number): PasswordPolicy {
  return {
    require: async (password, personalWords) => {
      if ([...password].length < minLength) {
        throw weak({ zh: `密码至少 ${minLength} 个字符`, en: `The password needs at least ${minLength} characters` });
      }
      const folded = password.toLowerCase();
      const { isCommon } = await import('./common-passwords.ts');
      if (isCommon(folded))
        throw weak({
          zh: '这是最常见的密码之一，请换一个',
          en: 'This is one of the most common passwords; choose another',
        });
      const words = [...CONTEXT_WORDS, ...personalWords.flatMap((word) => word.toLowerCase().split('@')[0] ?? [])];
      if (isMadeOf(folded, words)) {
        throw weak({
          zh: '密码不能只由手机号、姓名、邮箱或本产品的词加数字组成，请换一个',
          en: 'The password must not be just your phone, name, email or a word of this product with digits; choose another',
        });
      }
    },
  };
}

/** What is left of the password without the words must be more than digits and signs. */
function isMadeOf(password: string, words: readonly string[]): boolean {
  const found = words.filter((word) => word.length >= 3 && password.includes(word));
  if (found.length === 0) return false;
  const rest = found.reduce((text, word) => text.replaceAll(word, ''), password);
  return rest.replace(/[\d\p{P}\p{S}\s]/gu, '').length < 4;
}

const weak = (text: Text): AppError => new AppError('WeakPassword', text);
