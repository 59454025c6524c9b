import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isImageKey } from '../../../src/naming/key.ts';
import {
  DEFAULT_NAME_TEMPLATE,
  fillNameTemplate,
  isNameTemplate,
  PLACEHOLDERS,
  shortHash,
} from '../../../src/naming/name-template.ts';

describe('name templates', () => {
  it.each([
    DEFAULT_NAME_TEMPLATE,
    '{hash}',
    '{uuid}.{ext}',
    '{name}',
    '图/{userId}/{name}-{hash}.{ext}',
    'a b/{hash}{hash}',
  ])('may be %j', (template) => {
    expect(isNameTemplate(template)).toBe(true);
  });

  it.each([
    ['', 'nothing'],
    ['a.png', 'no placeholder'],
    ['{yyyy}/{MM}/{dd}.{ext}', 'nothing that tells images apart'],
    ['{hash}/{nope}', 'an unknown placeholder'],
    ['{Hash}', 'another spelling'],
    ['{{hash}}', 'braces in braces'],
    ['{hash', 'a brace that is not closed'],
    ['hash}', 'a brace that is not opened'],
    ['{hash}{}', 'an empty placeholder'],
    ['{ hash }', 'a placeholder with spaces'],
    ['/{hash}', 'an empty segment'],
    ['{hash}/', 'an empty segment at the end'],
    ['../{hash}', 'a way up'],
    ['a\\{hash}', 'a backslash'],
    ['%2f{hash}', 'an escape'],
    ['.imagepic/{hash}', "the service's own prefix"],
    ['{hash}\n', 'a line break'],
    [`${'x'.repeat(1024)}{hash}`, 'too many bytes'],
  ])('may not be %j: %s', (template) => {
    expect(isNameTemplate(template)).toBe(false);
  });

  it('may be cut down to fewer placeholders', () => {
    expect(isNameTemplate('{hash}.{ext}', ['hash', 'ext'])).toBe(true);
    expect(isNameTemplate('{yyyy}/{hash}.{ext}', ['hash', 'ext'])).toBe(false);
  });

  it.each([
    ['{yyyy}/{name}.{ext}', { yyyy: '2026', name: '猫', ext: 'png' }, '2026/猫.png'],
    ['{hash}{hash}', { hash: 'ab' }, 'abab'],
    ['{hash}.{ext}', { hash: 'ab' }, 'ab.{ext}'],
    ['{hash}', { hash: '{name}', name: 'never' }, '{name}'],
    ['{name}', { name: '$&$1' }, '$&$1'],
    ['{constructor}{__proto__}', {}, '{constructor}{__proto__}'],
  ])('%j filled with %j are %j', (template, values, name) => {
    expect(fillNameTemplate(template, values)).toBe(name);
  });

  it('make keys for images of values that are fit for keys', () => {
    const part = fc.constantFrom('a', '2026', '猫', 'x-y_z', 'a.b');
    const values = fc.record(Object.fromEntries(PLACEHOLDERS.map((name) => [name, part])));
    const piece = fc.oneof(
      fc.constantFrom('/', '.', 'a', '图', '..', '%2f'),
      fc.constantFrom(...PLACEHOLDERS.map((name) => `{${name}}`)),
    );
    const template = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        template,
        values,
        (text, given) => !isNameTemplate(text) || isImageKey(fillNameTemplate(text, given)),
      ),
      { numRuns: 2000 },
    );
  });

  it('show half of a hash', () => {
    expect(shortHash('0123456789abcdef'.repeat(4))).toBe('0123456789abcdef'.repeat(2));
  });
});
