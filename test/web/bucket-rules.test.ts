import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openVisitor } from './support/browser.ts';
import { ANN, type Site, startSite } from './support/site.ts';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite({})]);
  await site.post('auth/register', { ...ANN, tfs: '' });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const openBuckets = async (options: Parameters<typeof openVisitor>[2] = {}) => {
  const visitor = await openVisitor(browser, site.origin, options);
  const { page } = visitor;
  await page.goto(`${site.mountUrl}/#/admin/buckets`);
  await page.getByLabel('手机号').fill(ANN.phone);
  await page.getByLabel('密码', { exact: true }).fill(ANN.upwd);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('button', { name: '上传处理' }).waitFor();
  return visitor;
};
const ruleOf = async (route: string) => {
  const token = await site.signIn();
  return (await site.post(`bucket/${route}`, { bucketName: 'images' }, token)).data['rule'];
};
const violationsOf = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
    }),
  );
  return violations.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html.slice(0, 120))}`);
};

describe('an admin', () => {
  it('has uploads made smaller and marked, sees how before, and takes it back', async () => {
    const { page, complaints, close } = await openBuckets();
    await page.getByRole('button', { name: '上传处理' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.getByText('这条规则什么也不做').waitFor();
    await dialog.getByLabel('最长边（像素）').fill('300');
    await dialog.getByRole('button', { name: '文字', exact: true }).click();
    await dialog.getByLabel('水印文字').fill('图床 <b>');
    await dialog.getByLabel('位置').selectOption({ label: '左上' });
    await dialog.getByLabel(/宽度/).fill('50');
    const mark = dialog.getByRole('figure', { name: '水印预览' }).getByRole('img');
    await mark.waitFor();
    const [frame, shown] = await Promise.all([dialog.getByRole('figure').boundingBox(), mark.boundingBox()]);
    expect((shown?.x ?? 0) - (frame?.x ?? 0)).toBeLessThan((frame?.width ?? 0) * 0.05);
    expect((shown?.width ?? 0) / (frame?.width ?? 1)).toBeGreaterThan(0.4);
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.waitFor({ state: 'detached' });

    expect(await ruleOf('getUploadRule')).toMatchObject({
      maxSide: 300,
      watermark: { position: 'top-left', scale: 50, opacity: 60 },
    });
    const blue = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#0000ff' } })
      .png()
      .toBuffer();
    const token = await site.signIn();
    const { data } = await site.post(
      'object/putObject',
      { bucketName: 'images', objectName: 'marked.png', base64: blue.toString('base64') },
      token,
    );
    const stored = Buffer.from(await (await fetch(data['url'] ?? '')).arrayBuffer());
    const half = async (left: number) =>
      (await sharp(await sharp(stored).extract({ left, top: 0, width: 150, height: 200 }).toBuffer()).stats())
        .channels[0]?.max ?? 0;
    expect(data).toMatchObject({ width: 300, height: 200 });
    // The text is white on the left, and nothing is on the right.
    expect(await half(0)).toBeGreaterThan(100);
    expect(await half(150)).toBe(0);

    await page.getByRole('button', { name: '上传处理' }).click();
    await page.getByRole('dialog').getByRole('figure', { name: '水印预览' }).getByRole('img').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: '取消规则' }).click();
    await page.getByText('上传处理已取消').waitFor();
    expect(await ruleOf('getUploadRule')).toBeNull();
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
    await close();
  });

  it('says which sites may show images, and takes it back', async () => {
    const { page, complaints, close } = await openBuckets();
    await page.getByRole('button', { name: '防盗链' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('允许的网站').fill('example.com\n*.example.com，servicewechat.com/wx0123456789abcdef');
    await dialog.getByLabel('直接打开图片地址').selectOption({ label: '不允许' });
    await dialog.getByLabel('其他网站得到').selectOption({ label: '一张提示小图' });
    await dialog.getByRole('button', { name: '保存' }).click();
    await page.getByText('防盗链已保存').waitFor();

    expect(await ruleOf('getHotlinkRule')).toEqual({
      referers: ['example.com', '*.example.com', 'servicewechat.com/wx0123456789abcdef'],
      emptyReferer: false,
      refusal: 'picture',
    });
    await page.getByRole('button', { name: '防盗链' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '取消规则' }).click();
    await page.getByText('防盗链已取消').waitFor();
    expect(await ruleOf('getHotlinkRule')).toBeNull();
    expect(complaints).toEqual([]);
    await close();
  });

  it.each(['light', 'dark'] as const)('reads both by WCAG 2.2 AA, %s', async (colorScheme) => {
    const { page, close } = await openBuckets({ colorScheme, bypassCSP: true });
    for (const name of ['上传处理', '防盗链']) {
      await page.getByRole('button', { name }).click();
      const dialog = page.getByRole('dialog');
      if (name === '上传处理') {
        await dialog.getByRole('button', { name: '文字', exact: true }).click();
        await dialog.getByLabel('水印文字').fill('图床');
        await dialog.getByRole('figure').getByRole('img').waitFor();
      }
      expect(await violationsOf(page), name).toEqual([]);
      await dialog.getByRole('button', { name: '取消', exact: true }).click();
    }
    await close();
  });
});
