import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

const COUNT = 20;
const SEARCH = '名称、标题、标签或说明';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite' });
const { visit, open, signIn } = bed;
beforeAll(async () => {
  const token = await bed.site().signIn();
  for (const picture of await makePictures(COUNT)) await bed.site().upload(token, picture);
  await bed.site().post('bucket/makeBucket', { bucketName: 'second', policy: 'public-read' }, token);
  const [picture] = await makePictures(1, 900);
  const base64 = picture?.bytes.toString('base64');
  await bed.site().post('object/putObject', { bucketName: 'second', objectName: 'deep/harbour.jpg', base64 }, token);
});

describe('a search', () => {
  it('begins by a key, is asked by words and chips, and is the same at its address', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page);
    await page.getByRole('heading', { name: '把图片或文件夹拖到这里' }).waitFor();
    await page.keyboard.press('/');
    const box = page.getByRole('searchbox', { name: SEARCH });
    await page
      .getByRole('status')
      .filter({ hasText: `${COUNT + 1} 张图片` })
      .waitFor();
    await page
      .getByRole('heading', { level: 2, name: /年.*月.*日/ })
      .first()
      .waitFor();
    // The box has the focus, so what is written is looked for.
    await page.keyboard.type('harbour');
    await page
      .getByRole('status')
      .filter({ hasText: /^3 张图片/ })
      .waitFor();
    await page.getByLabel('存储桶').selectOption('second');
    await page
      .getByRole('status')
      .filter({ hasText: /^1 张图片/ })
      .waitFor();
    await page.reload();
    await page
      .getByRole('status')
      .filter({ hasText: /^1 张图片/ })
      .waitFor();
    expect([await box.inputValue(), await page.getByLabel('存储桶').inputValue()]).toEqual(['harbour', 'second']);
    await box.fill('type:png');
    await box.press('Enter');
    await page.getByRole('heading', { name: '没有找到这样的图片' }).waitFor();
    expect([await box.inputValue(), await page.getByLabel('类型').inputValue()]).toEqual(['', 'png']);
    await page.getByRole('button', { name: '清除条件' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: `${COUNT + 1} 张图片` })
      .waitFor();
    await page.getByLabel('标签', { exact: true }).fill('none');
    await page.getByLabel('标签', { exact: true }).press('Enter');
    await page.getByRole('heading', { name: '没有找到这样的图片' }).waitFor();
    await page.getByRole('button', { name: '去掉标签 none' }).click();
    await page.getByLabel('上传者').selectOption({ label: '安妮' });
    await page
      .getByRole('status')
      .filter({ hasText: `${COUNT + 1} 张图片` })
      .waitFor();
    await page.getByLabel('到', { exact: true }).fill('2020-01-01');
    await page.getByRole('heading', { name: '没有找到这样的图片' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('opens what it found in the viewer, with its neighbours, whatever bucket they are in', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library?harbour');
    await tilesOf(page).nth(2).waitFor();
    await tilesOf(page).first().click();
    await page.getByRole('heading', { name: 'harbour.jpg' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'harbour-11.jpg' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: '下一张' }).click();
    await page.getByRole('heading', { name: 'harbour-1.jpg' }).waitFor();
    await page.getByRole('button', { name: '删除' }).click();
    await page.getByRole('heading', { name: 'harbour-11.jpg' }).waitFor();
    await page.getByRole('button', { name: '撤销' }).click();
    await page.keyboard.press('Escape');
    await page
      .getByRole('status')
      .filter({ hasText: /^3 张图片/ })
      .waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('goes to a month: what is of it and before is shown', async () => {
    const { page, complaints, close } = await visit();
    const old = new Date(new Date().getFullYear(), new Date().getMonth() - 3, 15);
    const month = old.getMonth() + 1;
    await page.route('**/image/search', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      const { order, to } = route.request().postDataJSON();
      // The bed is new: one picture is told to be of three months ago.
      const [last] = answer.data.images.slice(-1);
      if (order === 'oldest') answer.data.images[0].createdAt = old.toISOString();
      else if (to !== undefined && last === undefined) answer.data.images = [];
      else if (order === undefined && last !== undefined) last.createdAt = old.toISOString();
      await route.fulfill({ response, json: answer });
    });
    await signIn(page, 'library?harbour');
    const bar = page.getByRole('navigation', { name: '按日期跳转' });
    await bar.waitFor();
    expect(await bar.getByRole('button').count()).toBe(4);
    await page.getByRole('heading', { level: 2, name: new RegExp(`年${month}月15日`) }).waitFor();
    await bar.getByRole('button').last().click();
    await tilesOf(page).last().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('leaves the focus in the grid when what is selected is let go', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library?');
    await tilesOf(page).first().waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Space');
    await page.getByRole('toolbar').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.press('Space');
    await page.getByRole('toolbar', { name: '已选 1 张' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('of a folder goes on in all', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await tilesOf(page).first().waitFor();
    await page.keyboard.press('/');
    await page.locator('input:focus').waitFor();
    await page.keyboard.type('river');
    await page.keyboard.press('Enter');
    await page
      .getByRole('status')
      .filter({ hasText: /^2 张图片/ })
      .waitFor();
    expect(page.url()).toMatch(/#\/library\?river$/);
    await page.waitForLoadState('networkidle');
    await open(page, 'library/images');
    await page
      .getByRole('status')
      .filter({ hasText: `${COUNT} 张图片` })
      .waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
