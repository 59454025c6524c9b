import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite } from './support/share-site.ts';
import { ANN } from './support/site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite' });
const { visit, open, signIn } = bed;
const BOB = { name: '鲍勃', email: 'bob@example.com', phone: '13900139000', upwd: 'correct horse 8' };
beforeAll(async () => {
  const token = await bed.site().signIn();
  await bed.site().post('bucket/makeBucket', { bucketName: 'posters', policy: 'private' }, token);
  for (const picture of await makePictures(3)) await bed.site().upload(token, picture);
  const { invitation = '' } = (await bed.site().post('auth/invite', {}, token)).data;
  const other = await bed.site().signIn({ ...BOB, invitation });
  for (const picture of await makePictures(2, 40)) await bed.site().upload(other, picture);
});

const rowsOf = (page: Page, table: string) =>
  page.getByRole('table', { name: table }).locator('tbody').getByRole('row').allTextContents();
/** Whether any point of the first chart has the colour that its columns are to have. */
const hasColumns = (page: Page) =>
  page.evaluate<boolean>(`(() => {
    const canvas = document.querySelector('.day-chart canvas');
    const context = canvas.getContext('2d');
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const [red, green, blue] = getComputedStyle(canvas.closest('.day-chart')).fill.match(/\\d+/g).map(Number);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) return true;
    }
    return false;
  })()`);

describe('statistics', () => {
  it('draw and write down what came each day, of whom, of which types and where, for an admin', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page);
    await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '统计' }).click();
    await page.getByText(/^共 5 张图片，[\d.]+ [KM]B$/).waitFor();
    await page.getByText('所有人的图片').waitFor();
    await page.getByRole('img', { name: '每天的张数' }).waitFor();
    await page.getByRole('img', { name: '每天的大小' }).waitFor();
    await expect.poll(() => hasColumns(page)).toBe(true);
    await page.getByText('用表格看').press('Enter');
    expect(await rowsOf(page, '每天上传')).toEqual([expect.stringMatching(/^\d{4}年\d+月\d+日.+5\d+ KB$/)]);
    expect(await rowsOf(page, '按类型')).toEqual([expect.stringMatching(/^JPEG5/)]);
    expect(await rowsOf(page, '按存储桶')).toEqual([expect.stringMatching(/^images5/)]);
    await page.getByRole('table', { name: '按上传者' }).waitFor();
    expect(await rowsOf(page, '按上传者')).toEqual([
      expect.stringMatching(new RegExp(`^${ANN.name}3`)),
      expect.stringMatching(new RegExp(`^${BOB.name}2`)),
    ]);
    await page.getByRole('button', { name: '一年' }).click();
    await page.getByText(/^最近 365 天上传的：5 张/).waitFor();
    await page.getByLabel('存储桶', { exact: true }).selectOption('posters');
    await page.getByRole('heading', { name: '还没有图片可统计' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('are drawn in the colours of the theme, which may change meanwhile', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'statistics');
    await expect.poll(() => hasColumns(page)).toBe(true);
    const before = await page.evaluate<string>(`getComputedStyle(document.querySelector('.day-chart')).fill`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect
      .poll(() => page.evaluate<string>(`getComputedStyle(document.querySelector('.day-chart')).fill`))
      .not.toBe(before);
    await expect.poll(() => hasColumns(page)).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  it('show members their own, and are found from the account on a phone and by the palette', async () => {
    const { page, complaints, close } = await visit({ viewport: { width: 390, height: 844 } });
    await open(page, 'profile');
    await page.getByLabel('手机号').fill(BOB.phone);
    await page.getByLabel('密码', { exact: true }).fill(BOB.upwd);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('link', { name: '查看统计' }).click();
    await page.getByText(/^共 2 张图片/).waitFor();
    await page.getByText('你的图片').waitFor();
    expect(await page.getByRole('table', { name: '按上传者' }).count()).toBe(0);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    await open(page, 'profile');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('统计');
    await page.keyboard.press('Enter');
    await page.getByText(/^共 2 张图片/).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
