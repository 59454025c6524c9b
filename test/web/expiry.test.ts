import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '30' });
const { visit, signIn } = bed;
const DAY_MS = 24 * 60 * 60 * 1000;
let token: string;
beforeAll(async () => {
  token = await bed.site().signIn();
  for (const picture of await makePictures(2)) await bed.site().upload(token, picture);
});

const dialogOf = (page: Page) => page.getByRole('dialog', { name: '编辑标题与标签' });
const edit = (page: Page) => page.getByRole('button', { name: '编辑标题与标签' }).click();
const save = (page: Page) => dialogOf(page).getByRole('button', { name: '保存' }).press('Enter');
const goesAt = async (objectName: string): Promise<string | undefined> =>
  (await bed.site().post('image/getImage', { bucketName: 'images', objectName }, token)).data['expiresAt'];

describe('a picture that goes by itself', () => {
  it('says when, by the clock of whoever looks, until that is taken back', async () => {
    const { page, complaints, close } = await visit({ timezoneId: 'Asia/Shanghai' });
    await signIn(page, 'picture/images/harbour-1.jpg');
    await edit(page);
    const field = dialogOf(page).getByLabel('自动删除', { exact: true });
    expect(await field.inputValue()).toBe('');
    await dialogOf(page).getByText('留空则一直保留').waitFor();
    const day = new Date(Date.now() + 10.5 * DAY_MS).toISOString().slice(0, 10);
    await field.fill(`${day}T18:30`);
    await dialogOf(page)
      .getByText(/18:30 后彻底删除，不进回收站/)
      .waitFor();
    await dialogOf(page).getByLabel('标题').fill('Harbour');
    await save(page);
    await page.getByText(/ 18:30 自动删除（还有 (9|10|11) 天）/).waitFor();
    expect(await goesAt('harbour-1.jpg')).toBe(`${day}T10:30:00.000Z`);
    await page.reload();
    await page.getByText(/ 18:30 自动删除/).waitFor();
    await edit(page);
    expect(await field.inputValue()).toBe(`${day}T18:30`);
    await dialogOf(page).getByRole('button', { name: '自动删除: 永不' }).press('Enter');
    expect(await field.inputValue()).toBe('');
    await save(page);
    await page.getByText(/自动删除（/).waitFor({ state: 'detached' });
    expect(await goesAt('harbour-1.jpg')).toBeUndefined();
    expect(complaints).toEqual([]);
    await close();
  });

  it('stays as somebody else has set it meanwhile, where it is not touched', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'picture/images/harbour-1.jpg');
    await edit(page);
    const named = { bucketName: 'images', objectName: 'harbour-1.jpg' };
    await bed.site().post('image/updateImage', { ...named, expiresAt: '2099-12-31T18:30Z' }, token);
    await dialogOf(page).getByLabel('标题').fill('Evening');
    await save(page);
    await page.getByText(/2099年.+自动删除/).waitFor();
    expect(await goesAt('harbour-1.jpg')).toBe('2099-12-31T18:30:00.000Z');
    expect(complaints).toEqual([]);
    await close();
  });

  it('is refused in words where the time has gone by, and nothing else is said of it either', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'picture/images/banner-2.jpg');
    await edit(page);
    await dialogOf(page).getByLabel('自动删除', { exact: true }).fill('2020-01-31T08:00');
    await dialogOf(page).getByLabel('标题').fill('Banner');
    await save(page);
    await dialogOf(page)
      .getByRole('alert')
      .filter({ hasText: /将来|已过|以后/ })
      .waitFor();
    const { data } = await bed
      .site()
      .post('image/getImage', { bucketName: 'images', objectName: 'banner-2.jpg' }, token);
    expect([data['title'], data['expiresAt']]).toEqual(['', undefined]);
    expect(complaints).toEqual([]);
    await close();
  });
});
