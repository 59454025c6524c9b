import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '30' });
const { visit, open, signIn } = bed;
const BOB = { name: '鲍勃', email: 'bob@example.com', phone: '13900139000', upwd: 'correct horse 8' };
let token: string;
beforeAll(async () => {
  token = await bed.site().signIn();
  for (const picture of await makePictures(8)) await bed.site().upload(token, picture);
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const rows = (page: Page) => page.getByRole('region', { name: '回收站里的图片' }).getByRole('listitem');
const remove = async (objectNames: readonly string[], by = token) => {
  await bed.site().post('object/removeObjects', { bucketName: 'images', objectNames }, by);
};
const statusOf = async (name: string) => (await fetch(`${bed.site().mountUrl}/i/images/${name}`)).status;

describe('the trash', () => {
  it('shows what was removed here as soon as it is, and gives it back at its address', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'trash');
    await page.getByRole('heading', { name: '回收站是空的' }).waitFor();
    await page.getByText('在这里留 30 天').waitFor();
    await page.getByRole('link', { name: '图库' }).click();
    await tilesOf(page).nth(7).waitFor();
    await page.getByRole('listbox').focus();
    const gone = page.waitForResponse(/object\/removeObjects$/);
    await page.keyboard.press('Delete');
    await page.getByRole('link', { name: '回收站' }).click();
    await gone;
    await rows(page).filter({ hasText: 'banner-2.jpg' }).waitFor();
    await page.getByText('还剩 30 天').waitFor();
    expect(await statusOf('banner-2.jpg')).toBe(404);
    await button(page, '恢复 banner-2.jpg').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '回收站是空的' }).waitFor();
    await button(page, '打开').click();
    await page.getByRole('heading', { name: 'banner-2.jpg' }).waitFor();
    await open(page, 'library/images');
    await tilesOf(page).nth(7).waitFor();
    expect(await statusOf('banner-2.jpg')).toBe(200);
    expect(complaints).toEqual([]);
    await close();
  });

  it('gives back under another name what has lost its own meanwhile', async () => {
    await remove(['harbour-1.jpg']);
    const [picture] = await makePictures(1, 50);
    if (picture === undefined) throw new TypeError('no picture');
    await bed.site().upload(token, { ...picture, name: 'harbour-1.jpg' });
    const { page, complaints, close } = await visit();
    await signIn(page, 'trash');
    await button(page, '恢复 harbour-1.jpg').click();
    const dialog = page.getByRole('dialog', { name: '这个名称已被另一张图片占用' });
    const offered = await dialog.getByLabel('恢复为').inputValue();
    expect(offered).toMatch(/^harbour-1.+\.jpg$/);
    await dialog.getByRole('button', { name: '恢复' }).click();
    await page.getByRole('heading', { name: '回收站是空的' }).waitFor();
    expect(await statusOf(offered)).toBe(200);
    expect(complaints).toEqual([]);
    await close();
  });

  it('gives back several at once, and says why others stay', async () => {
    await remove(['ridge-3.jpg', 'morning-4.jpg', 'poster-5.jpg']);
    const [picture] = await makePictures(1, 51);
    if (picture === undefined) throw new TypeError('no picture');
    await bed.site().upload(token, { ...picture, name: 'ridge-3.jpg' });
    const { page, complaints, close } = await visit();
    await signIn(page, 'trash');
    await page.getByRole('checkbox', { name: '全选' }).check();
    await page.getByRole('status').filter({ hasText: '已选 3 张' }).waitFor();
    await button(page, '恢复').click();
    await page.getByText(/^3 张中恢复了 2 张：ridge-3\.jpg/).waitFor();
    expect(await rows(page).count()).toBe(1);
    expect([await statusOf('morning-4.jpg'), await statusOf('poster-5.jpg')]).toEqual([200, 200]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('lets go for good of one, of several, and of all that is one’s own, once somebody says so', async () => {
    const { invitation = '' } = (await bed.site().post('auth/invite', {}, token)).data;
    const bob = await bed.site().signIn({ ...BOB, invitation });
    for (const picture of await makePictures(1, 60)) {
      await bed.site().upload(bob, picture);
      await remove([picture.name], bob);
    }
    await remove(['river-6.jpg', 'cover-7.jpg', 'meadow-8.jpg', 'morning-4.jpg']);
    const { page, complaints, close } = await visit();
    await signIn(page, 'trash');
    await rows(page).nth(5).waitFor();
    // An admin sees whose each is.
    await rows(page).filter({ hasText: 'harbour-61.jpg' }).getByText('鲍勃').waitFor();
    await button(page, '彻底删除 river-6.jpg').click();
    const ask = page.getByRole('dialog', { name: '彻底删除 1 张图片' });
    await ask.getByRole('button', { name: '取消' }).click();
    expect(await rows(page).count()).toBe(6);
    await button(page, '彻底删除 river-6.jpg').click();
    await ask.getByRole('button', { name: '彻底删除' }).click();
    await rows(page).filter({ hasText: 'river-6.jpg' }).waitFor({ state: 'detached' });
    await page.getByRole('checkbox', { name: /cover-7/ }).check();
    await page.getByRole('checkbox', { name: /meadow-8/ }).check();
    await button(page, '彻底删除').click();
    await page.getByRole('dialog', { name: '彻底删除 2 张图片' }).getByRole('button', { name: '彻底删除' }).click();
    await page.getByText('已彻底删除 2 张图片').waitFor();
    await button(page, '清空我的回收站').click();
    await page.getByRole('dialog', { name: '清空我的回收站' }).getByRole('button', { name: '彻底删除' }).click();
    await button(page, '清空我的回收站').waitFor({ state: 'detached' });
    expect(await rows(page).allTextContents()).toEqual([expect.stringContaining('harbour-61.jpg')]);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('a bed without a trash', () => {
  const without = shareSite({ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '0' });

  it('shows none', async () => {
    await without.site().signIn();
    const { page, complaints, close } = await without.visit();
    await without.signIn(page, 'trash');
    await page.getByRole('heading', { name: '把图片或文件夹拖到这里' }).waitFor();
    expect(await page.getByRole('link', { name: '回收站' }).count()).toBe(0);
    await page.getByRole('link', { name: '相册' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
