import { describe, expect, it } from 'vitest';
import { createEmbeds } from '../../../../src/services/objects/embeds.ts';
import { createLinks } from '../../../../src/services/objects/links.ts';

const MOUNT = 'https://img.example.com/imagepic';
const links = createLinks(undefined);
const photo = {
  ...{ bucketName: 'images', objectName: 'a/cat.jpg', contentType: 'image/jpeg' },
  ...{ width: 1000, height: 750, frames: 1, color: '0a0b0c' },
};
const create = (hasVariants = true, stored = links) =>
  createEmbeds({ links: stored, variantLinks: links, hasVariants: async () => hasVariants });
const of = (changes: object = {}, embeds = create()) => embeds.of(MOUNT, { ...photo, ...changes });
const AT = `${MOUNT}/i/images/a/cat.jpg`;

describe('how an image is written into a page', () => {
  it('has every open width up to the first that is all of it', async () => {
    expect((await of()).srcset).toBe(
      [...[160, 320, 480, 640, 960].map((width) => `${AT}?w=${width} ${width}w`), `${AT}?w=1280 1000w`].join(', '),
    );
    expect((await of({ width: 160, height: 120 })).srcset).toBe(`${AT}?w=160 160w`);
    expect((await of({ width: 9000, height: 90 })).srcset).toMatch(/\?w=3840 3840w$/);
  });

  it('is code to paste', async () => {
    const { code } = await of({ width: 320, height: 240 });
    const srcset = `${AT}?w=160 160w, ${AT}?w=320 320w`;
    const looks =
      'width="320" height="240" alt="cat.jpg" loading="lazy" decoding="async" style="max-width:100%;height:auto;background:#0a0b0c"';
    const sizes = 'sizes="(max-width: 320px) 100vw, 320px"';
    const source = (format: string) =>
      `<source type="image/${format}" srcset="${AT}?w=160&amp;f=${format} 160w, ${AT}?w=320&amp;f=${format} 320w" ${sizes}>`;
    expect(code).toEqual({
      html: `<img src="${AT}" srcset="${srcset}" ${sizes} ${looks}>`,
      picture: `<picture>${source('avif')}${source('webp')}<img src="${AT}" ${looks}></picture>`,
      markdown: `![cat.jpg](${AT})`,
      miniProgram: `<image src="${AT}?w=320" mode="aspectFit" style="width:750rpx;height:563rpx;background:#0a0b0c" lazy-load />`,
    });
  });

  it('keeps what people call their images out of the code', async () => {
    const { code } = await of({ objectName: 'a"><script>&\'.jpg' });
    expect(code?.html).toContain('alt="a&quot;&gt;&lt;script&gt;&amp;&#39;.jpg"');
    expect(code?.markdown).toContain('![a">\\<script>&');
    expect([code?.html, code?.picture, code?.miniProgram].join('')).not.toContain('<script>');
  });

  it('moves in a GIF, of which no AVIF is made', async () => {
    const { code } = await of({ contentType: 'image/gif', frames: 3 });
    expect(code?.picture.match(/type="[^"]+"/g)).toEqual(['type="image/webp"']);
  });

  it.each([
    ['a bed that makes no variants', {}, false],
    ['an image whose size is not known', { width: undefined }, true],
    ['an SVG', { contentType: 'image/svg+xml' }, true],
    ['what moves in a PNG', { contentType: 'image/png', frames: 3 }, true],
  ])('is left to whoever writes the page, of %s', async (_, changes, hasVariants) => {
    expect(await of(changes, create(hasVariants))).toEqual({});
  });

  it('asks the bed for variants, and whatever stands before the bucket for the image', async () => {
    const embeds = create(true, createLinks('https://cdn.example.com/{key}'));
    const { code, srcset } = await of({}, embeds);
    expect(code?.html).toContain('src="https://cdn.example.com/a/cat.jpg"');
    expect(srcset).toContain(`${AT}?w=160 160w`);
  });
});

describe('the small picture of an image', () => {
  it.each([
    ['a photograph', {}, true, `${AT}?p=thumb`],
    ['an image whose size is not known', { width: undefined, height: undefined }, true, `${AT}?p=thumb`],
    ['an SVG', { contentType: 'image/svg+xml' }, true, AT],
    ['an image of a bed that makes no variants', {}, false, AT],
  ])('of %s', async (_, changes, hasVariants, url) => {
    expect(await create(hasVariants).thumbUrl(MOUNT, { ...photo, ...changes })).toBe(url);
  });
});
