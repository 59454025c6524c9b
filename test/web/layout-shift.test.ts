import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/bed.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';
import { launchBrowser } from './support/browser.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };

let browser: Browser;
let server: RunningServer;
let token: string;
beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
  await call('auth/register', { ...PERSON, name: 'A', tfs: '', email: 'a@example.com' });
  token = (await call('auth/login', PERSON)).token;
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const call = async (url: string, data: object) => {
  const response = await fetch(`${server.mountUrl}/${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(data),
  });
  return ((await response.json()) as Answer).data;
};

/** Images of every kind that browsers turn, and one that moves, each as its upload was answered. */
async function upload(): Promise<readonly { readonly html: string; readonly picture: string; readonly url: string }[]> {
  const flat = (width: number, height: number, background: string) =>
    sharp({ create: { width, height, channels: 3, background } });
  const frames = await Promise.all(['#123456', '#654321'].map((ground) => flat(300, 200, ground).png().toBuffer()));
  const images = {
    'upright.jpg': await flat(1200, 800, '#a03020').jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    'wide.png': await flat(1500, 400, '#20a030').png().toBuffer(),
    'small.webp': await flat(90, 160, '#2030a0').webp().toBuffer(),
    'moving.gif': await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer(),
    'still.avif': await flat(640, 480, '#a0a020').avif().toBuffer(),
  };
  const answers = [];
  for (const [objectName, bytes] of Object.entries(images)) {
    const stored = await call('object/putObject', {
      ...{ bucketName: 'images', objectName, base64: bytes.toString('base64') },
    });
    answers.push({ ...stored.code, url: stored.url });
  }
  return answers;
}

/** What moved on a page while its images came, by the browser's own measure. */
async function shiftOf(images: readonly string[]): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 500, height: 4000 } });
  try {
    const text = (html: string) => `<div>${html}</div><p>Text below it</p>`;
    await page.route(`${server.mountUrl}/page.html`, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<!doctype html><body>${images.map(text).join('')}` }),
    );
    let open = (): void => undefined;
    const painted = new Promise<void>((resolve) => {
      open = resolve;
    });
    await page.route(`${server.mountUrl}/i/**`, async (route) => {
      await painted;
      await route.continue();
    });
    await page.goto(`${server.mountUrl}/page.html`, { waitUntil: 'domcontentloaded' });
    await page.evaluate(
      'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))',
    );
    open();
    await page.waitForFunction('[...document.images].every((image) => image.complete && image.naturalWidth > 0)');
    const shift = await page.evaluate<number>(`new Promise((resolve) => {
      let sum = 0;
      const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => { sum += value; }));
      observer.observe({ type: 'layout-shift', buffered: true });
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
    })`);
    return shift;
  } finally {
    await page.close();
  }
}

describe('a page that is made of answers alone', () => {
  it('does not move while its images come', async () => {
    const images = await upload();
    expect(await shiftOf(images.map(({ html }) => html))).toBe(0);
    expect(await shiftOf(images.map(({ picture }) => picture))).toBe(0);
    // As it would without: the measure measures.
    expect(await shiftOf(images.map(({ url }) => `<img src="${url}" alt="">`))).toBeGreaterThan(0);
  });
});
