import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrub } from '../support/images/scrub.ts';
import { turnedAvif, turnedByExif } from '../support/images/turned.ts';
import { launchBrowser } from './support/browser.ts';

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];
const TURNS = [undefined, 0, 1, 2, 3].flatMap((quarters) => [undefined, 0, 1].map((axis) => [quarters, axis] as const));

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
});
afterAll(async () => browser?.close());

interface Shown {
  readonly width: number;
  readonly height: number;
  /** The colour in the middle of each quarter, by its letter. */
  readonly quarters: string;
}

/** Written as a text, because it runs in the browser, whose types tests do not have. */
const LOOK = `async (address) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = new OffscreenCanvas(width, height).getContext('2d');
  canvas.drawImage(image, 0, 0);
  const colours = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]].map(([x, y]) => {
    const [red, green, blue] = canvas.getImageData(width * x, height * y, 1, 1).data;
    return red > 128 ? (green > 128 ? 'w' : 'r') : green > 128 ? 'g' : blue > 128 ? 'b' : '?';
  });
  return { width, height, quarters: colours.join('') };
}`;
const look = (image: Buffer, format: string): Promise<Shown> =>
  page.evaluate(`(${LOOK})('data:image/${format};base64,${image.toString('base64')}')`);

const jpegOf = async (orientation: number): Promise<Buffer> =>
  (await turnedByExif['jpeg']?.(orientation)) ?? Buffer.alloc(0);

describe('the size of an image as shown', () => {
  it.each(ORIENTATIONS.flatMap((orientation) => Object.keys(turnedByExif).map((format) => [format, orientation])))(
    'is that which Chromium has of %s of orientation %i, before and after it is stored',
    async (format, orientation) => {
      const image = (await turnedByExif[String(format)]?.(Number(orientation))) ?? Buffer.alloc(0);
      const { facts, output } = await scrub(image);
      const shown = await look(output, facts.format);
      expect(shown).toMatchObject({ width: facts.width, height: facts.height });
      expect(shown).toEqual(await look(image, facts.format));
      expect(shown).toEqual(await look(await jpegOf(facts.orientation), 'jpeg'));
    },
  );

  it.each([...TURNS.map((turn) => [...turn, false] as const), [1, 0, true] as const, [undefined, 0, true] as const])(
    'is that which Chromium has of an AVIF of irot %s, imir %s and a clean aperture: %s',
    async (quarters, axis, aperture) => {
      const { facts, output } = await scrub(await turnedAvif(quarters, axis, aperture));
      const shown = await look(output, 'avif');
      expect(shown).toMatchObject({ width: facts.width, height: facts.height });
      expect(shown).toEqual(await look(await jpegOf(facts.orientation), 'jpeg'));
    },
  );
});
