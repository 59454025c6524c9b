import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openVisitor } from './support/browser.ts';
import { ANN, type Site, startSite } from './support/site.ts';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
  await site.signIn();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Signs in on a device of its own, in Chinese, and looks at the account. */
const visit = async (options: Parameters<typeof openVisitor>[2] = {}) => {
  const visitor = await openVisitor(browser, site.origin, options);
  const { page } = visitor;
  await page.goto(`${site.mountUrl}/#/profile`);
  await page.getByLabel('手机号').fill(ANN.phone);
  await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await sessionsOf(page).getByText('这台设备').waitFor();
  return visitor;
};
const sessionsOf = (page: Page) => page.getByRole('region', { name: '登录的设备' });
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1';

describe('the sessions of an account', () => {
  it('are told by their devices, and one that is signed out of is out at once', async () => {
    const lost = await visit({ userAgent: IPHONE });
    const { page, complaints, close } = await visit();
    const sessions = sessionsOf(page);
    const row = sessions.getByRole('listitem').filter({ hasText: 'Safari · iPhone' });
    await row.waitFor();
    await sessions.getByRole('listitem').filter({ hasText: 'Chrome · Linux' }).getByText('这台设备').waitFor();
    await row.getByRole('button', { name: '退出 Safari · iPhone' }).click();
    await page.getByText('Safari · iPhone 已退出').waitFor();
    await row.waitFor({ state: 'detached' });
    await lost.page.getByRole('link', { name: '图库' }).click();
    await lost.page.getByRole('dialog', { name: '登录已过期' }).waitFor();
    await page.reload();
    await sessions.getByText('这台设备').waitFor();
    expect([...complaints, ...lost.complaints]).toEqual([]);
    await Promise.all([close(), lost.close()]);
  });

  it('end all but this one, whatever the others call themselves', async () => {
    const hostile = await visit({ userAgent: '<img src=x onerror=alert(1)>' });
    const { page, complaints, close } = await visit();
    const sessions = sessionsOf(page);
    await sessions.getByRole('listitem').filter({ hasText: '未知设备' }).waitFor();
    await sessions.getByRole('button', { name: '退出其他设备' }).click();
    await page.getByText('其他设备都已退出').waitFor();
    await expect.poll(() => sessions.getByRole('listitem').count()).toBe(1);
    await sessions.getByText('这台设备').waitFor();
    expect(await sessions.getByRole('button', { name: '退出其他设备' }).count()).toBe(0);
    await hostile.page.getByRole('link', { name: '图库' }).click();
    await hostile.page.getByRole('dialog', { name: '登录已过期' }).waitFor();
    expect([...complaints, ...hostile.complaints]).toEqual([]);
    await Promise.all([close(), hostile.close()]);
  });
});
