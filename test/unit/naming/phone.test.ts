import { describe, expect, it } from 'vitest';
import { isPhone, maskPhone } from '../../../src/naming/phone.ts';

describe('phones', () => {
  it.each(['13800138000', '19912345678', '14700000000'])('may be %j', (text) => {
    expect(isPhone(text)).toBe(true);
  });

  it.each([
    '',
    '12800138000',
    '1380013800',
    '138001380000',
    '23800138000',
    '+8613800138000',
    ' 13800138000',
    '13800138000\n',
    '138 0013 8000',
    '１３８００１３８０００',
  ])('may not be %j', (text) => {
    expect(isPhone(text)).toBe(false);
  });

  it('are shown with four digits hidden', () => {
    expect(maskPhone('13800138000')).toBe('138****8000');
  });
});
