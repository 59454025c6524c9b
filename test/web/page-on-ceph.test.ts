import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { streamLargePng } from '../support/large-png.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { launchBrowser, openVisitor } from './support/browser.ts';
import { makePictures } from './support/pictures.ts';
import { ANN, type Site, startSite } from './support/site.ts';

// Of its own, as the Ceph is shared with other beds, which each know their default bucket.
const BUCKET = 'page';
const LARGE_BYTES = 24 * 1024 * 1024;
const ceph = inject('ceph');

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([
    launchBrowser(),
    startSite({
      IMAGEPIC_DEFAULT_BUCKET: BUCKET,
      IMAGEPIC_S3_ENDPOINT: ceph.endpoint,
      IMAGEPIC_S3_ACCESS_KEY_ID: ceph.accessKeyId,
      IMAGEPIC_S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
    }),
  ]);
  await site.signIn();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

it('says why a large image waits where the store does not let the page in, and goes on when it does', async () => {
  const { page, close } = await openVisitor(browser, site.origin);
  await page.goto(`${site.mountUrl}/#/upload`);
  await page.getByLabel('手机号').fill(ANN.phone);
  await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  const { path: folder, remove } = await makeTempFolder();
  const file = join(folder, 'early.png');
  await writeFile(file, await buffer(streamLargePng(LARGE_BYTES)));
  await page.locator('input[type=file]').first().setInputFiles(file);

  await page.getByText(`存储 ${new URL(ceph.endpoint).origin} 没有回应`).waitFor();
  await page.getByRole('link', { name: '到“存储桶”里允许本网页直传' }).click();
  await page.getByRole('button', { name: '允许本网页直传大图' }).click();
  await page.getByText('本网页可以直传到这个存储桶了').waitFor();
  await page.getByRole('link', { name: '上传' }).click();

  await page.getByText('已完成 1 / 1').waitFor();
  await remove();
  await close();
}, 60_000);

it('sends small images through the bed and large ones straight to a store that was told to let the page in', async () => {
  const { page, complaints, close } = await openVisitor(browser, site.origin, {
    allow: [new URL(ceph.endpoint).origin],
  });
  await page.goto(`${site.mountUrl}/#/admin/buckets`);
  await page.getByLabel('手机号').fill(ANN.phone);
  await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('button', { name: '允许本网页直传大图' }).click();
  await page.getByText('本网页可以直传到这个存储桶了').waitFor();

  await page.getByRole('link', { name: '上传' }).click();
  const { path: folder, remove } = await makeTempFolder();
  const [small] = await makePictures(1, 700);
  if (small === undefined) throw new TypeError('no picture');
  await writeFile(join(folder, 'large.png'), await buffer(streamLargePng(LARGE_BYTES + 1024 * 1024)));
  await writeFile(join(folder, small.name), small.bytes);
  const straight: string[] = [];
  page.on('request', (request) => request.method() === 'PUT' && straight.push(new URL(request.url()).origin));
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([join(folder, 'large.png'), join(folder, small.name)]);
  await page.getByText('已完成 2 / 2').waitFor();
  expect(new Set(straight)).toEqual(new Set([new URL(ceph.endpoint).origin]));

  await page.getByRole('link', { name: '图库' }).click();
  await page.getByRole('listbox').getByRole('option').nth(2).waitFor();
  const seen = page.getByRole('listbox').getByRole('option').locator('img');
  await expect.poll(() => seen.evaluateAll((images) => images.length), { timeout: 10_000 }).toBe(3);
  expect(complaints).toEqual([]);
  await remove();
  await close();
});
