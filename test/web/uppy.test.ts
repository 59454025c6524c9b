import { once } from 'node:events';
import { open as openFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { type ChaosProxy, portOf, startChaosProxy } from '../support/chaos-proxy.ts';
import { streamLargePng } from '../support/large-png.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { launchBrowser, openVisitor } from './support/browser.ts';
import { makePictures } from './support/pictures.ts';

// Of its own, as the Ceph is shared with other beds.
const BUCKET = 'uppy';
const SMALL = 19;
const LARGE_BYTES = 300 * 1024 * 1024;
const ceph = inject('ceph');
const PERSON = { name: '安妮', email: 'ann@example.com', phone: '13800138000', upwd: 'correct horse 7' };

let browser: Browser;
let site: Server;
let store: ChaosProxy;
let bed: ServerProcess;
let token: string;
const originOf = (server: Server): string => `http://127.0.0.1:${portOf(server)}`;

beforeAll(async () => {
  const bundle = await build({
    ...{ entryPoints: ['test/web/uppy/page.ts'], bundle: true, format: 'iife', write: false, logLevel: 'silent' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  site = createServer(({ url }, response) => {
    if (url === '/page.js') response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script);
    else if (url === '/favicon.ico') response.writeHead(204).end();
    else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<!doctype html><title>Uppy</title><input type="file" multiple><script src="/page.js"></script>');
    }
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  [browser, store] = await Promise.all([launchBrowser(), startChaosProxy(ceph.endpoint)]);
  bed = await startServerProcess({
    IMAGEPIC_DEFAULT_BUCKET: BUCKET,
    IMAGEPIC_ALLOWED_ORIGINS: originOf(site),
    IMAGEPIC_S3_ENDPOINT: store.endpoint,
    IMAGEPIC_S3_ACCESS_KEY_ID: ceph.accessKeyId,
    IMAGEPIC_S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
  });
  await bed.post('auth/register', { ...PERSON, tfs: '' });
  token = (await bed.post('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd })).data['token'] ?? '';
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await bed?.close();
  await store?.close();
  site?.closeAllConnections();
  site?.close();
});

it('lets @uppy/aws-s3 upload 20 files, one of 300 MB whose connection is cut', async () => {
  const client = createClient({ url: bed.mountUrl, token });
  const rule = {
    allowedOrigins: [originOf(site)],
    allowedMethods: ['PUT' as const],
    allowedHeaders: ['*'],
    exposeHeaders: ['ETag'],
  };
  await client.bucket.setBucketCors({ bucketName: BUCKET, rules: [rule] });
  const { path: folder, remove } = await makeTempFolder();
  const pictures = await makePictures(SMALL, 200);
  for (const { name, bytes } of pictures) await writeFile(join(folder, name), bytes);
  const large = await openFile(join(folder, 'large.png'), 'w');
  for await (const chunk of streamLargePng(LARGE_BYTES)) await large.write(chunk);
  const { size } = await large.stat();
  await large.close();
  const { page, complaints, close } = await openVisitor(browser, originOf(site), {
    allow: [new URL(bed.mountUrl).origin, store.endpoint],
  });
  let parts = 0;
  let cut = 0;
  page.on('response', (response) => {
    if (response.request().method() === 'PUT' && response.ok() && response.url().includes('partNumber=')) parts += 1;
  });
  page.on('requestfailed', () => {
    cut += 1;
  });

  await page.goto(`${originOf(site)}/#${new URLSearchParams({ url: bed.mountUrl, token, bucket: BUCKET })}`);
  await page
    .locator('input')
    .setInputFiles([...pictures.map(({ name }) => join(folder, name)), join(folder, 'large.png')]);
  await expect.poll(() => parts, { timeout: 60_000, interval: 20 }).toBeGreaterThan(3);
  await store.inflict({ kind: 'refuse' });
  await expect.poll(() => cut, { timeout: 10_000, interval: 20 }).toBeGreaterThan(0);
  await store.inflict({ kind: 'healthy' });
  await page.locator('body[data-done]').waitFor({ state: 'attached', timeout: 180_000 });

  expect(JSON.parse((await page.locator('body').getAttribute('data-done')) ?? '')).toEqual({
    ...{ successful: SMALL + 1, failed: [] },
  });
  const { lists } = await client.object.listObjects({ bucketName: BUCKET, prefix: 'uppy/', pageSize: 100 });
  const stored = new Map(lists.flatMap((each) => ('name' in each ? [[each.name, each.size]] : [])));
  expect(stored.size).toBe(SMALL + 1);
  expect(stored.get('uppy/large.png')).toBe(size);
  expect(await client.object.listMultipartUploads({ bucketName: BUCKET })).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
  await remove();
}, 300_000);
