import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

const COUNT = 20;

const bed = shareSite();
const { visit, signIn } = bed;
beforeAll(async () => {
  const token = await bed.site().signIn();
  for (const picture of await makePictures(COUNT)) await bed.site().upload(token, picture);
});

const toggleOf = (page: Page) => page.getByRole('button', { name: '按原比例排成等高行' });
interface Shown {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Of what it shows, width to height. */
  readonly natural: number;
}

/** The tiles, by rows. */
const rowsOf = async (page: Page): Promise<readonly (readonly Shown[])[]> => {
  const tiles = await page.evaluate<readonly Shown[]>(`[...document.querySelectorAll('.tile')].map((tile) => {
    const { x, y, width, height } = tile.getBoundingClientRect();
    const image = tile.querySelector('img');
    return { x, y, width, height, natural: image.naturalWidth / image.naturalHeight };
  })`);
  const tops = [...new Set(tiles.map(({ y }) => Math.round(y)))];
  return tops.map((top) => tiles.filter(({ y }) => Math.round(y) === top));
};
/** The number of the image that the keys are at, from 1. */
const activeOf = async (page: Page) => Number(await page.locator('.tile.active').getAttribute('aria-posinset'));

describe('the library in rows', () => {
  it('shows each picture in its own shape, rows that end where the others do, and remembers it', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images');
    await tilesOf(page)
      .nth(COUNT - 1)
      .waitFor();
    await toggleOf(page).click();
    expect(await toggleOf(page).getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByLabel('显示整张图片').count()).toBe(0);
    await page.reload();
    await tilesOf(page)
      .nth(COUNT - 1)
      .waitFor();
    // Each is made when it is first asked for.
    const haveCome = async () => (await rowsOf(page)).flat().every(({ natural }) => natural > 0);
    await expect.poll(haveCome, { timeout: 30_000 }).toBe(true);
    const rows = await rowsOf(page);
    expect(rows.length).toBeGreaterThan(1);
    for (const { width, height, natural } of rows.flat()) expect(width / height).toBeCloseTo(natural, 1);
    const ends = rows.slice(0, -1).map((row) => Math.max(...row.map(({ x, width }) => x + width)));
    for (const end of ends) expect(Math.abs(end - (ends[0] ?? 0))).toBeLessThan(1);
    await toggleOf(page).click();
    const squares = (await rowsOf(page)).flat();
    for (const { width, height } of squares) expect(width).toBeCloseTo(height);
    expect(complaints).toEqual([]);
    await close();
  });

  it('goes by keys to the picture below and above, selects on the way, and opens it', async () => {
    const { page, complaints, close } = await visit({ viewport: { width: 900, height: 700 } });
    await signIn(page, 'library/images');
    await tilesOf(page).first().waitFor();
    await toggleOf(page).click();
    await page.getByRole('listbox').focus();
    const [first = [], second = []] = await rowsOf(page);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const below = await activeOf(page);
    expect(below).toBeGreaterThan(first.length);
    expect(below).toBeLessThanOrEqual(first.length + second.length);
    const middle = ({ x, width }: Shown) => x + width / 2;
    const from = first[1];
    if (from === undefined) throw new TypeError('no second picture');
    const distances = second.map((tile) => Math.abs(middle(tile) - middle(from)));
    expect(below - first.length - 1).toBe(distances.indexOf(Math.min(...distances)));
    await page.keyboard.press('Shift+ArrowUp');
    const selected = await page.getByRole('option', { selected: true }).count();
    expect(selected).toBe(below - (await activeOf(page)) + 1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('End');
    expect(await activeOf(page)).toBe(COUNT);
    await page.locator(`[aria-posinset="${COUNT}"]`).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '链接' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('keeps the picture at the top of the window when all lie differently, and moves nothing while pictures come', async () => {
    const phone = { hasTouch: true, isMobile: true, viewport: { width: 390, height: 500 } };
    const { page, complaints, close } = await visit(phone);
    await signIn(page, 'library/images');
    await tilesOf(page).first().waitFor();
    await toggleOf(page).tap();
    await page.evaluate(`document.querySelector('.library-scroll').scrollTop = 700`);
    const topOf = async () => {
      const [list, tiles] = [await page.locator('.library-scroll').boundingBox(), await tilesOf(page).all()];
      for (const tile of tiles) {
        const box = await tile.boundingBox();
        if (box !== null && box.y + box.height > (list?.y ?? 0) + 1)
          return Number(await tile.getAttribute('aria-posinset'));
      }
      return 0;
    };
    const before = await topOf();
    expect(before).toBeGreaterThan(2);
    await toggleOf(page).tap();
    // A square is in a row with its neighbours.
    await expect.poll(async () => Math.abs((await topOf()) - before)).toBeLessThan(3);
    const shift = await page.evaluate<number>(`new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(sum), 300);
    })`);
    expect(shift).toBeLessThan(0.01);
    expect(complaints).toEqual([]);
    await close();
  });
});
