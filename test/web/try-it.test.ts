import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite } from './support/share-site.ts';

const bed = shareSite();
const { visit, signIn } = bed;
beforeAll(async () => {
  await bed.site().signIn();
});

/** Sends what a client would by these settings. */
async function send(token: string, form: FormData): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'user-agent': 'PicGo/2.4.0' };
  await (await fetch(`${bed.site().mountUrl}/upload`, { method: 'POST', headers, body: form })).text();
}

describe('who sets a client up', () => {
  it('reads what its request was and what is wrong with it, mends it, and reads that it works', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'clients');
    await page.getByRole('button', { name: '生成配置' }).click();
    const trial = page.getByRole('region', { name: '试一试' });
    await trial.getByText('现在用客户端上传一张图片').waitFor();
    const [, token = ''] = /"?(ip_[\w-]+)/.exec((await page.locator('pre').textContent()) ?? '') ?? [];

    const empty = new FormData();
    empty.set('album', 'x');
    await send(token, empty);
    await trial.getByText('没有收到文件，只有字段 "album"').waitFor();
    expect(await trial.textContent()).toContain('POST /upload');
    expect(await trial.textContent()).toContain('PicGo/2.4.0');

    await send(token.slice(0, -3), empty);
    await trial.getByText('收到 75 个字符，应为 78 个').waitFor();

    const [picture] = await makePictures(1);
    const whole = new FormData();
    whole.set('image', new Blob([Uint8Array.from(picture?.bytes ?? [])]), 'a.jpg');
    await send(token, whole);
    await trial.getByText('成功：收到请求').waitFor();
    await trial.getByRole('link', { name: '看图片' }).click();
    await page.getByRole('img').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('tries a token that is there already, and is told where requests are to go when none comes', async () => {
    const session = await bed.site().signIn();
    await bed.site().post('auth/createToken', { name: 'there', scopes: ['upload'] }, session);
    const { page, complaints, close } = await visit();
    await page.clock.install();
    await signIn(page, 'clients');
    const there = page.getByRole('listitem').filter({ hasText: 'there' });
    await there.getByRole('button', { name: '试一试' }).click();
    const trial = page.getByRole('region', { name: '试一试' });
    await page.clock.runFor(3000);
    await trial.getByText('现在用客户端上传一张图片').waitFor();
    await page.clock.runFor(25_000);
    await trial.getByText(bed.site().mountUrl).waitFor();
    await page.clock.runFor(300_000);
    await trial.getByRole('button', { name: '继续等' }).click();
    await page.clock.runFor(3000);
    await trial.getByText('现在用客户端上传一张图片').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
