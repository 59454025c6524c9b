import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../src/contract/contract.ts';
import { launchBrowser, openVisitor, type Visitor } from './support/browser.ts';
import { type Site, startSite } from './support/site.ts';

let browser: Browser;
let site: Site;
let token: string;
beforeAll(async () => {
  await promisify(execFile)('npm', ['run', '--silent', 'build:reference']);
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
  token = await site.signIn();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const visit = async (query = ''): Promise<Visitor> => {
  const visitor = await openVisitor(browser, site.origin);
  await visitor.page.goto(`${site.mountUrl}/reference${query}`);
  return visitor;
};
const shownOf = (page: Page): Promise<readonly string[]> =>
  page.locator('section:visible').evaluateAll((sections) => sections.map(({ id }) => id));

describe('the reference in a browser', () => {
  it('shows what has all the words that are looked for, in text and in the list, and all again without them', async () => {
    const { page, complaints, close } = await visit();
    const all = await shownOf(page);
    expect(all.length).toBeGreaterThanOrEqual(Object.keys(contract).length);
    const field = page.getByRole('searchbox', { name: '搜索路由、字段、错误' });

    await field.fill('presigned 直传');
    const found = await shownOf(page);
    expect(found).toContain('object_presignedPutObject');
    expect(found.length).toBeLessThan(all.length);
    expect(await page.locator('nav li:visible').count()).toBe(found.length);

    await field.fill('there is no such word');
    expect(await shownOf(page)).toEqual([]);
    await field.fill('');
    expect(await shownOf(page)).toEqual(all);
    expect(complaints).toEqual([]);
    await close();
  });

  it('has an address for each route, fits a phone, and its other language is one click away', async () => {
    const { page, complaints, close } = await visit('#object_statObject');
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await page.locator('#object_statObject').isVisible()).toBe(true);
    await page.getByRole('link', { name: 'English' }).click();
    await page.getByRole('heading', { name: /imagepic API reference/ }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('has lines of curl that a shell runs as they are, but for the token', async () => {
    const { page, close } = await visit('?lang=en');
    const lines = await page
      .locator('section dt:text-is("curl") + dd code')
      .evaluateAll((blocks) => blocks.map(({ textContent }) => textContent ?? ''));
    expect(lines.length).toBeGreaterThanOrEqual(Object.keys(contract).length);
    // What ends the session would make the others refuse; made-up refresh tokens and places of addresses are refused themselves.
    const own = lines.filter(
      (line) => line.includes(site.mountUrl) && !/auth\/(logout|change|deleteAccount|refresh)|\{\w+\}'/.test(line),
    );
    const wrong: string[] = [];
    for (const line of own) {
      const { stdout } = await promisify(execFile)('bash', ['-c', line.replace('…', token).replace('curl', 'curl -s')]);
      const answer = stdout.startsWith('{') ? JSON.parse(stdout) : {};
      if (
        ['NoSuchRoute', 'MethodNotAllowed', 'InvalidToken'].includes(answer.error) ||
        answer.error === 'InternalError'
      ) {
        wrong.push(`${line}: ${stdout.slice(0, 200)}`);
      }
    }
    expect(wrong).toEqual([]);
    await close();
  }, 120_000);
});
