import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchBrowser, openVisitor, type Visitor } from './browser.ts';
import { ANN, type Site, startSite } from './site.ts';

/** A browser and a bed that the tests of a file share, from before the first to after the last. */
export function shareSite(env: Readonly<Record<string, string>> = {}) {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchBrowser(), startSite(env)]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  const open = (page: Page, place = '') => page.goto(`${site.mountUrl}/#/${place}`);
  return {
    site: () => site,
    visit: (options: Parameters<typeof openVisitor>[2] = {}): Promise<Visitor> =>
      openVisitor(browser, site.origin, options),
    open,
    /** Signs in the first account, in Chinese. */
    signIn: async (page: Page, place = 'upload') => {
      await open(page, place);
      await page.getByLabel('手机号').fill(ANN.phone);
      await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
      await page.getByRole('button', { name: '登录', exact: true }).click();
      await page.getByRole('navigation', { name: '主导航' }).waitFor();
    },
  };
}

/** Images of the library; buckets are chosen by options too. */
export const tilesOf = (page: Page) => page.getByRole('listbox').getByRole('option');

/** What was copied last. */
export const clipboardOf = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()');

/** Picks files to upload. */
export const choose = async (page: Page, files: readonly { name: string; bytes: Buffer; type?: string }[]) =>
  page
    .locator('input[type=file]')
    .first()
    .setInputFiles(files.map(({ name, bytes, type = 'image/jpeg' }) => ({ name, mimeType: type, buffer: bytes })));
