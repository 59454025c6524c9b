import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HIDDEN, hideInJpegs, hideInLossyWebps, hideInWebps } from '../support/images/hidden.ts';
import { scrubTelling } from '../support/images/scrub.ts';
import { launchBrowser } from './support/browser.ts';
import { lookAt } from './support/look.ts';

const HIDINGS = [...(await hideInJpegs()), ...(await hideInWebps()), ...(await hideInLossyWebps())];

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
});
afterAll(async () => browser?.close());

describe('R28 a picture with bytes behind its coded data', () => {
  it.each(HIDINGS)('looks the same in Chromium without them: $name', async ({ dirty }) => {
    const { output, removed } = await scrubTelling(dirty);

    expect(removed).toContain('trailing');
    expect(output.includes(HIDDEN)).toBe(false);
    const shown = await lookAt(page, dirty);
    expect(shown).toBeDefined();
    expect(await lookAt(page, output)).toEqual(shown);
  });
});
