import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite' });
const { visit, signIn } = bed;
let token: string;
let ids: readonly string[];
const made = new Map<string, string>();
beforeAll(async () => {
  token = await bed.site().signIn();
  for (const picture of await makePictures(6)) await bed.site().upload(token, picture);
  const { data } = await bed.site().post('image/search', { pageSize: 6, order: 'name' }, token);
  ids = (data['images'] as unknown as { readonly imageId: string }[]).map(({ imageId }) => imageId);
  const make = async (name: string, parentId = '') => {
    const { albumId = '' } = (await bed.site().post('album/createAlbum', { name, parentId }, token)).data;
    made.set(name, albumId);
    return albumId;
  };
  const september = await make('九月');
  await make('港口', september);
  await bed.site().post('album/addImages', { albumId: september, imageIds: ids.slice(0, 3) }, token);
});

const imagesOf = async (name: string): Promise<readonly string[]> => {
  const { data } = await bed.site().post('image/search', { albumId: made.get(name), pageSize: 50 }, token);
  return (data['images'] as unknown as { readonly imageId: string }[]).map(({ imageId }) => imageId).sort();
};
const targetsOf = (page: Page) => page.getByRole('complementary', { name: '放进相册' });

/** Goes to the middle of something with the pointer. */
const pointAt = async (page: Page, what: Locator) => {
  const { x, y, width, height } = (await what.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
};
/** Selects the first images, and takes them up. */
const takeUp = async (page: Page, count: number) => {
  await tilesOf(page)
    .nth(count - 1)
    .waitFor();
  await page.getByRole('listbox').focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  for (let at = 1; at < count; at += 1) await page.keyboard.press('Shift+ArrowRight');
  await page.getByRole('toolbar', { name: `已选 ${count} 张` }).waitFor();
  await pointAt(page, tilesOf(page).first());
  await page.mouse.down();
  await page.mouse.move(600, 600, { steps: 4 });
  await targetsOf(page).waitFor();
};
const letGoOn = async (page: Page, what: Locator) => {
  await pointAt(page, what);
  await page.mouse.up();
  await targetsOf(page).waitFor({ state: 'detached' });
};

describe('images that are selected', () => {
  it('are dragged from a folder into an album, and taken back', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await takeUp(page, 2);
    await letGoOn(page, targetsOf(page).getByText('港口'));
    await page.getByText('2 张图片已加入“港口”').waitFor();
    expect(await imagesOf('港口')).toEqual([...ids.slice(0, 2)].sort());
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByText('2 张图片已移出“港口”').waitFor();
    expect(await imagesOf('港口')).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('stay in an album that some of them were in, when the others are taken back', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await takeUp(page, 5);
    await letGoOn(page, targetsOf(page).getByText('九月'));
    await page.getByText('2 张图片已加入“九月”').waitFor();
    expect(await imagesOf('九月')).toEqual([...ids.slice(0, 5)].sort());
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByText('2 张图片已移出“九月”').waitFor();
    expect(await imagesOf('九月')).toEqual([...ids.slice(0, 3)].sort());
    await takeUp(page, 1);
    await letGoOn(page, targetsOf(page).getByText('九月'));
    await page.getByText('这些图片已经在“九月”里').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('are dragged onto an album that is seen, which counts them', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, `albums/${made.get('九月')}`);
    await page.getByRole('link', { name: '港口 0 张' }).waitFor();
    await takeUp(page, 1);
    await letGoOn(page, page.getByRole('link', { name: /^港口/ }));
    await page.getByRole('link', { name: '港口 1 张' }).waitFor();
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByRole('link', { name: '港口 0 张' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('are dragged onto the navigation or the new album, where it is asked into which', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library?');
    await takeUp(page, 2);
    await letGoOn(page, page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '相册' }));
    const dialog = page.getByRole('dialog', { name: '把 2 张图片加入相册' });
    expect(await dialog.getByRole('radio', { name: '九月' }).isChecked()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await takeUp(page, 1);
    await letGoOn(page, targetsOf(page).getByText('新相册'));
    await page.getByRole('dialog').getByLabel('名称').fill('海');
    await page.keyboard.press('Enter');
    await page.getByText('1 张图片已加入“海”').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it.each(['light', 'dark'] as const)('are dragged over what meets WCAG 2.2 AA, %s', async (colorScheme) => {
    const { page, close } = await visit({ colorScheme, bypassCSP: true });
    await signIn(page, 'library/images');
    await takeUp(page, 2);
    await pointAt(page, targetsOf(page).getByText('港口'));
    await expect.poll(() => targetsOf(page).locator('.over').allTextContents()).toEqual(['港口']);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
      }),
    );
    expect(violations.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html.slice(0, 120))}`)).toEqual([]);
    await close();
  });

  it('stay where they are when nothing takes them, and others are still selected by a rectangle', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await takeUp(page, 1);
    await page.mouse.up();
    await targetsOf(page).waitFor({ state: 'detached' });
    await page.getByRole('listbox').press('Escape');
    await page.getByRole('toolbar').waitFor({ state: 'detached' });
    await pointAt(page, tilesOf(page).nth(1));
    await page.mouse.down();
    await pointAt(page, tilesOf(page).nth(3));
    expect(await targetsOf(page).count()).toBe(0);
    await page.mouse.up();
    await page.getByRole('toolbar', { name: '已选 3 张' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
