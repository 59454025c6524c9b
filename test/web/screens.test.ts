import axe from 'axe-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '30' });
const { visit, open, signIn } = bed;
beforeAll(async () => {
  const token = await bed.site().signIn();
  for (const picture of await makePictures(20)) await bed.site().upload(token, picture);
  for (const picture of await makePictures(2, 50)) {
    await bed.site().upload(token, picture);
    await bed.site().post('object/removeObject', { bucketName: 'images', objectName: picture.name }, token);
  }
  const { data } = await bed.site().post('image/search', { pageSize: 3 }, token);
  const imageIds = (data['images'] as unknown as { readonly imageId: string }[]).map(({ imageId }) => imageId);
  const { albumId } = (await bed.site().post('album/createAlbum', { name: '九月' }, token)).data;
  await bed.site().post('album/addImages', { albumId, imageIds }, token);
  await bed.site().post('album/createAlbum', { name: '港口', parentId: albumId }, token);
});

const SCREENS = [
  'upload',
  'library/images',
  'library?type:jpg',
  'albums',
  'trash',
  'statistics',
  'clients',
  'profile',
  'admin/people',
  'admin/buckets',
  'admin/presets',
];

describe('every screen', () => {
  it.each(['light', 'dark'] as const)('meets WCAG 2.2 AA, %s, before and after signing in', async (colorScheme) => {
    // What axe is brought by is a script of another kind than the page allows.
    const { page, close } = await visit({ colorScheme, bypassCSP: true });
    const check = async (place: string) => {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: typeof axe }).axe.run({
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
        }),
      );
      const told = violations.map(({ id, nodes }) => `${place}: ${id} ${nodes.map(({ html }) => html.slice(0, 120))}`);
      expect(told).toEqual([]);
    };
    await open(page);
    await page.getByRole('heading', { name: '登录' }).waitFor();
    await check('enter');
    await signIn(page);
    for (const place of SCREENS) {
      await open(page, place);
      await page.waitForLoadState('networkidle');
      await check(place);
    }
    await open(page, 'admin/people');
    await page.getByRole('button', { name: /^管理 / }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: '添加文件夹' }).click();
    await dialog.getByRole('button', { name: 'images', exact: true }).click();
    await dialog.getByText('这里没有子文件夹').waitFor();
    await check('grants');
    await dialog.getByRole('button', { name: '关闭' }).click();
    await page.getByRole('link', { name: '相册' }).first().click();
    await page.getByRole('link', { name: /^九月/ }).click();
    await tilesOf(page).first().waitFor();
    await check('an album');
    await page.getByRole('button', { name: '分享' }).click();
    await page.getByRole('dialog').getByRole('heading', { name: '已有的分享' }).waitFor();
    await check('sharing an album');
    await page.getByRole('button', { name: '生成链接' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^撤回/ }).first().waitFor();
    await check('a shared album');
    await page.keyboard.press('Escape');
    await tilesOf(page)
      .first()
      .click({ modifiers: ['Control'] });
    await page.getByRole('button', { name: '加入相册' }).click();
    await page.getByRole('dialog').getByLabel('港口').waitFor();
    await check('adding to an album');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '标签', exact: true }).click();
    await page.getByRole('dialog').getByLabel('加上').fill('海，');
    await check('tagging several');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: '回收站' }).click();
    await page.getByRole('checkbox', { name: '全选' }).check();
    await check('selected in the trash');
    await page
      .getByRole('button', { name: /^彻底删除 / })
      .first()
      .click();
    await page.getByRole('dialog', { name: '彻底删除 1 张图片' }).waitFor();
    await check('removing for good');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: '图库' }).first().click();
    await page.getByRole('button', { name: '按原比例排成等高行' }).click();
    await tilesOf(page).first().waitFor();
    await check('library in rows');
    await tilesOf(page).first().click();
    await page.getByRole('heading', { name: '链接' }).waitFor();
    await check('picture');
    await page.getByRole('button', { name: '编辑标题与标签' }).click();
    const said = page.getByRole('dialog', { name: '编辑标题与标签' });
    await said.getByLabel('标签', { exact: true }).fill('海，秋天，');
    await said.getByLabel('自动删除', { exact: true }).fill('2099-12-31T18:30');
    await check('what is said of a picture');
    await said.getByRole('button', { name: '保存' }).click();
    await page.getByRole('link', { name: '# 海' }).waitFor();
    await check('tags of a picture');
    const replace = page.getByRole('button', { name: '替换', exact: true });
    await replace.click();
    const replacing = page.getByRole('dialog', { name: /^替换 / });
    await replacing.locator('input[type=file]').waitFor({ state: 'attached' });
    await check('replacing a picture');
    const [other] = await makePictures(1, 70);
    if (other === undefined) throw new TypeError('no picture');
    const file = { name: other.name, mimeType: 'image/jpeg', buffer: other.bytes };
    await replacing.locator('input[type=file]').setInputFiles(file);
    await check('a picture and the one in its place');
    await replacing.getByRole('button', { name: '替换', exact: true }).click();
    await page.getByRole('region', { name: '旧版本' }).waitFor();
    await check('versions of a picture');
    await page.getByRole('button', { name: '分享', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: '生成链接' }).click();
    await page.getByRole('dialog').getByRole('img').waitFor();
    await check('a shared picture');
    await page.keyboard.press('Escape');
    await close();
  });

  it('changes its language without a reload', async () => {
    const { page, close } = await visit();
    await signIn(page, 'profile');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.reload();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    await close();
  });
});

describe('the budget of the page', () => {
  it('holds: at most 120 kB zipped for a first visit, nothing that jumps, nobody else asked', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await tilesOf(page).first().waitFor();
    const shift = await page.evaluate<number>(`new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) sum += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(sum), 500);
    })`);
    expect(shift).toBeLessThan(0.01);
    expect(complaints).toEqual([]);
    await close();
    const first = await visit();
    const sizes: Promise<{ responseBodySize: number }>[] = [];
    first.page.on('requestfinished', (request) => sizes.push(request.sizes()));
    await open(first.page);
    await first.page.getByRole('heading', { name: '登录' }).waitFor();
    await first.page.waitForLoadState('networkidle');
    const loaded = (await Promise.all(sizes)).reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
    expect(loaded).toBeGreaterThan(10_000);
    expect(loaded).toBeLessThan(120_000);
    await first.close();
  });

  it('is there at the root, and at the mount with a slash and without', async () => {
    for (const address of [`${bed.site().origin}/`, `${bed.site().mountUrl}/`, bed.site().mountUrl]) {
      const { page, complaints, close } = await visit();
      await page.goto(address);
      await page.getByRole('heading', { name: '登录' }).waitFor();
      expect(new URL(page.url()).pathname.endsWith('/')).toBe(true);
      expect(complaints).toEqual([]);
      await close();
    }
  });

  it('R33 lets nothing in but its own, and no string become code', async () => {
    const response = await fetch(`${bed.site().mountUrl}/`);
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const part of [
      ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'"],
      ...["base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'", "require-trusted-types-for 'script'"],
    ]) {
      expect(policy.split('; ')).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });
});
