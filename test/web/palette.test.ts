import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite } from './support/share-site.ts';

const bed = shareSite();
const { visit, signIn } = bed;
beforeAll(async () => {
  const token = await bed.site().signIn();
  await bed.site().post('bucket/makeBucket', { bucketName: 'posters', policy: 'private' }, token);
});

const paletteOf = (page: Page) => page.getByRole('dialog', { name: '前往…' });
const textOf = (page: Page) => page.getByRole('combobox', { name: '输入页面、存储桶或操作的名字' });
const optionsOf = (page: Page) => paletteOf(page).getByRole('option');

describe('the palette', () => {
  it('goes by keys alone to a screen and to a bucket, and gives the focus back when it is left', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'profile');
    await page.getByLabel('简称').focus();
    await page.keyboard.press('Control+k');
    await optionsOf(page).filter({ hasText: '存储桶 posters' }).waitFor();
    expect(await textOf(page).evaluate((text) => text === text.ownerDocument.activeElement)).toBe(true);
    await page.keyboard.type('图库');
    expect(await optionsOf(page).allTextContents()).toEqual(['图库']);
    await page.keyboard.press('Escape');
    await paletteOf(page).waitFor({ state: 'detached' });
    expect(await page.getByLabel('简称').evaluate((text) => text === text.ownerDocument.activeElement)).toBe(true);

    await page.keyboard.press('Control+k');
    await page.keyboard.type('POST');
    await optionsOf(page).filter({ hasText: 'posters' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '这里还没有图片' }).waitFor();
    expect(page.url()).toContain('#/library/posters');
    await page.keyboard.press('Control+k');
    await optionsOf(page).filter({ hasText: '存储桶 posters' }).waitFor();
    const before = (await optionsOf(page).allTextContents()).indexOf('令牌与客户端');
    expect(before).toBeGreaterThan(0);
    // To the last one, and from there on to the first.
    await page.keyboard.press('ArrowUp');
    for (let step = 0; step <= before; step += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '令牌与客户端', level: 1 }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('is opened by mouse too, uploads, and tells the keys', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'clients');
    await page.getByRole('button', { name: '前往…' }).click();
    await textOf(page).fill('没有这个');
    await paletteOf(page).getByText('没有匹配的内容').waitFor();
    await textOf(page).fill('上传');
    const chooser = page.waitForEvent('filechooser');
    await optionsOf(page).filter({ hasText: '选择图片上传' }).click();
    const [picture] = await makePictures(1, 900);
    if (picture === undefined) throw new TypeError('no picture');
    await (await chooser).setFiles({ name: picture.name, mimeType: 'image/jpeg', buffer: picture.bytes });
    await page.getByText('已完成 1 / 1').waitFor();
    await page.keyboard.press('Control+k');
    await textOf(page).fill('快捷键');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: '快捷键' }).getByText('前往任何页面或存储桶').waitFor();
    // Nobody goes anywhere over a dialog.
    await page.keyboard.press('Control+k');
    expect(await paletteOf(page).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  it.each(['light', 'dark'] as const)('meets WCAG 2.2 AA, %s', async (colorScheme) => {
    const { page, close } = await visit({ colorScheme, bypassCSP: true });
    await signIn(page);
    await page.keyboard.press('Control+k');
    await optionsOf(page).filter({ hasText: '存储桶 posters' }).waitFor();
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
      }),
    );
    expect(violations.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html.slice(0, 120))}`)).toEqual([]);
    await close();
  });
});
