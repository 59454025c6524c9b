import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileNameOf } from '../../src/naming/key.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { drag } from './support/drag.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '30' });
const { visit, open, signIn } = bed;
const BOB = { name: '鲍勃', email: 'bob@example.com', phone: '13900139000', upwd: 'correct horse 8' };
let token: string;
beforeAll(async () => {
  token = await bed.site().signIn();
});

/** A picture of so many pixels across, by which it is told from the others. */
const picture = (width: number, background: string) =>
  sharp({ create: { width, height: 60, channels: 3, background } })
    .png()
    .toBuffer();
const toFile = async (width: number, background = '#3377aa') => ({
  name: `new-${width}.png`,
  mimeType: 'image/png',
  buffer: await picture(width, background),
});

/** Stores one under a name of its bytes, which browsers keep for a year. */
async function put(width: number, background: string, by = token): Promise<string> {
  const base64 = (await picture(width, background)).toString('base64');
  const { data } = await bed.site().post('object/putObject', { bucketName: 'images', base64 }, by);
  const shown = await fetch(data['url'] ?? '');
  expect(shown.headers.get('cache-control')).toMatch(/immutable/);
  return data['objectName'] ?? '';
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const dialogOf = (page: Page, objectName: string) =>
  page.getByRole('dialog', { name: `替换 ${fileNameOf(objectName)}` });
const versions = (page: Page) => page.getByRole('region', { name: '旧版本' }).getByRole('listitem');

/** Waits until the picture that is looked at is so many pixels across. */
const seen = (page: Page, width: number) =>
  expect
    .poll(() => page.evaluate(`document.querySelector('.stage-image img')?.naturalWidth`), { timeout: 20_000 })
    .toBe(width);

/** How wide the picture is where it is asked for by its bare address, as every other page does. */
const widthAt = (page: Page, objectName: string): Promise<number> =>
  page.evaluate(`new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image.naturalWidth);
    image.onerror = reject;
    image.src = ${JSON.stringify(`${bed.site().mountUrl}/i/images/${objectName}`)};
  })`);

async function replaceBy(page: Page, objectName: string, width: number): Promise<void> {
  await button(page, '替换').click();
  const dialog = dialogOf(page, objectName);
  await dialog.locator('input[type=file]').setInputFiles(await toFile(width));
  await dialog.getByRole('button', { name: '替换', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('图片已替换').waitFor();
}

describe('a picture that another takes the place of', () => {
  it('is the new one at once, and after a reload, though its address is one that browsers keep for a year', async () => {
    const objectName = await put(40, '#aa3311');
    const { page, complaints, close } = await visit();
    await signIn(page, `picture/images/${objectName}`);
    await seen(page, 40);
    expect(await widthAt(page, objectName)).toBe(40);
    await replaceBy(page, objectName, 80);
    await seen(page, 80);
    await page.getByText('80 × 60 像素').waitFor();
    await page.reload();
    await seen(page, 80);
    expect(await widthAt(page, objectName)).toBe(80);
    await page.keyboard.press('Escape');
    await tilesOf(page).first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('stays a version, which the keyboard brings back, and what it was in between after that', async () => {
    const objectName = await put(41, '#22aa44');
    const { page, complaints, close } = await visit();
    await signIn(page, `picture/images/${objectName}`);
    await seen(page, 41);
    expect(await versions(page).count()).toBe(0);
    await replaceBy(page, objectName, 81);
    await versions(page)
      .getByText(/41 × 60 · .+ · PNG/)
      .waitFor();
    await versions(page).getByText('还剩 30 天').waitFor();
    await versions(page).locator('canvas').waitFor();
    await versions(page)
      .getByRole('button', { name: /^换回 .+ 之前的版本$/ })
      .focus();
    await page.keyboard.press('Enter');
    await page.getByText('已换回旧版本').waitFor();
    await seen(page, 41);
    await versions(page)
      .getByText(/81 × 60/)
      .waitFor();
    const toast = page.locator('.toast').filter({ hasText: '已换回旧版本' });
    await toast.getByRole('button', { name: '撤销' }).click();
    await seen(page, 81);
    await versions(page)
      .getByText(/41 × 60/)
      .waitFor();
    expect(await versions(page).count()).toBe(1);
    await page.goto(`${bed.site().mountUrl}/#/trash`);
    const rows = page.getByRole('listitem').filter({ hasText: fileNameOf(objectName) });
    await rows.getByText(/旧版本，替换于/).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('is asked about where a file is dropped on it or pasted, and nothing is uploaded beside it', async () => {
    const objectName = await put(42, '#4422aa');
    const { path: folder, remove } = await makeTempFolder();
    const { buffer } = await toFile(82);
    await writeFile(join(folder, 'dropped.png'), buffer);
    await writeFile(join(folder, 'other.png'), (await toFile(83)).buffer);
    const { page, complaints, close } = await visit();
    await signIn(page, `picture/images/${objectName}`);
    await seen(page, 42);
    const at = { x: 600, y: 400 };
    await drag(page, [join(folder, 'dropped.png')], false, at);
    await page.getByText('松手替换这张图片').waitFor();
    await drag(page, [join(folder, 'dropped.png'), join(folder, 'other.png')], true, at);
    await page.getByText('一次只能换成一张图片').waitFor();
    await drag(page, [join(folder, 'dropped.png')], true, at);
    const dialog = dialogOf(page, objectName);
    await dialog.getByText('dropped.png').waitFor();
    await drag(page, [join(folder, 'other.png')], true, { x: 20, y: 20 });
    await dialog.getByText('other.png').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await widthAt(page, objectName)).toBe(42);
    await drag(page, [join(folder, 'dropped.png')], true, at);
    await dialog.getByRole('button', { name: '替换', exact: true }).click();
    await seen(page, 82);
    expect(new URL(page.url()).hash).toContain('picture/images');
    expect(complaints).toEqual([]);
    await close();
    await remove();
  });

  it('stays what it is where the bed refuses the new one, with the reason', async () => {
    const objectName = await put(43, '#888822');
    const { page, complaints, close } = await visit();
    await signIn(page, `picture/images/${objectName}`);
    await seen(page, 43);
    await button(page, '替换').click();
    const dialog = dialogOf(page, objectName);
    const no = { name: '报价单.png', mimeType: 'image/png', buffer: Buffer.from('%PDF-1.4 not an image') };
    await dialog.locator('input[type=file]').setInputFiles(no);
    await dialog.getByRole('button', { name: '替换', exact: true }).click();
    await dialog
      .getByRole('alert')
      .filter({ hasText: /PDF|不是/ })
      .waitFor();
    await dialog.locator('input[type=file]').setInputFiles(await toFile(84));
    await dialog.getByRole('button', { name: '替换', exact: true }).click();
    await seen(page, 84);
    expect(complaints).toEqual([]);
    await close();
  });

  it('is one’s own: an admin is not offered it at somebody else’s', async () => {
    const { invitation = '' } = (await bed.site().post('auth/invite', {}, token)).data;
    const bob = await bed.site().signIn({ ...BOB, invitation });
    const objectName = await put(44, '#118888', bob);
    const { page, complaints, close } = await visit();
    await signIn(page, `picture/images/${objectName}`);
    await seen(page, 44);
    await button(page, '移动').waitFor();
    expect(await button(page, '替换').count()).toBe(0);
    await open(page, `picture/images/${await put(45, '#771177')}`);
    await button(page, '替换').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
