import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { clipboardOf, shareSite, tilesOf } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite' });
const { visit, signIn } = bed;
let albumId: string;
beforeAll(async () => {
  const token = await bed.site().signIn();
  for (const picture of await makePictures(3)) await bed.site().upload(token, picture);
  const { data } = await bed.site().post('image/search', { pageSize: 3 }, token);
  const imageIds = (data['images'] as unknown as { readonly imageId: string }[]).map(({ imageId }) => imageId);
  ({ albumId = '' } = (await bed.site().post('album/createAlbum', { name: '九月' }, token)).data);
  await bed.site().post('album/addImages', { albumId, imageIds }, token);
});

const dialogOf = (page: Page) => page.getByRole('dialog', { name: '分享“九月”' });
const linkOf = (page: Page) => dialogOf(page).getByLabel('分享链接', { exact: true }).inputValue();
const openDialog = async (page: Page) => {
  await signIn(page, `albums/${albumId}`);
  await tilesOf(page).nth(2).waitFor();
  await page.getByRole('button', { name: '分享', exact: true }).press('Enter');
  await dialogOf(page).getByRole('heading', { name: '已有的分享' }).waitFor();
};

describe('a share of an album', () => {
  it('is made by keys alone, opened by somebody without an account, and withdrawn', async () => {
    const { page, complaints, close } = await visit();
    await openDialog(page);
    await dialogOf(page).getByText('还没有分享').waitFor();
    await dialogOf(page).getByLabel('有效期').press('ArrowDown');
    await dialogOf(page).getByLabel('密码').focus();
    await page.keyboard.type('sunrise 6');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialogOf(page).getByRole('img', { name: '分享链接的二维码' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('已复制').first().waitFor();
    const url = await clipboardOf(page);
    expect(url).toBe(await linkOf(page));
    await dialogOf(page).getByRole('button', { name: '复制链接和密码' }).press('Enter');
    await expect.poll(() => clipboardOf(page)).toBe(`${url}\n密码：sunrise 6`);
    const shown = dialogOf(page).getByRole('listitem');
    expect(await shown.textContent()).toMatch(/到期\s· 有密码\s· 可下载原图/);

    const stranger = await visit();
    await stranger.page.goto(url);
    await stranger.page.locator('input[name=password]').fill('sunrise 6');
    await stranger.page.keyboard.press('Enter');
    await stranger.page.getByRole('heading', { name: '九月' }).waitFor();
    expect(await stranger.page.getByRole('img').count()).toBe(3);

    await shown.getByRole('button', { name: /^撤回 .+ 生成的分享$/ }).press('Enter');
    await page.getByText('分享已撤回').waitFor();
    await dialogOf(page).getByText('还没有分享').waitFor();
    // A link that opens nothing is not to be copied.
    await dialogOf(page).getByLabel('有效期').waitFor();
    expect((await stranger.page.reload())?.status()).toBe(404);
    expect(complaints).toEqual([]);
    await stranger.close();
    await close();
  });

  it('is refused in words, and made one beside another', async () => {
    const { page, complaints, close } = await visit();
    await openDialog(page);
    await dialogOf(page).getByLabel('密码').fill('short');
    await page.keyboard.press('Enter');
    await dialogOf(page).getByRole('alert').filter({ hasText: '6–128 个字符' }).waitFor();
    await dialogOf(page).getByLabel('密码').fill('');
    await dialogOf(page).getByLabel('有效期').selectOption('不过期');
    await dialogOf(page).getByRole('button', { name: '生成链接' }).click();
    const first = await linkOf(page);
    await dialogOf(page).getByRole('button', { name: '再生成一个' }).click();
    await dialogOf(page).getByRole('button', { name: '生成链接' }).click();
    await expect.poll(() => dialogOf(page).getByRole('listitem').count()).toBe(2);
    expect(await linkOf(page)).not.toBe(first);
    expect(await dialogOf(page).getByRole('listitem').last().textContent()).toMatch(/不过期/);
    await dialogOf(page).getByRole('button', { name: '关闭' }).click();
    expect(await dialogOf(page).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});
