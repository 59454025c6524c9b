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
  for (const picture of await makePictures(6)) await bed.site().upload(token, picture);
  for (const picture of await makePictures(30, 100)) await bed.site().upload(token, picture, 'many');
});

const nav = (page: Page) => page.getByRole('navigation', { name: '主导航' });
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const countOf = (page: Page, count: number) =>
  page
    .getByRole('status')
    .filter({ hasText: new RegExp(`^${count} 张图片`) })
    .waitFor();
const album = async (name: string) => {
  const { data } = await bed.site().post('album/listAlbums', {}, token);
  const all = data['albums'] as unknown as { readonly name: string; readonly albumId: string; parentId?: string }[];
  return all.find((known) => known.name === name);
};

describe('albums', () => {
  it('are made of what is selected in the library, and shown as it is, by keys alone', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await tilesOf(page).nth(5).waitFor();
    await page.getByRole('listbox').focus();
    for (const key of ['Space', 'Shift+ArrowRight', 'Shift+ArrowRight']) await page.keyboard.press(key);
    await button(page, '加入相册').press('Enter');
    await dialog(page, '把 3 张图片加入相册').locator('input:focus').waitFor();
    await page.keyboard.type('九月');
    await page.keyboard.press('Enter');
    await page.getByText('3 张图片已加入“九月”').waitFor();
    await button(page, '打开').click();
    await countOf(page, 3);
    await page.getByRole('heading', { name: '九月', level: 1 }).waitFor();

    // The viewer goes through the album, and back to it.
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    await button(page, '下一张').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Escape');
    await countOf(page, 3);
    expect(page.url()).toContain('#/albums/');
    await nav(page).getByRole('link', { name: '相册' }).click();
    await page.getByRole('list', { name: '相册' }).getByRole('link', { name: '九月 3 张' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('take in what is in a folder of many, and what is looked at', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images/many');
    await tilesOf(page).nth(5).waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    await button(page, '加入相册').click();
    await dialog(page, '把 30 张图片加入相册').getByLabel('新相册').check();
    await dialog(page, '把 30 张图片加入相册').getByLabel('名称').fill('很多');
    await dialog(page, '把 30 张图片加入相册').getByRole('button', { name: '加入相册' }).click();
    await page.getByText('30 张图片已加入“很多”').waitFor();
    await open(page, 'picture/images/harbour-1.jpg');
    await button(page, '加入相册').click();
    await dialog(page, '把 1 张图片加入相册').getByLabel('很多').check();
    await dialog(page, '把 1 张图片加入相册').getByRole('button', { name: '加入相册' }).click();
    await button(page, '打开').last().click();
    await countOf(page, 31);
    expect(complaints).toEqual([]);
    await close();
  });

  it('lie within each other, have other names and a cover, and let pictures go', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, `albums/${(await album('九月'))?.albumId}`);
    await button(page, '新建子相册').click();
    await dialog(page, '新建子相册').getByLabel('名称').fill('港口');
    await dialog(page, '新建子相册').getByRole('button', { name: '保存' }).click();
    await page.getByRole('heading', { name: '这个相册里还没有图片' }).waitFor();
    const way = page.getByRole('navigation', { name: '所在的相册' });
    expect(await way.getByRole('link').allTextContents()).toEqual(['相册', '九月', '港口']);
    await button(page, '编辑相册').click();
    const edit = dialog(page, '编辑相册');
    // Nothing can lie in itself.
    expect(await edit.getByLabel('放在').getByRole('option').allTextContents()).toEqual(['最上层', '很多', '九月']);
    await edit.getByLabel('名称').fill('');
    await edit.getByLabel('名称').fill('海港');
    await edit.getByLabel('说明').fill('清晨的');
    await edit.getByLabel('放在').selectOption('很多');
    await edit.getByRole('button', { name: '保存' }).click();
    await page.getByText('清晨的').waitFor();
    expect(await way.getByRole('link').allTextContents()).toEqual(['相册', '很多', '海港']);

    await way.getByRole('link', { name: '很多' }).click();
    await countOf(page, 31);
    await page.getByRole('list', { name: '其中的相册' }).getByRole('link', { name: /海港/ }).waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Space');
    await button(page, '设为封面').click();
    await page.getByText('封面已换').waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Space');
    await button(page, '移出相册').click();
    await countOf(page, 30);
    await button(page, '撤销').click();
    await countOf(page, 31);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Home');
    const takenOut = page.waitForResponse(/album\/removeImages$/);
    await page.keyboard.press('Delete');
    await countOf(page, 30);
    // It is shown before the bed has done it, and a reload would take it back.
    await takenOut;
    await page.reload();
    await countOf(page, 30);
    expect(complaints).toEqual([]);
    await close();
  });

  it('are a chip of the search', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library?harbour');
    await countOf(page, 4);
    await page.getByLabel('相册').selectOption('九月');
    await countOf(page, 1);
    expect(complaints).toEqual([]);
    await close();
  });

  it('are there again when they are not to go, and else leave their pictures and what lay in them', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, `albums/${(await album('很多'))?.albumId}`);
    await button(page, '删除相册').click();
    const shown = page.getByRole('list', { name: '相册' });
    await shown.getByRole('link', { name: /海港/ }).waitFor();
    expect(await shown.getByRole('link', { name: /很多/ }).count()).toBe(0);
    await button(page, '撤销').click();
    await shown.getByRole('link', { name: /很多/ }).click();
    await page.getByRole('list', { name: '其中的相册' }).getByRole('link', { name: /海港/ }).waitFor();
    const gone = page.waitForResponse(/album\/removeAlbum$/);
    await button(page, '删除相册').click();
    await gone;
    await page.reload();
    await shown.getByRole('link', { name: /海港/ }).waitFor();
    expect(await shown.getByRole('link').allTextContents()).toHaveLength(2);
    expect(await album('很多')).toBeUndefined();
    await open(page, 'library?');
    await countOf(page, 36);
    expect(complaints).toEqual([]);
    await close();
  });

  it('of somebody else can be looked at, and not changed', async () => {
    const { invitation = '' } = (await bed.site().post('auth/invite', {}, token)).data;
    await bed.site().signIn({ ...BOB, invitation });
    const { page, complaints, close } = await visit();
    await open(page, 'albums');
    await page.getByLabel('手机号').fill(BOB.phone);
    await page.getByLabel('密码', { exact: true }).fill(BOB.upwd);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('link', { name: '九月 3 张 别人的' }).click();
    await countOf(page, 3);
    expect(await button(page, '删除相册').count()).toBe(0);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Delete');
    await page.keyboard.press('Space');
    expect(await button(page, '移出相册').count()).toBe(0);
    await countOf(page, 3);
    await open(page, 'albums/none');
    await page.getByText('没有这个相册').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('a bed without records', () => {
  const without = shareSite({ IMAGEPIC_RECORDS: 'none' });

  it('has no albums, and asks for none', async () => {
    await without.site().signIn();
    const { page, complaints, close } = await without.visit();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await without.signIn(page, 'albums');
    await page.getByRole('heading', { name: '把图片或文件夹拖到这里' }).waitFor();
    expect(await nav(page).getByRole('link', { name: '相册' }).count()).toBe(0);
    expect(asked.filter((path) => /album|image\//.test(path))).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});
