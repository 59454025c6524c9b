import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite' });
const { visit, open, signIn } = bed;
const BOB = { name: '鲍勃', email: 'bob@example.com', phone: '13900139000', upwd: 'correct horse 8' };
let token: string;
beforeAll(async () => {
  token = await bed.site().signIn();
  for (const picture of await makePictures(3)) await bed.site().upload(token, picture);
});

const NAME = { bucketName: 'images', objectName: 'banner-2.jpg' };
const dialogOf = (page: Page) => page.getByRole('dialog', { name: '编辑标题与标签' });
const edit = (page: Page) => page.getByRole('button', { name: '编辑标题与标签' }).click();
const known = async () => (await bed.site().post('image/getImage', NAME, token)).data;

describe('what is said of a picture', () => {
  it('is written beside it, by keys alone, and each tag leads to the pictures that have it', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'picture/images/harbour-1.jpg');
    await page.getByText('还没有标题、标签和说明').waitFor();
    await page.getByRole('button', { name: '编辑标题与标签' }).focus();
    await page.keyboard.press('Enter');
    await dialogOf(page).waitFor();
    // The title has the focus.
    await page.keyboard.type('九月的港口');
    await page.keyboard.press('Tab');
    await page.keyboard.type('say "hi"');
    await page.keyboard.press('Enter');
    await page.keyboard.type('海，秋天,');
    for (const tag of ['say "hi"', '海', '秋天']) {
      await dialogOf(page)
        .getByRole('button', { name: `去掉标签 ${tag}` })
        .waitFor();
    }
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Tab');
    await page.keyboard.type('第一行');
    await page.keyboard.press('Enter');
    await page.keyboard.type('第二行');
    await dialogOf(page).getByRole('button', { name: '保存' }).press('Enter');
    await page.getByRole('heading', { name: '九月的港口' }).waitFor();
    await page.getByText('第一行').waitFor();
    const tags = page.getByRole('list', { name: '标签' });
    expect(await tags.getByRole('link').allTextContents()).toEqual(['# say "hi"', '# 海']);
    await tags.getByRole('link', { name: '# say "hi"' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /^1 张图片/ })
      .waitFor();
    await tilesOf(page).first().click();
    await page.getByRole('heading', { name: '九月的港口' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('stays as somebody else has said it meanwhile, until who writes has seen that', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'picture/images/banner-2.jpg');
    await edit(page);
    await dialogOf(page).getByLabel('标题', { exact: true }).fill('我的');
    await dialogOf(page).getByLabel('标签', { exact: true }).fill('mine');
    const theirs = { ...NAME, title: '别人的', description: '别人的说明', tags: ['theirs'] };
    await bed.site().post('image/updateImage', theirs, token);
    const save = dialogOf(page).getByRole('button', { name: '保存' });
    await save.click();
    const alert = dialogOf(page).getByRole('alert').filter({ hasText: '别人的' });
    await alert.waitFor();
    expect(await known()).toMatchObject({ title: '别人的', tags: ['theirs'] });
    await alert.getByRole('button', { name: '改用对方的' }).click();
    expect(await dialogOf(page).getByLabel('标题', { exact: true }).inputValue()).toBe('别人的');
    await dialogOf(page).getByLabel('标题', { exact: true }).fill('我们的');
    await save.click();
    await page.getByRole('heading', { name: '我们的' }).waitFor();
    const said = { title: '我们的', description: '别人的说明', tags: ['theirs', 'mine'] };
    expect(await known()).toMatchObject(said);
    expect(complaints).toEqual([]);
    await close();
  });

  it('is refused in words, and what was written stays', async () => {
    const { page, close } = await visit();
    await signIn(page, 'picture/images/banner-2.jpg');
    await edit(page);
    await dialogOf(page).getByLabel('标题', { exact: true }).fill('长'.repeat(1025));
    await dialogOf(page).getByRole('button', { name: '保存' }).click();
    await dialogOf(page).getByRole('alert').filter({ hasText: '至多 1024 个字符' }).waitFor();
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: '我们的' }).waitFor();
    await close();
  });

  it('is shown to who may not change it, without what changes it', async () => {
    const { invitation = '' } = (await bed.site().post('auth/invite', {}, token)).data;
    await bed.site().signIn({ ...BOB, invitation });
    const { page, complaints, close } = await visit();
    await open(page, 'picture/images/banner-2.jpg');
    await page.getByLabel('手机号').fill(BOB.phone);
    await page.getByLabel('密码', { exact: true }).fill(BOB.upwd);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('heading', { name: '我们的' }).waitFor();
    expect(await page.getByRole('button', { name: '编辑标题与标签' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('tags of several pictures', () => {
  it('are given and taken in a folder and in a search, and said where they could not be', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await tilesOf(page).nth(2).waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    await page.getByRole('button', { name: '标签', exact: true }).press('Enter');
    const dialog = page.getByRole('dialog', { name: '给 3 张图片改标签' });
    await dialog.waitFor();
    await page.keyboard.type('共同，');
    await dialog.getByRole('button', { name: '保存' }).click();
    await page.getByText('3 张图片的标签已改').waitFor();
    await open(page, 'library?tag:共同');
    await tilesOf(page).nth(2).waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: '标签', exact: true }).click();
    const one = page.getByRole('dialog', { name: '给 1 张图片改标签' });
    await one.getByLabel('加上').fill('单独');
    await one.getByLabel('去掉').fill('共同');
    await one.getByRole('button', { name: '保存' }).click();
    await page.getByText('1 张图片的标签已改').waitFor();
    await page.reload();
    await tilesOf(page).nth(1).waitFor();
    expect(await tilesOf(page).count()).toBe(2);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    await page.getByRole('button', { name: '标签', exact: true }).click();
    const two = page.getByRole('dialog', { name: '给 2 张图片改标签' });
    await two.getByLabel('加上').fill(Array.from({ length: 100 }, (_, at) => `t${at}`).join('，'));
    await two.getByRole('button', { name: '保存' }).click();
    await page.getByText('2 张中改了 0 张：一张图片至多 100 个标签').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
