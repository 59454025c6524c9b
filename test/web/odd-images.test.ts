import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { makeOddImages } from '../support/images/odd-images.ts';
import { scrub } from '../support/images/scrub.ts';
import { launchBrowser } from './support/browser.ts';

const ODD = await makeOddImages();
const { imageLimits: limits } = loadConfig({});

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
});
afterAll(async () => browser?.close());

/** Written as a text, because it runs in the browser, whose types tests do not have. */
const LOOK = `(address) => new Promise((resolve) => {
  const image = new Image();
  image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
  image.onerror = () => resolve(undefined);
  image.src = address;
})`;
/** Its size, as Chromium tells the format by its bytes; `undefined` where it shows none. */
const look = (image: Buffer): Promise<readonly number[] | undefined> =>
  page.evaluate(`(${LOOK})('data:image/png;base64,${image.toString('base64')}')`);

describe('an odd image', () => {
  it.each([...ODD])(
    'is stored when Chromium shows it, and of the same size then, and refused when not: %s',
    async (_, image) => {
      const stored = await scrub(image, { limits }).catch(() => undefined);
      const shown = await look(image);
      expect(stored === undefined).toBe(shown === undefined);
      if (stored !== undefined) expect(await look(stored.output)).toEqual(shown);
    },
  );
});
