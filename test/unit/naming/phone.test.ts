import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPhone, maskPhone, toPhone } from '../../../src/naming/phone.ts';

describe('phones', () => {
  it.each([
    ['13800138000', '13800138000'],
    ['19912345678', '19912345678'],
    ['+8613800138000', '13800138000'],
    ['0086 138-0013-8000', '13800138000'],
    ['+86 138 0013 8000', '13800138000'],
    ['+14155550100', '+14155550100'],
    ['+1 (415) 555-0100', '+14155550100'],
    ['0044 20 7946 0958', '+442079460958'],
    ['+85251234567', '+85251234567'],
  ])('O8 of any country are one account in any form: %j', (text, phone) => {
    expect(toPhone(text)).toBe(phone);
    expect(isPhone(text)).toBe(true);
  });

  it.each([
    '',
    '12800138000',
    '1380013800',
    '138001380000',
    '23800138000',
    '+8612800138000',
    '+861380013800',
    '+012345678',
    '+12345',
    '+1234567890123456',
    '13800138000\n',
    '\t13800138000',
    '１３８００１３８０００',
    'phone',
    '++14155550100',
    `13800138000${' '.repeat(30)}`,
  ])('may not be %j', (text) => {
    expect(toPhone(text)).toBeUndefined();
    expect(isPhone(text)).toBe(false);
  });

  it('have a form that is its own form', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(\+|00)?[0-9 ()-]{6,20}$/), (text) => {
        const phone = toPhone(text);
        if (phone !== undefined) expect(toPhone(phone)).toBe(phone);
      }),
    );
  });

  it.each([
    ['13800138000', '138****8000'],
    ['+14155550100', '+14****0100'],
  ])('%s are shown with most digits hidden', (phone, shown) => {
    expect(maskPhone(phone)).toBe(shown);
  });
});
