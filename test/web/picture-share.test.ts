import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { clipboardOf, shareSite } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '30' });
const { visit, signIn } = bed;
const HIDDEN = { bucketName: 'hidden', objectName: 'trip/harbour.jpg' };
let token: string;
beforeAll(async () => {
  token = await bed.site().signIn();
  await bed.site().post('bucket/makeBucket', { bucketName: HIDDEN.bucketName }, token);
  const [one, other] = await makePictures(2);
  if (one === undefined || other === undefined) throw new TypeError('no pictures');
  const base64 = one.bytes.toString('base64');
  await bed.site().post('object/putObject', { ...HIDDEN, base64 }, token);
  await bed.site().upload(token, other);
});

const dialogOf = (page: Page) => page.getByRole('dialog', { name: '分享“harbour.jpg”' });
const widthOf = (page: Page) =>
  page.getByRole('img').evaluate((image) => Reflect.get(image, 'complete') && Reflect.get(image, 'naturalWidth'));

/** Opens the dialog about the picture and makes a link, by keys alone. */
async function makeLink(page: Page, download: boolean): Promise<string> {
  await page.getByRole('button', { name: '分享', exact: true }).press('Enter');
  await dialogOf(page).getByRole('heading', { name: '已有的分享' }).waitFor();
  if (download) await dialogOf(page).getByLabel('允许下载原图').press('Space');
  await dialogOf(page).getByRole('button', { name: '生成链接' }).press('Enter');
  await dialogOf(page).getByRole('img', { name: '分享链接的二维码' }).waitFor();
  await dialogOf(page).getByRole('button', { name: '复制', exact: true }).press('Enter');
  await page.getByText('已复制').first().waitFor();
  return clipboardOf(page);
}

describe('a share of a picture', () => {
  it('shows one of a private bucket to a browser that has never been there, and no more once it is withdrawn', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, `picture/${HIDDEN.bucketName}/${HIDDEN.objectName}`);
    const url = await makeLink(page, true);
    expect(url).toMatch(/\/a\/[\w-]{56}$/);

    const stranger = await visit({ locale: 'en-GB' });
    expect((await stranger.page.goto(url))?.status()).toBe(200);
    await expect.poll(() => widthOf(stranger.page), { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await stranger.page.locator('html').getAttribute('lang')).toBe('en');
    expect(await stranger.page.context().cookies()).toEqual([]);
    const original = await stranger.page.locator('a[href*="original"]').getAttribute('href');
    const got = await stranger.page.request.get(new URL(original ?? '', url).href);
    expect([got.status(), got.headers()['content-type']]).toEqual([200, 'image/jpeg']);
    // What is not shared is not to be had, nor the picture where it lies.
    const bare = `${bed.site().mountUrl}/i/${HIDDEN.bucketName}/${HIDDEN.objectName}`;
    expect((await stranger.page.request.get(bare)).status()).toBe(404);

    await dialogOf(page)
      .getByRole('button', { name: /^撤回 .+ 生成的分享$/ })
      .press('Enter');
    await page.getByText('分享已撤回').waitFor();
    await dialogOf(page).getByText('还没有分享').waitFor();
    expect((await stranger.page.reload())?.status()).toBe(404);
    expect((await stranger.page.request.get(new URL(original ?? '', url).href)).status()).toBe(404);
    expect([...complaints, ...stranger.complaints]).toEqual([]);
    await stranger.close();
    await close();
  });

  it('lists its own alone, and gives no originals unless it is to', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, `picture/${HIDDEN.bucketName}/${HIDDEN.objectName}`);
    const url = await makeLink(page, false);
    await expect.poll(() => dialogOf(page).getByRole('listitem').count()).toBe(1);
    const stranger = await visit();
    await stranger.page.goto(url);
    await expect.poll(() => widthOf(stranger.page), { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await stranger.page.locator('a[href*="original"]').count()).toBe(0);
    await stranger.close();
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'detached' });
    await bed.open(page, 'picture/images/banner-2.jpg');
    await page.getByRole('heading', { name: 'banner-2.jpg' }).waitFor();
    await page.getByRole('button', { name: '分享', exact: true }).click();
    await page.getByRole('dialog', { name: '分享“banner-2.jpg”' }).getByText('还没有分享').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
