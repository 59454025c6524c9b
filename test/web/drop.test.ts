import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTempFolder } from '../support/temp-folder.ts';
import { drag } from './support/drag.ts';
import { makePictures } from './support/pictures.ts';
import { clipboardOf, shareSite } from './support/share-site.ts';
import { ANN } from './support/site.ts';

const bed = shareSite();
const { visit, open } = bed;

describe('a newcomer', () => {
  it('makes the first account, drops a picture and a folder of others, and copies a link, on a bed that is new', async () => {
    const { path: folder, remove } = await makeTempFolder();
    await mkdir(join(folder, 'trip', 'day 1'), { recursive: true });
    const [one, two, three] = await makePictures(3, 20);
    if (one === undefined || two === undefined || three === undefined) throw new TypeError('no pictures');
    await writeFile(join(folder, 'first.jpg'), one.bytes);
    await writeFile(join(folder, 'trip', 'two.jpg'), two.bytes);
    await writeFile(join(folder, 'trip', 'day 1', 'three.jpg'), three.bytes);

    const { page, complaints, close } = await visit();
    await open(page);
    await page.getByRole('heading', { name: '创建第一个账号' }).waitFor();
    await page.getByLabel('姓名').fill(ANN.name);
    await page.getByLabel('手机号').fill(ANN.phone);
    await page.getByLabel('邮箱').fill(ANN.email);
    await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '上传', exact: true }).waitFor();

    await drag(page, [join(folder, 'first.jpg')], false);
    await page.locator('.drop-anywhere').waitFor();
    await drag(page, [join(folder, 'first.jpg'), join(folder, 'trip')], true);
    await page.getByText('已完成 3 / 3').waitFor();
    expect(await page.locator('.drop-anywhere').count()).toBe(0);
    await page.getByRole('button', { name: '全部复制' }).click();
    const links = await clipboardOf(page);
    expect(links).toMatch(/^!\[first\.jpg\]\(http\S+\/images\/[0-9a-f]{32}\.jpg\)$/m);
    expect(links).toMatch(/^!\[two\.jpg\]\(http\S+\/images\/trip\/[0-9a-f]{32}\.jpg\)$/m);
    expect(links).toMatch(/^!\[three\.jpg\]\(http\S+\/images\/trip\/day%201\/[0-9a-f]{32}\.jpg\)$/m);
    const [, url = ''] = /\((.*?)\)/.exec(links) ?? [];
    expect((await fetch(url)).headers.get('content-type')).toBe('image/jpeg');
    expect(complaints).toEqual([]);
    await close();
    await remove();
  });
});
