import { expect, it } from 'vitest';
import { createLinks } from '../../../../src/services/objects/links.ts';

const MOUNT = 'https://bed.example.com/imagepic';

it.each<[string | undefined, string, string]>([
  [undefined, 'a.png', `${MOUNT}/i/images/a.png`],
  [undefined, 'f/图 a.png', `${MOUNT}/i/images/f/%E5%9B%BE%20a.png`],
  [undefined, 'a?b#c&d.png', `${MOUNT}/i/images/a%3Fb%23c%26d.png`],
  ['https://cdn.example.com', 'a.png', 'https://cdn.example.com/i/images/a.png'],
  ['https://cdn.example.com/{bucket}/{key}', 'f/a b.png', 'https://cdn.example.com/images/f/a%20b.png'],
  ['https://{bucket}.cos.example.com/{key}', 'a.png', 'https://images.cos.example.com/a.png'],
  ['https://cdn.example.com/{key}', 'a.png', 'https://cdn.example.com/a.png'],
  ['https://cdn.example.com/{key}?o={key}', 'a', 'https://cdn.example.com/a?o=a'],
  ['https://cdn.example.com/{key}', "$&$'$`$1.png", 'https://cdn.example.com/%24%26%24%27%24%60%241.png'],
  ['https://cdn.example.com/{bucket}', 'a.png', 'https://cdn.example.com/{bucket}/i/images/a.png'],
  ['https://cdn.example.com/{key}', '{bucket}.png', 'https://cdn.example.com/%7Bbucket%7D.png'],
])('with the address %j the image %j is at %j', (publicUrl, key, expected) => {
  expect(createLinks(publicUrl)(MOUNT, 'images', key)).toBe(expected);
});
