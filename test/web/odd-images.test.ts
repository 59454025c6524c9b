import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { makeLongTransparency, makeOddImages } from '../support/images/odd-images.ts';
import { scrub } from '../support/images/scrub.ts';
import { launchBrowser } from './support/browser.ts';

const ODD = [...(await makeOddImages()), await makeLongTransparency()];
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
  image.onload = () => {
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    const canvas = new OffscreenCanvas(Math.min(width, 256), Math.min(height, 256));
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    resolve([width, height, ...context.getImageData(0, 0, canvas.width, canvas.height).data]);
  };
  image.onerror = () => resolve(undefined);
  image.src = address;
})`;
/** Its size and its pixels, as Chromium tells the format by its bytes; `undefined` where it shows none. */
const look = (image: Buffer): Promise<readonly number[] | undefined> =>
  page.evaluate(`(${LOOK})('data:image/png;base64,${image.toString('base64')}')`);

/** Chromium lays it out and draws nothing before its end, which comes with what is stored. */
const DRAWN_WHEN_STORED = 'P7 JPEG without EOI';

describe('an odd image', () => {
  it.each(ODD)(
    'is stored when Chromium shows it, and looks the same then, and refused when not: %s',
    async (name, image) => {
      const stored = await scrub(image, { limits }).catch(() => undefined);
      const shown = await look(image);
      expect(stored === undefined).toBe(shown === undefined);
      const [compared, expected] = [stored && (await look(stored.output)), shown];
      const isDrawn = name !== DRAWN_WHEN_STORED;
      expect(isDrawn ? compared : compared?.slice(0, 2)).toEqual(isDrawn ? expected : expected?.slice(0, 2));
    },
  );
});
