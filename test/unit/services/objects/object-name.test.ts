import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isImageKey, RESERVED_PREFIX } from '../../../../src/naming/key.ts';
import {
  inFolder,
  nameByOrigin,
  nameByTemplate,
  namesLike,
  requireImageKey,
  toDisplayName,
} from '../../../../src/services/objects/object-name.ts';
import { createImage } from '../../../support/memory/bed.ts';
import { errorOf } from '../../../support/refusal.ts';

const HASH = 'a'.repeat(31) + 'b'.repeat(33);
const NOW = new Date('2026-01-02T23:59:59.999Z');

describe('a display name', () => {
  it.each([
    ['a.png', 'a.png'],
    ['猫 🐱.png', '猫 🐱.png'],
    ['/home/ann/a.png', 'a.png'],
    ['C:\\Users\\ann\\a.png', 'a.png'],
    ['C:\\mixed/a\\b.png', 'b.png'],
    ['folder/', 'folder'],
    ['../../etc/passwd', 'passwd'],
    ['  a b.png  ', 'a b.png'],
    ['e\u0301.png', '\u00e9.png'],
    ['a%2fb.png', 'a-2fb.png'],
    ['a%2Fb.png', 'a-2Fb.png'],
    ['%2e%2E', '-2e-2E'],
    ['%00.png', '-00.png'],
    ['100%.png', '100%.png'],
    ['100%g0.png', '100%g0.png'],
    ['%%41.png', '%-41.png'],
    ['%4%41.png', '%4-41.png'],
    ['a\u0000b\u001f\u007f\u0085.png', 'ab.png'],
    ['line\r\nbreak.png', 'linebreak.png'],
    ['a\u2028b\u2029.png', 'ab.png'],
    ['gnp.\u202eexe', 'gnp.exe'],
    ['\u200e\u200f\u202a\u2066\u2069a.png', 'a.png'],
    ['\ud800a.png', 'a.png'],
    ['a\ufffd.png', 'a.png'],
    ['.hidden', '.hidden'],
    ['...a', '...a'],
    ['a.', 'a.'],
    ['a..', 'a..'],
    ['-rf', '-rf'],
  ])('of %j is %j', (fileName, expected) => {
    expect(toDisplayName(fileName)).toBe(expected);
    expect(nameByOrigin(createImage({ originalName: fileName }))).toBe(expected);
  });

  it.each(['', ' ', '.', '..', '...', '/', '\\', 'a/..', '\u0000', '\u202e.', '\ufffd', ' . ', '\t'])(
    'of %j says nothing',
    (fileName) => {
      expect(toDisplayName(fileName)).toBeUndefined();
    },
  );

  it('of a file without a name says nothing', () => {
    expect(nameByOrigin(createImage())).toBeUndefined();
  });

  it.each([
    ['255 letters', `${'a'.repeat(251)}.png`, `${'a'.repeat(251)}.png`],
    ['256 letters', `${'a'.repeat(252)}.png`, `${'a'.repeat(251)}.png`],
    ['300 letters without an extension', 'a'.repeat(300), 'a'.repeat(255)],
    ['signs of three bytes', `${'图'.repeat(100)}.png`, `${'图'.repeat(83)}.png`],
    ['signs of four bytes', `${'🐱'.repeat(100)}.png`, `${'🐱'.repeat(62)}.png`],
    ['a small sign after one that has no room', `${'图'.repeat(85)}aa.png`, `${'图'.repeat(83)}.png`],
    ['an extension of nine letters', `${'a'.repeat(300)}.123456789`, `${'a'.repeat(245)}.123456789`],
    ['what is too long for an extension', `${'a'.repeat(300)}.1234567890`, 'a'.repeat(255)],
    ['a name that is all extension', `.${'a'.repeat(300)}`, `.${'a'.repeat(254)}`],
    ['several dots', `${'a'.repeat(300)}.tar.gz`, `${'a'.repeat(252)}.gz`],
    ['a dot at the end', `${'a'.repeat(300)}.`, `${'a'.repeat(254)}.`],
  ])('has 255 bytes at most: %s', (_, fileName, expected) => {
    expect(toDisplayName(fileName)).toBe(expected);
  });

  it('can always be a key, of one segment and 255 bytes', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '%2f',
        '%',
        '\u202e',
        '\ud800',
        'a.png',
        ' ',
        'é',
        'e\u0301',
        '图'.repeat(90),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join('')),
        (fileName) => {
          const name = toDisplayName(fileName);
          if (name === undefined || name === RESERVED_PREFIX.slice(0, -1)) return true;
          return isImageKey(name) && !name.includes('/') && Buffer.byteLength(name) <= 255;
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('S10 a name by template', () => {
  const image = createImage({ originalName: 'my cat.jpeg', extension: 'jpg', sha256: HASH });
  const name = (template: string, facts = image) => nameByTemplate(template, { image: facts, now: NOW, userId: 'u_1' });

  it.each([
    ['{yyyy}/{MM}/{dd}/{hash}.{ext}', `2026/01/02/${HASH.slice(0, 32)}.jpg`],
    ['{name}.{ext}', 'my cat.jpg'],
    ['{userId}/{name}-{name}', 'u_1/my cat-my cat'],
    ['plain', 'plain'],
    ['{unknown}{}{ name }{constructor}', '{unknown}{}{ name }{constructor}'],
    ['{{name}}', '{my cat}'],
    ['{HASH}', '{HASH}'],
    ['', ''],
  ])('fills %j to %j', (template, expected) => {
    expect(name(template)).toBe(expected);
  });

  it.each([
    ['a.tar.gz', 'a.tar'],
    ['.hidden', '.hidden'],
    ['noextension', 'noextension'],
    ['a.', 'a'],
    ['a.b/c', 'c'],
    ['{hash}.png', '{hash}'],
    ['$&.png', '$&'],
    [undefined, HASH.slice(0, 32)],
    ['..', HASH.slice(0, 32)],
  ])('calls the file %j %j', (originalName, expected) => {
    expect(name('{name}', createImage({ originalName, sha256: HASH }))).toBe(expected);
  });

  it('makes another uuid each time', () => {
    const uuids = [name('{uuid}'), name('{uuid}')];
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuids[0]).not.toBe(uuids[1]);
  });
});

describe('a folder', () => {
  it.each([
    [undefined, 'a.png'],
    ['', 'a.png'],
    ['f', 'f/a.png'],
    ['f/g', 'f/g/a.png'],
  ])('of %j holds %j', (folder, expected) => {
    expect(inFolder(folder, 'a.png')).toBe(expected);
  });

  it.each([
    ['a'.repeat(1024), true],
    ['a'.repeat(1025), false],
    [`${'图'.repeat(341)}a`, true],
    [`${'图'.repeat(341)}aa`, false],
  ])('may not make a key longer than 1,024 bytes', async (key, fits) => {
    const refused = await errorOf((async () => requireImageKey(key))());
    expect(refused?.code).toBe(fits ? undefined : 'InvalidArgument');
    if (fits) return;
    expect(refused?.details).toEqual({ fields: ['folder', 'objectName'] });
    expect(refused?.text.en).toContain('1025 bytes together, more than 1024');
    expect(refused?.text.zh).toContain('1025');
  });

  it.each([
    '',
    'a//b',
    'a/',
    '/a',
    '.',
    'a/../b',
    './a',
    '.imagepic',
    '.imagepic/x',
    'a%2fb',
    'a\\b',
    'a\nb',
    'a\u202eb',
  ])('may not make the key %j of whatever parts', async (key) => {
    const refused = await errorOf((async () => requireImageKey(key))());
    expect(refused?.code).toBe('InvalidArgument');
    expect(refused?.details).toEqual({ fields: ['folder', 'album', 'nameTemplate'] });
    expect(refused?.text.en).toContain('make no valid object name');
    expect(refused?.text.zh).toContain('.imagepic');
  });

  it('is one key, however its letters are composed', () => {
    expect(requireImageKey('e\u0301.png')).toBe('\u00e9.png');
    expect(requireImageKey('.imagepicture/a.png')).toBe('.imagepicture/a.png');
  });
});

describe('the names to try for one that is taken', () => {
  it.each([
    ['a.png', 'a-1.png', 'a-100.png'],
    ['a', 'a-1', 'a-100'],
    ['f/a.tar.gz', 'f/a.tar-1.gz', 'f/a.tar-100.gz'],
    ['f.g/a', 'f.g/a-1', 'f.g/a-100'],
    ['.hidden', '.hidden-1', '.hidden-100'],
    ['f/.hidden', 'f/.hidden-1', 'f/.hidden-100'],
    ['a.1234567890', 'a-1.1234567890', 'a-100.1234567890'],
    ['a.12345678901', 'a.12345678901-1', 'a.12345678901-100'],
    ['a.', 'a.-1', 'a.-100'],
    ['a\nb.png', 'a\nb-1.png', 'a\nb-100.png'],
  ])('%j go on with %j and end with %j', (objectName, second, last) => {
    const names = [...namesLike(objectName)];
    expect(names[0]).toBe(objectName);
    expect(names[1]).toBe(second);
    expect(names.at(-1)).toBe(last);
    expect(new Set(names).size).toBe(101);
  });
});
