import { describe, expect, it } from 'vitest';
import { createPasswordPolicy } from '../../../../src/services/identity/password-policy.ts';
import { errorOf } from '../../../support/refusal.ts';

const PERSON = ['13800000001', 'Ann Lee', 'Ann.Lee@example.com'];
const policy = createPasswordPolicy(8);
const reasonFor = async (password: string, words: readonly string[] = PERSON): Promise<string | undefined> => {
  const refused = await errorOf(policy.require(password, words));
  if (refused !== undefined) expect(refused.code).toBe('WeakPassword');
  return refused?.text.en;
};

describe('a password', () => {
  it.each([
    ['correct horse 7'],
    ['correcthorse'],
    ['xkqzvwpj'],
    ['猫吃鱼喝水睡觉跑'],
    ['🐱🐶🐭🐹🐰🦊🐻🐼'],
    ['imagepic-hills'],
    ['hills13800000001'],
    ['my bucket list'],
    ['annlee-riverboat'],
  ])('%j is good enough', async (password) => {
    expect(await reasonFor(password)).toBeUndefined();
  });

  it.each([
    ['', 'at least 8 characters'],
    ['xkqzvwp', 'at least 8 characters'],
    // Eight UTF-16 units, four characters.
    ['🐱🐶🐭🐹', 'at least 8 characters'],
    ['password', 'most common'],
    ['PassWord', 'most common'],
    ['12345678', 'most common'],
    ['iloveyou1', 'most common'],
    ['imagepic', 'a word of this product'],
    ['ImagePic2026!', 'a word of this product'],
    ['image-bucket-2026', 'a word of this product'],
    ['wechat_weixin', 'a word of this product'],
    ['cloudbase2026', 'a word of this product'],
    ['tencent tcb 1', 'a word of this product'],
    ['13800000001', 'your phone'],
    ['13800000001abc', 'your phone'],
    ['Ann Lee 1990', 'your phone'],
    ['ann.lee@2026', 'your phone'],
    ['ANN.LEE-ann.lee', 'your phone'],
  ])('%j is refused: %s', async (password, reason) => {
    expect(await reasonFor(password)).toContain(reason);
  });

  it.each([
    ['imagepicabc', false],
    ['imagepicabcd', true],
  ])('needs four letters of its own: %j', async (password, isGood) => {
    expect((await reasonFor(password)) === undefined).toBe(isGood);
  });

  it('may hold a name of two letters, which is in many words', async () => {
    expect(await reasonFor('li 2026-07', ['li'])).toBeUndefined();
    expect(await reasonFor('lin 2026-07', ['lin'])).toContain('your phone');
  });

  it('may hold the host of the e-mail address, and every word where none is given', async () => {
    expect(await reasonFor('example.com', PERSON)).toBeUndefined();
    expect(await reasonFor('ann.lee-1990', [])).toBeUndefined();
    expect(await reasonFor('zqxj-1990', ['', '@example.com'])).toBeUndefined();
  });

  it.each([
    [7, 'xkqzvw', false],
    [7, 'xkqzvwp', true],
    [12, 'xkqzvwpjhtr', false],
    [12, 'xkqzvwpjhtrs', true],
  ])('needs the length that the bed asks for: %i', async (minLength, password, isGood) => {
    const refused = await errorOf(createPasswordPolicy(minLength).require(password, []));
    expect(refused === undefined).toBe(isGood);
    if (!isGood) expect(refused?.text.en).toContain(`at least ${minLength} characters`);
  });
});
