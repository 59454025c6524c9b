import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLimit } from '../../src/concurrency/limit.ts';
import { toPartBytes } from '../../src/naming/s3-limits.ts';
import { streamLargePng } from '../support/large-png.ts';
import { launchBrowser, openVisitor, type Visitor } from './support/browser.ts';
import { makeHeavyPicture, makePictures } from './support/pictures.ts';
import { ANN, type Site, startSite } from './support/site.ts';

/** More than a page of a listing. */
const MANY = 1200;
/** Some parts of an upload. */
const LARGE_BYTES = 64 * 1024 * 1024;

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite({ IMAGEPIC_REGISTRATION: 'invite' })]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const visit = (options: Parameters<typeof openVisitor>[2] = {}): Promise<Visitor> =>
  openVisitor(browser, site.origin, options);
const open = (page: Page, place = '') => page.goto(`${site.mountUrl}/#/${place}`);
const fillSignIn = async (page: Page) => {
  await page.getByLabel('手机号').fill(ANN.phone);
  await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
  await page.getByRole('button', { name: '登录', exact: true }).click();
};
const signIn = async (page: Page, place = 'upload') => {
  await open(page, place);
  await fillSignIn(page);
  await page.getByRole('navigation', { name: '主导航' }).waitFor();
};
/** Buckets are chosen by options too. */
const tilesOf = (page: Page) => page.getByRole('listbox').getByRole('option');
const clipboardOf = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()');
const choose = async (page: Page, files: readonly { name: string; bytes: Buffer; type?: string }[]) =>
  page
    .locator('input[type=file]')
    .first()
    .setInputFiles(files.map(({ name, bytes, type = 'image/jpeg' }) => ({ name, mimeType: type, buffer: bytes })));

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
    const token = await site.signIn();
    const base64 = (await makeHeavyPicture(2600)).toString('base64');
    await site.post('object/putObject', { bucketName: 'images', objectName: 'sizes/a.jpg', base64 }, token);
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images/sizes');
    const widthOf = (of: Locator) => of.evaluate((image) => Reflect.get(image, 'naturalWidth'));
    await expect.poll(() => widthOf(tilesOf(page).locator('img'))).toBe(320);
    await tilesOf(page).click();
    const shown = page.getByRole('img', { name: 'a.jpg' });
    await expect.poll(() => widthOf(shown)).toBe(2048);
    await page.keyboard.press('+');
    await expect.poll(() => widthOf(shown)).toBe(2600);
    await page.getByRole('button', { name: '复制: 响应式 HTML' }).click();
    await page.getByText('已复制').first().waitFor();
    expect(await clipboardOf(page)).toMatch(/^<picture><source type="image\/avif" srcset="http.*<\/picture>$/);
    expect(complaints).toEqual([]);
    await close();
  });

  it('of a private bucket is seen by members, and by others with a temporary link alone', async () => {
    const token = await site.signIn();
    await site.post('bucket/makeBucket', { bucketName: 'hidden', policy: 'private' }, token);
    const [picture] = await makePictures(1, 900);
    if (picture === undefined) throw new TypeError('no picture');
    const base64 = picture.bytes.toString('base64');
    await site.post('object/putObject', { bucketName: 'hidden', objectName: 'mine.jpg', base64 }, token);
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
    expect((await fetch(`${site.mountUrl}/i/hidden/mine.jpg`)).ok).toBe(false);
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
    const token = await site.signIn();
    await site.post('auth/logoutAll', {}, token);
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

describe('much', () => {
  it('goes on after a reload where a large image was cut off', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page);
    const chunks: Buffer[] = [];
    for await (const chunk of streamLargePng(LARGE_BYTES)) chunks.push(chunk);
    const large = Buffer.concat(chunks);
    const folder = await mkdtemp(join(tmpdir(), 'imagepic-large-'));
    await writeFile(join(folder, 'large.png'), large);
    const parts: string[] = [];
    page.on('request', (request) => request.method() === 'PUT' && parts.push(request.url()));
    const firstPart = page.waitForResponse((response) => response.request().method() === 'PUT');
    await page.locator('input[type=file]').first().setInputFiles(join(folder, 'large.png'));
    await firstPart;
    await page.reload();
    parts.length = 0;
    await page.getByText('已完成 1 / 1').waitFor();
    const all = Math.ceil(large.length / toPartBytes(large.length));
    expect(all).toBeGreaterThan(2);
    expect(parts.length).toBeLessThan(all);
    await page.getByRole('button', { name: '复制' }).click();
    const url = /\((.*)\)/.exec(await clipboardOf(page))?.[1] ?? '';
    const stored = await fetch(url, { method: 'HEAD' });
    expect([stored.status, Number(stored.headers.get('content-length'))]).toEqual([200, large.length]);
    expect(complaints).toEqual([]);
    await rm(folder, { recursive: true });
    await close();
  });

  it('is never in the document at once: of 1,200 images those near the window are', async () => {
    const token = await site.signIn();
    const [picture] = await makePictures(1, 500);
    if (picture === undefined) throw new TypeError('no picture');
    await site.upload(token, picture, 'many');
    const enter = createLimit({ concurrent: 8 });
    const copy = (index: number) =>
      enter(() =>
        site.post(
          'object/copyObject',
          { ...{ bucketName: 'images', objectName: `many/${picture.name}` }, toObjectName: `many/${index}.jpg` },
          token,
        ),
      );
    await Promise.all(Array.from({ length: MANY - 1 }, (_, index) => copy(index)));
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images/many');
    await tilesOf(page).first().waitFor();
    await page.getByRole('listbox').focus();
    // The next page of the listing comes when the end of this one is near, however long it takes.
    const whole = page.getByRole('status').filter({ hasText: `${MANY} 张图片` });
    await expect
      .poll(
        async () => {
          await page.keyboard.press('End');
          return whole.count();
        },
        { timeout: 60_000 },
      )
      .toBe(1);
    await page.keyboard.press('End');
    await page.locator(`[aria-posinset="${MANY}"]`).waitFor();
    const nodes = await page.evaluate<number>('document.querySelectorAll("*").length');
    expect(nodes).toBeLessThan(1000);
    expect(await tilesOf(page).count()).toBeLessThan(150);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('an admin', () => {
  it('invites somebody by a link, who comes in, and ends their access', async () => {
    const admin = await visit();
    await signIn(admin.page, 'admin/people');
    await admin.page.getByRole('button', { name: '邀请成员' }).click();
    await admin.page.getByRole('dialog').getByRole('button', { name: '复制' }).click();
    const link = await clipboardOf(admin.page);
    expect(link).toMatch(/#\/join\/[0-9a-f]{32}$/);

    const ben = await visit({ locale: 'en-GB' });
    await ben.page.goto(link);
    await ben.page.getByLabel('Name').fill('Ben');
    await ben.page.getByLabel('Phone number').fill('13900139000');
    await ben.page.getByLabel('Email').fill('ben@example.com');
    await ben.page.getByLabel('Password', { exact: true }).fill('another horse 8');
    await ben.page.getByRole('button', { name: 'Create an account' }).click();
    await ben.page.getByRole('heading', { name: 'Upload', exact: true }).waitFor();
    expect(await ben.page.getByRole('link', { name: 'Admin' }).count()).toBe(0);

    await admin.page.reload();
    await admin.page.getByRole('button', { name: '管理 Ben' }).click();
    await admin.page.getByRole('button', { name: '停用' }).click();
    await admin.page.getByText('已停用').waitFor();
    await ben.page.getByRole('link', { name: 'Library' }).click();
    await ben.page.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
    expect([...admin.complaints, ...ben.complaints]).toEqual([]);
    await Promise.all([admin.close(), ben.close()]);
  });

  it('names a size, which addresses may then ask for, and takes it back', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'admin/presets');
    await page.getByRole('button', { name: '添加尺寸' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名字').fill('avatar');
    await dialog.getByLabel('宽（像素）').fill('0');
    await dialog.getByRole('button', { name: '添加尺寸' }).click();
    await dialog.getByText('参数 w 不正确').waitFor();
    await dialog.getByLabel('宽（像素）').fill('96');
    await dialog.getByLabel('高（像素）').fill('96');
    await dialog.getByRole('button', { name: '添加尺寸' }).click();
    await page.getByText('?w=96&h=96&fit=cover&f=auto').waitFor();
    const token = await site.signIn();
    const base64 = (await makeHeavyPicture(400)).toString('base64');
    await site.post('object/putObject', { bucketName: 'images', objectName: 'sizes/b.jpg', base64 }, token);
    const address = `${site.mountUrl}/i/images/sizes/b.jpg?p=avatar`;
    expect((await fetch(address)).headers.get('content-type')).toBe('image/jpeg');
    await page.getByRole('button', { name: '删除: avatar' }).click();
    await page.getByRole('button', { name: '删除: avatar' }).waitFor({ state: 'detached' });
    expect((await fetch(address)).status).toBe(400);
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
    await close();
  });
});

describe('settings for a client', () => {
  it('hold a token that uploads, and tell when the client has used it', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'clients');
    await page.getByLabel('上传工具').selectOption({ label: 'curl 与脚本' });
    await page.getByRole('button', { name: '生成配置' }).click();
    const made = page.getByRole('region', { name: '配置已生成' });
    await made.getByRole('img', { name: '二维码' }).waitFor();
    const token = /ip_[\w-]+/.exec((await made.locator('pre').textContent()) ?? '')?.[0];
    const [picture] = await makePictures(1, 300);
    if (token === undefined || picture === undefined) throw new TypeError('no token');
    await site.upload(token, picture);
    await made.getByText('收到了').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

const SCREENS = ['upload', 'library/images', 'clients', 'profile', 'admin/people', 'admin/buckets', 'admin/presets'];

describe('every screen', () => {
  it.each(['light', 'dark'] as const)('meets WCAG 2.2 AA, %s, before and after signing in', async (colorScheme) => {
    // What axe is brought by is a script of another kind than the page allows.
    const { page, close } = await visit({ colorScheme, bypassCSP: true });
    const check = async (place: string) => {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: typeof axe }).axe.run({
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
        }),
      );
      const told = violations.map(({ id, nodes }) => `${place}: ${id} ${nodes.map(({ html }) => html.slice(0, 120))}`);
      expect(told).toEqual([]);
    };
    await open(page);
    await page.getByRole('heading', { name: '登录' }).waitFor();
    await check('enter');
    await signIn(page);
    for (const place of SCREENS) {
      await open(page, place);
      await page.waitForLoadState('networkidle');
      await check(place);
    }
    await page.getByRole('link', { name: '图库' }).first().click();
    await tilesOf(page).first().click();
    await page.getByRole('heading', { name: '链接' }).waitFor();
    await check('picture');
    await close();
  });

  it('changes its language without a reload', async () => {
    const { page, close } = await visit();
    await signIn(page, 'profile');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.reload();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    await close();
  });
});

describe('the budget of the page', () => {
  it('holds: at most 120 kB zipped for a first visit, nothing that jumps, nobody else asked', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await tilesOf(page).first().waitFor();
    const shift = await page.evaluate<number>(`new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) sum += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(sum), 500);
    })`);
    expect(shift).toBeLessThan(0.01);
    expect(complaints).toEqual([]);
    await close();
    const first = await visit();
    let loaded = 0;
    first.page.on('response', async (response) => {
      loaded += (await response.request().sizes()).responseBodySize;
    });
    await open(first.page);
    await first.page.getByRole('heading', { name: '登录' }).waitFor();
    expect(loaded).toBeGreaterThan(10_000);
    expect(loaded).toBeLessThan(120_000);
    await first.close();
  });

  it('is there at the root, and at the mount with a slash and without', async () => {
    for (const address of [`${site.origin}/`, `${site.mountUrl}/`, site.mountUrl]) {
      const { page, complaints, close } = await visit();
      await page.goto(address);
      await page.getByRole('heading', { name: '登录' }).waitFor();
      expect(new URL(page.url()).pathname.endsWith('/')).toBe(true);
      expect(complaints).toEqual([]);
      await close();
    }
  });

  it('R33 lets nothing in but its own, and no string become code', async () => {
    const response = await fetch(`${site.mountUrl}/`);
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const part of [
      ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'"],
      ...["base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'", "require-trusted-types-for 'script'"],
    ]) {
      expect(policy.split('; ')).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });
});
