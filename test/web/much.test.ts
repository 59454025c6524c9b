import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLimit } from '../../src/concurrency/limit.ts';
import { toPartBytes } from '../../src/naming/s3-limits.ts';
import { streamLargePng } from '../support/large-png.ts';
import { makePictures } from './support/pictures.ts';
import { clipboardOf, shareSite, tilesOf } from './support/share-site.ts';

/** More than a page of a listing. */
const MANY = 1200;
/** Some parts of an upload. */
const LARGE_BYTES = 64 * 1024 * 1024;

const bed = shareSite();
const { visit, signIn } = bed;
beforeAll(async () => {
  await bed.site().signIn();
});

describe('much', () => {
  it('goes on after a reload where a large image was cut off', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page);
    const chunks: Buffer[] = [];
    for await (const chunk of streamLargePng(LARGE_BYTES)) chunks.push(chunk);
    const large = Buffer.concat(chunks);
    const folder = await mkdtemp(join(tmpdir(), 'imagepic-large-'));
    await writeFile(join(folder, 'large.png'), large);
    const parts: string[] = [];
    page.on('request', (request) => request.method() === 'PUT' && parts.push(request.url()));
    const firstPart = page.waitForResponse((response) => response.request().method() === 'PUT');
    await page.locator('input[type=file]').first().setInputFiles(join(folder, 'large.png'));
    await firstPart;
    await page.reload();
    parts.length = 0;
    await page.getByText('已完成 1 / 1').waitFor();
    const all = Math.ceil(large.length / toPartBytes(large.length));
    expect(all).toBeGreaterThan(2);
    expect(parts.length).toBeLessThan(all);
    await page.getByRole('button', { name: '复制' }).click();
    const url = /\((.*)\)/.exec(await clipboardOf(page))?.[1] ?? '';
    const stored = await fetch(url, { method: 'HEAD' });
    expect([stored.status, Number(stored.headers.get('content-length'))]).toEqual([200, large.length]);
    expect(complaints).toEqual([]);
    await rm(folder, { recursive: true });
    await close();
  });

  it('is never in the document at once: of 1,200 images those near the window are', async () => {
    const token = await bed.site().signIn();
    const [picture] = await makePictures(1, 500);
    if (picture === undefined) throw new TypeError('no picture');
    await bed.site().upload(token, picture, 'many');
    const enter = createLimit({ concurrent: 8 });
    const copy = (index: number) =>
      enter(() =>
        bed
          .site()
          .post(
            'object/copyObject',
            { ...{ bucketName: 'images', objectName: `many/${picture.name}` }, toObjectName: `many/${index}.jpg` },
            token,
          ),
      );
    await Promise.all(Array.from({ length: MANY - 1 }, (_, index) => copy(index)));
    const { page, complaints, close } = await visit();
    await signIn(page, 'library/images/many');
    await tilesOf(page).first().waitFor();
    await page.getByRole('listbox').focus();
    // The next page of the listing comes when the end of this one is near, however long it takes.
    const whole = page.getByRole('status').filter({ hasText: `${MANY} 张图片` });
    await expect
      .poll(
        async () => {
          await page.keyboard.press('End');
          return whole.count();
        },
        { timeout: 60_000 },
      )
      .toBe(1);
    await page.keyboard.press('End');
    await page.locator(`[aria-posinset="${MANY}"]`).waitFor();
    const nodes = await page.evaluate<number>('document.querySelectorAll("*").length');
    expect(nodes).toBeLessThan(1000);
    expect(await tilesOf(page).count()).toBeLessThan(150);
    expect(complaints).toEqual([]);
    await close();
  });
});
