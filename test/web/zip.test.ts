import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite' });
const { visit, open, signIn } = bed;
let albumId: string;
let token: string;
beforeAll(async () => {
  token = await bed.site().signIn();
  for (const picture of await makePictures(5)) await bed.site().upload(token, picture);
  const { data } = await bed.site().post('image/search', { pageSize: 4 }, token);
  const imageIds = (data['images'] as unknown as { readonly imageId: string }[]).map(({ imageId }) => imageId);
  ({ albumId = '' } = (await bed.site().post('album/createAlbum', { name: '九月' }, token)).data);
  await bed.site().post('album/addImages', { albumId, imageIds }, token);
});

/** Those that stand in the central directory. @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
async function countEntries(download: Download): Promise<number> {
  expect(download.suggestedFilename()).toMatch(/^imagepic-\d{4}-\d{2}-\d{2}\.zip$/);
  const zip = await readFile(await download.path());
  return zip.toString('latin1').split('PK\u0001\u0002').length - 1;
}

const press = async (page: Page, name = '下载', zips = 1): Promise<readonly Download[]> => {
  const came: Download[] = [];
  const all = new Promise<void>((resolve) => {
    page.on('download', (download) => {
      came.push(download);
      if (came.length === zips) resolve();
    });
  });
  await page.getByRole('button', { name, exact: true }).press('Enter');
  await all;
  return came;
};
const said = (page: Page, text: RegExp | string) => page.getByText(text).waitFor();

describe('a zip', () => {
  it('holds what is selected in a folder, in a search and in an album, and the page says how many and how much', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    for (const [place, keys, images] of [
      ['library/images', ['Space', 'Shift+ArrowRight'], 2],
      ['library?', ['Space', 'Shift+ArrowRight', 'Shift+ArrowRight'], 3],
      [`albums/${albumId}`, ['Space'], 1],
    ] as const) {
      await open(page, place);
      await tilesOf(page).nth(3).waitFor();
      await page.getByRole('listbox').focus();
      for (const key of keys) await page.keyboard.press(key);
      const [zip] = await press(page);
      await said(page, new RegExp(`^正在下载 ${images} 张图片，共 [\\d.]+ [KM]B$`));
      expect(zip && (await countEntries(zip))).toBe(images);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  it('holds a whole album', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, `albums/${albumId}`);
    await tilesOf(page).nth(3).waitFor();
    const [zip] = await press(page, '下载相册');
    await said(page, /^正在下载 4 张图片/);
    expect(zip && (await countEntries(zip))).toBe(4);
    expect(complaints).toEqual([]);
    await close();
  });

  it('is refused in words, and can be had afterwards', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library?');
    await tilesOf(page).nth(4).waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    await bed.site().post('object/removeObject', { bucketName: 'images', objectName: 'harbour-1.jpg' }, token);
    await page.getByRole('button', { name: '下载', exact: true }).click();
    await said(page, '其中有图片已不在图床里，请刷新后再选');
    await page.getByRole('option', { name: 'harbour-1.jpg' }).click();
    const [zip] = await press(page);
    expect(zip && (await countEntries(zip))).toBe(4);
    expect(complaints).toEqual([]);
    await close();
  });

  it('becomes several where there are more images than one holds', async () => {
    const { page, complaints, close } = await visit();
    // The same pictures under so many names, as a bed with few would have to be filled for minutes.
    await page.route('**/image/search', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      const { images } = answer.data;
      const many = Array.from({ length: 1001 }, (_, at) => ({
        ...images[at % images.length],
        objectName: `${at}.jpg`,
      }));
      await route.fulfill({ response, json: { ...answer, data: { images: many, total: 1001, isExact: true } } });
    });
    await signIn(page, 'library?');
    await tilesOf(page).nth(4).waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    const zips = await press(page, '下载', 2);
    await said(page, /^正在下载 5 张图片，共 [\d.]+ [KM]B；分成 2 个压缩包$/);
    expect(await Promise.all(zips.map(countEntries))).toContain(4);
    expect(complaints).toEqual([]);
    await close();
  });
});
