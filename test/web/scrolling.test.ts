import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite, tilesOf } from './support/share-site.ts';

/** What a bed may have in one folder. */
const MANY = 100_000;
const FRAMES = 200;
/** Three rows of a window of 900 px pass in so many frames. */
const STEP = 60;
/** Calls of functions of the page, all together, in one frame: a count, which is the same on every machine, be it as slow as it will. */
const MOST_CALLS = 3000;

const bed = shareSite();
const { visit, signIn } = bed;
let picture = '';
beforeAll(async () => {
  const [first] = await makePictures(1, 300);
  if (first === undefined) throw new TypeError('no picture');
  picture = await bed.site().upload(await bed.site().signIn(), first);
});

/** Answers the listing of a folder as a bed with so many images does, all in one. */
const pretendMany = (page: Page) =>
  page.route('**/object/listObjects', (route) => {
    const lists = Array.from({ length: MANY }, (_, index) => ({
      ...{ name: `many/${String(index).padStart(6, '0')}.jpg`, width: 600 + ((index * 37) % 900), height: 600 },
      ...{ size: 1000, etag: 'e', lastModified: '2026-09-01T00:00:00.000Z', url: picture },
    }));
    return route.fulfill({ json: { success: true, data: { lists }, requestId: 'r' } });
  });

/** Scrolls a frame at a time. @returns names of the tiles that came into the document, and how long the page was busy at a stretch */
const scroll = (page: Page, frames: number, step: number) =>
  page.evaluate<{ readonly came: readonly string[]; readonly tasks: readonly number[] }>(`new Promise((resolve) => {
    const box = document.querySelector('.library-scroll');
    const came = [];
    const tasks = [];
    const watch = new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) if (node.role === 'option') came.push(node.title);
    });
    watch.observe(document.querySelector('[role=listbox]'), { childList: true });
    const busy = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tasks.push(Math.round(duration))));
    busy.observe({ type: 'longtask' });
    let left = ${frames};
    const run = () => {
      box.scrollTop += ${step};
      left -= 1;
      if (left > 0) requestAnimationFrame(run);
      else requestAnimationFrame(() => { watch.disconnect(); busy.disconnect(); resolve({ came, tasks }); });
    };
    requestAnimationFrame(run);
  })`);

it.each(['squares', 'rows'])(
  'looks at each of 100,000 images in %s when it comes into the window, and not at every frame',
  async (layout) => {
    const { page, complaints, close } = await visit();
    await pretendMany(page);
    await signIn(page, 'library/images/many');
    await tilesOf(page).first().waitFor();
    if (layout === 'rows') await page.getByRole('button', { name: '按原比例排成等高行' }).click();
    await scroll(page, 20, STEP);
    const devTools = await page.context().newCDPSession(page);
    await devTools.send('Profiler.enable');
    await devTools.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    const { came, tasks } = await scroll(page, FRAMES, STEP);
    const { result } = await devTools.send('Profiler.takePreciseCoverage');
    const own = result.filter(({ url }) => url.includes('/assets/')).flatMap(({ functions }) => functions);
    const calls = own.reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0);
    process.stdout.write(
      `${layout}: ${came.length} tiles came in ${FRAMES} frames, with ${Math.round(calls / FRAMES)} calls in each; tasks above 50 ms: ${tasks.join(' ') || 'none'}\n`,
    );
    expect(came.length).toBeGreaterThan(100);
    // What stays in the window stays in the document, and is not made anew with each row that comes.
    expect(new Set(came).size).toBe(came.length);
    expect(calls / FRAMES).toBeLessThan(MOST_CALLS);
    expect(complaints).toEqual([]);
    await close();
  },
  120_000,
);
