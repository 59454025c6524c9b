import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPartBytes } from '../../src/naming/s3-limits.ts';
import { streamLargePng } from '../support/large-png.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { launchBrowser, openVisitor, type Visitor } from './support/browser.ts';
import { makePictures } from './support/pictures.ts';
import { ANN, type Site, startSite } from './support/site.ts';

const LARGE_BYTES = 300 * 1024 * 1024;
/** What a bed may have in one folder. */
const MANY = 100_000;
const PAGE_SIZE = 1000;
/** Pictures that the walks begin with. */
const FEW = 12;

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
  const token = await site.signIn();
  for (const picture of await makePictures(FEW)) await site.upload(token, picture);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const visit = (options: Parameters<typeof openVisitor>[2] = {}): Promise<Visitor> =>
  openVisitor(browser, site.origin, options);
const enter = async (page: Page, place: string): Promise<void> => {
  await page.goto(`${site.mountUrl}/#/${place}`);
  await page.getByLabel('手机号').fill(ANN.phone);
  await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('navigation', { name: '主导航' }).waitFor();
};
const tilesOf = (page: Page) => page.getByRole('listbox').getByRole('option');
const count = (page: Page, images: number) => page.getByRole('status').filter({ hasText: `${images} 张图片` });

describe('a walk', () => {
  it('needs no keys: by mouse alone somebody looks, selects, removes and takes it back', async () => {
    const { page, complaints, close } = await visit();
    await enter(page, 'upload');
    await page.getByRole('link', { name: '图库' }).click();
    await count(page, FEW).waitFor();
    await tilesOf(page).nth(1).click();
    await page.getByRole('button', { name: '复制: URL' }).click();
    await page.getByText('已复制').first().waitFor();
    await page.getByRole('link', { name: '图库' }).first().click();
    await tilesOf(page).first().hover();
    await tilesOf(page).first().locator('.tick').click();
    await tilesOf(page).nth(2).click();
    expect(await page.getByRole('option', { selected: true }).count()).toBe(2);
    await page.getByRole('button', { name: '删除' }).click();
    await count(page, FEW - 2).waitFor();
    await page.getByRole('button', { name: '撤销' }).click();
    await count(page, FEW).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('needs no mouse and no keys: by finger alone on a phone', async () => {
    const phone = { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } };
    const { page, complaints, close } = await visit(phone);
    await enter(page, 'upload');
    await page.getByRole('link', { name: '图库' }).tap();
    await count(page, FEW).waitFor();
    await tilesOf(page)
      .first()
      .tap({ position: { x: 60, y: 90 } });
    await page.getByRole('button', { name: '复制: URL' }).tap();
    await page.getByText('已复制').first().waitFor();
    await page.getByRole('button', { name: '删除' }).tap();
    await page.getByRole('button', { name: '撤销' }).tap();
    await page.getByRole('link', { name: '图库' }).first().tap();
    await count(page, FEW).waitFor();
    await tilesOf(page).nth(1).locator('.tick').tap();
    await tilesOf(page).nth(2).tap();
    expect(await page.getByRole('option', { selected: true }).count()).toBe(2);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });
});

/** Answers listings of a folder as a bed with so many images does. */
async function pretendMany(page: Page): Promise<void> {
  await page.route('**/object/listObjects', async (route) => {
    const { prefix = '', continuationToken = '' } = route.request().postDataJSON();
    const first = Number(continuationToken || 0);
    const lists = Array.from({ length: PAGE_SIZE }, (_, offset) => ({
      name: `${prefix}${String(first + offset).padStart(6, '0')}.jpg`,
      ...{ width: 600 + (((first + offset) * 37) % 900), height: 600 },
      ...{ size: 1000, etag: 'e', lastModified: '2026-09-01T00:00:00.000Z', url: `${site.mountUrl}/i/images/none.jpg` },
    }));
    const next = first + PAGE_SIZE;
    const data = { lists, ...(next < MANY && { continuationToken: String(next) }) };
    await route.fulfill({ json: { success: true, data, requestId: 'r' } });
  });
}

describe('much', () => {
  it.each(['squares', 'rows'])(
    'stays small in the document: 100,000 images of one folder in %s, from one end to the other',
    async (layout) => {
      const { page, complaints, close } = await visit();
      await pretendMany(page);
      await enter(page, 'library/images/many');
      await tilesOf(page).first().waitFor();
      if (layout === 'rows') await page.getByRole('button', { name: '按原比例排成等高行' }).click();
      await page.evaluate(`globalThis.tasks = [];
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.tasks.push(duration);
      }).observe({ type: 'longtask' });`);
      await page.getByRole('listbox').focus();
      let most = 0;
      for (let read = PAGE_SIZE; read <= MANY; read += PAGE_SIZE) {
        await page.locator(`[role=option][aria-setsize="${read}"]`).first().waitFor();
        most = Math.max(most, await page.evaluate<number>('document.querySelectorAll("*").length'));
        await page.keyboard.press('End');
      }
      await page.locator(`[aria-posinset="${MANY}"]`).waitFor();
      expect(most).toBeLessThan(1000);
      const nodes = await page.evaluate<number>(`new Promise((resolve) => {
      const { length } = globalThis.tasks;
      globalThis.tasks.splice(0, length);
      const box = document.querySelector('.library-scroll');
      let frames = 0;
      const step = () => {
        box.scrollTop -= 900;
        frames += 1;
        if (frames < 200) requestAnimationFrame(step);
        else resolve(document.querySelectorAll('*').length);
      };
      requestAnimationFrame(step);
    })`);
      expect(nodes).toBeLessThan(1000);
      const tasks = await page.evaluate<number[]>('globalThis.tasks');
      process.stdout.write(
        `${layout}: at most ${most} nodes; long tasks in 200 frames of scrolling: ${tasks.map(Math.round).join(' ') || 'none'}\n`,
      );
      expect(complaints).toEqual([]);
      await close();
    },
    120_000,
  );

  it('is not sent twice: 300 MB go on after a reload, and after the bed was killed', async () => {
    const { page, complaints, close } = await visit();
    const { path: folder, remove } = await makeTempFolder();
    const file = join(folder, 'large.png');
    const written = await openFile(file, 'w');
    for await (const chunk of streamLargePng(LARGE_BYTES)) await written.write(chunk);
    const { size } = await written.stat();
    await written.close();
    await enter(page, 'upload');
    const arrived: string[] = [];
    page.on('response', (response) => {
      if (response.request().method() === 'PUT' && response.ok()) arrived.push(response.url());
    });
    const hasArrived = (parts: number) =>
      expect.poll(() => arrived.length, { timeout: 60_000, interval: 20 }).toBeGreaterThanOrEqual(parts);
    await page.locator('input[type=file]').first().setInputFiles(file);
    await hasArrived(3);
    await page.reload();
    const afterReload = arrived.length;
    await hasArrived(afterReload + 3);
    await site.kill();
    const again = await restart();
    await page.getByText('已完成 1 / 1').waitFor({ timeout: 120_000 });
    const parts = Math.ceil(size / toPartBytes(size));
    // What was under way when it was cut off is sent again, and nothing else.
    expect(arrived.length).toBeLessThanOrEqual(parts + 6);
    expect(arrived.length).toBeGreaterThanOrEqual(parts - 6);
    await page.getByRole('button', { name: '复制', exact: true }).click();
    const url = /\((.*)\)/.exec(await page.evaluate<string>('navigator.clipboard.readText()'))?.[1] ?? '';
    const stored = await fetch(url, { method: 'HEAD' });
    expect([stored.status, Number(stored.headers.get('content-length'))]).toEqual([200, size]);
    expect(complaints).toEqual([]);
    await close();
    await again.close();
    await remove();
  }, 240_000);
});

/** Starts the bed that was killed again, where it was. */
const restart = (): Promise<ServerProcess> =>
  startServerProcess({ PORT: new URL(site.origin).port, IMAGEPIC_DATA_DIR: site.folder });
