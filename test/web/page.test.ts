import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { makeHeavyPicture, makePictures } from './support/pictures.ts';
import { choose, clipboardOf, shareSite, tilesOf } from './support/share-site.ts';
import { ANN } from './support/site.ts';

const bed = shareSite();
const { visit, open, signIn } = bed;

/** A size is made when it is first asked for, which takes as long as it takes. */
const MADE = { timeout: 30_000 };

describe('a newcomer', () => {
  it('O1 comes from an empty bed to copied links, a library, and back from a mistake', async () => {
    const { page, complaints, close } = await visit();
    await open(page);
    await page.getByRole('heading', { name: '创建第一个账号' }).waitFor();
    await page.getByLabel('姓名').fill(ANN.name);
    await page.getByLabel('手机号').fill(ANN.phone);
    await page.getByLabel('邮箱').fill(ANN.email);
    await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
    await page.getByRole('button', { name: '创建第一个账号' }).click();

    await choose(page, await makePictures(20));
    await page.getByText('已完成 20 / 20').waitFor();
    await page.getByRole('button', { name: '全部复制' }).click();
    await page.getByRole('button', { name: '已复制' }).waitFor();
    const links = (await clipboardOf(page)).split('\n');
    expect(links).toHaveLength(20);
    for (const link of links)
      expect(link).toMatch(/^!\[\w+-\d+\.jpg\]\(http:\/\/127\.0\.0\.1:\d+\/imagepic\/i\/images\/[0-9a-f]{32}\.jpg\)$/);
    const shown = await fetch(/\((.*)\)/.exec(links[0] ?? '')?.[1] ?? '');
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(await page.getByText('已去除相机信息').count()).toBeGreaterThan(0);

    await page.reload();
    await page.getByRole('region', { name: '最近上传' }).getByRole('listitem').nth(19).waitFor();
    await page.getByRole('link', { name: '图库' }).click();
    await page.getByRole('status').filter({ hasText: '20 张图片' }).waitFor();
    await tilesOf(page).first().click();
    await page.getByRole('button', { name: '重命名' }).click();
    await page.getByLabel('新名称').fill('<img src=x onerror=alert(1)> 海报.jpg');
    await page.getByRole('dialog').getByRole('button', { name: '重命名' }).click();
    // A name is text, whatever it looks like.
    await page.getByRole('heading', { name: '<img src=x onerror=alert(1)> 海报.jpg' }).waitFor();

    await page.getByRole('button', { name: '删除' }).click();
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByRole('link', { name: '图库' }).first().click();
    await page.getByRole('status').filter({ hasText: '20 张图片' }).waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Home');
    const removed = page.waitForResponse((response) => response.url().endsWith('/object/removeObjects'));
    await page.keyboard.press('Delete');
    await page.getByRole('status').filter({ hasText: '19 张图片' }).waitFor();
    await page.getByText('图片已删除').waitFor({ state: 'detached' });
    await removed;
    await page.reload();
    await page.getByRole('status').filter({ hasText: '19 张图片' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('a picture', () => {
  it('that is pasted is uploaded, from whatever screen', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'profile');
    const [picture] = await makePictures(1, 800);
    if (picture === undefined) throw new TypeError('no picture');
    await page.evaluate(`(() => {
      const bytes = Uint8Array.from(atob('${picture.bytes.toString('base64')}'), (sign) => sign.charCodeAt(0));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([bytes], 'pasted.jpg', { type: 'image/jpeg' }));
      dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
    })()`);
    await page.getByText('已完成 1 / 1').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('is small in the library, as large as the window when it is opened, and whole when somebody comes closer', async () => {
    const token = await bed.site().signIn();
    const base64 = (await makeHeavyPicture(2600)).toString('base64');
    await bed.site().post('object/putObject', { bucketName: 'images', objectName: 'sizes/a.jpg', base64 }, token);
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images/sizes');
    const widthOf = (of: Locator) => of.evaluate((image) => Reflect.get(image, 'naturalWidth'));
    await expect.poll(() => widthOf(tilesOf(page).locator('img')), MADE).toBe(320);
    await tilesOf(page).click();
    const shown = page.getByRole('img', { name: 'a.jpg' });
    await expect.poll(() => widthOf(shown), MADE).toBe(2048);
    await page.keyboard.press('+');
    await expect.poll(() => widthOf(shown), MADE).toBe(2600);
    await page.getByRole('button', { name: '复制: 响应式 HTML' }).click();
    await page.getByText('已复制').first().waitFor();
    expect(await clipboardOf(page)).toMatch(/^<picture><source type="image\/avif" srcset="http.*<\/picture>$/);
    expect(complaints).toEqual([]);
    await close();
  });

  it('of a private bucket is seen by members, and by others with a temporary link alone', async () => {
    const token = await bed.site().signIn();
    await bed.site().post('bucket/makeBucket', { bucketName: 'hidden', policy: 'private' }, token);
    const [picture] = await makePictures(1, 900);
    if (picture === undefined) throw new TypeError('no picture');
    const base64 = picture.bytes.toString('base64');
    await bed.site().post('object/putObject', { bucketName: 'hidden', objectName: 'mine.jpg', base64 }, token);
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/hidden');
    const tile = tilesOf(page).locator('img[src^="blob:"]');
    await tile.waitFor();
    await tilesOf(page).click();
    await page.getByRole('button', { name: '生成临时链接' }).click();
    await page.getByRole('button', { name: '生成临时链接' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '复制: URL' }).click();
    await page.getByText('已复制').first().waitFor();
    const shown = await fetch(await clipboardOf(page));
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect((await fetch(`${bed.site().mountUrl}/i/hidden/mine.jpg`)).ok).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('what goes wrong', () => {
  it('is told in words: a file that is no image, and one that is there already', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page);
    await choose(page, [{ name: 'offer.pdf', bytes: Buffer.from('%PDF-1.4'), type: 'application/pdf' }]);
    await page.getByRole('alert').filter({ hasText: '这是 PDF' }).waitFor();
    const [picture] = await makePictures(1, 100);
    if (picture === undefined) throw new TypeError('no picture');
    await choose(page, [picture]);
    await page.getByText('已完成 1 / 2').waitFor();
    await choose(page, [picture]);
    await page.getByText('图床里已经有这张图片').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('loses nothing when the session ends: what was typed and what was queued goes on after a sign-in', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'profile');
    await page.getByLabel('简称').fill('half-typed');
    const token = await bed.site().signIn();
    await bed.site().post('auth/logoutAll', {}, token);
    await page.getByLabel('当前密码').first().fill(ANN.upwd);
    await page.getByRole('button', { name: '保存' }).click();
    const dialog = page.getByRole('dialog', { name: '登录已过期' });
    await dialog.waitFor();
    await dialog.getByLabel('手机号').fill(ANN.phone);
    await dialog.getByLabel('密码', { exact: true }).fill(ANN.upwd);
    await dialog.getByRole('button', { name: '登录', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('简称').inputValue()).toBe('half-typed');
    expect(complaints).toEqual([]);
    await close();
  });

  it('waits for the network, and goes on when it is back', async () => {
    const { page, close } = await visit();
    await signIn(page);
    await page.getByRole('heading', { name: '把图片或文件夹拖到这里' }).waitFor();
    await page.context().setOffline(true);
    await page.getByText('网络已断开').waitFor();
    await choose(page, await makePictures(2, 200));
    await page.context().setOffline(false);
    await page.getByText('已完成 2 / 2').waitFor();
    // A screen whose code could not come is there as soon as it can.
    await page.context().setOffline(true);
    await page.getByRole('link', { name: '令牌与客户端' }).click();
    await page.getByRole('alert').filter({ hasText: '出错了' }).waitFor();
    await page.context().setOffline(false);
    await page.getByRole('heading', { name: '令牌与客户端' }).waitFor();
    await close();
  });

  it('asks again for the code of a screen that did not come, though the network is there', async () => {
    // It would ask in the page's place, past who listens here.
    const { page, close } = await visit({ serviceWorkers: 'block' });
    await signIn(page);
    let refused = 0;
    await page.route('**/assets/clients-*.js', (route) => {
      refused += 1;
      return refused <= 2 ? route.abort() : route.continue();
    });
    await page.getByRole('link', { name: '令牌与客户端' }).click();
    await page.getByRole('heading', { name: '令牌与客户端' }).waitFor();
    expect(refused).toBe(3);
    await close();
  });

  it('in one tab is known in the other: signing out', async () => {
    const { page, close } = await visit();
    await signIn(page);
    const second = await page.context().newPage();
    await open(second, 'library');
    await second.getByRole('listbox').waitFor();
    await open(page, 'profile');
    await page.getByRole('button', { name: '退出登录' }).click();
    await second.getByRole('heading', { name: '登录' }).waitFor();
    await second.reload();
    await second.getByRole('heading', { name: '登录' }).waitFor();
    await close();
  });
});
