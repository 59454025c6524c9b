import { beforeAll, describe, expect, it } from 'vitest';
import { makeHeavyPicture, makePictures } from './support/pictures.ts';
import { clipboardOf, shareSite } from './support/share-site.ts';
import { ANN } from './support/site.ts';

const bed = shareSite({ IMAGEPIC_REGISTRATION: 'invite' });
const { visit, signIn } = bed;
beforeAll(async () => {
  await bed.site().signIn();
});

describe('an admin', () => {
  it('invites somebody by a link, who comes in, and ends their access', async () => {
    const admin = await visit();
    await signIn(admin.page, 'admin/people');
    await admin.page.getByRole('button', { name: '邀请成员' }).click();
    await admin.page.getByRole('dialog').getByRole('button', { name: '复制' }).click();
    const link = await clipboardOf(admin.page);
    expect(link).toMatch(/#\/join\/[0-9a-f]{32}$/);

    const ben = await visit({ locale: 'en-GB' });
    await ben.page.goto(link);
    await ben.page.getByLabel('Name').fill('Ben');
    await ben.page.getByLabel('Phone number').fill('13900139000');
    await ben.page.getByLabel('Email').fill('ben@example.com');
    await ben.page.getByLabel('Password', { exact: true }).fill('another horse 8');
    await ben.page.getByRole('button', { name: 'Create an account' }).click();
    await ben.page.getByRole('heading', { name: 'Upload', exact: true }).waitFor();
    expect(await ben.page.getByRole('link', { name: 'Admin' }).count()).toBe(0);

    await admin.page.reload();
    await admin.page.getByRole('button', { name: '管理 Ben' }).click();
    await admin.page.getByRole('button', { name: '停用' }).click();
    await admin.page.getByText('已停用').waitFor();
    await ben.page.getByRole('link', { name: 'Library' }).click();
    await ben.page.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
    expect([...admin.complaints, ...ben.complaints]).toEqual([]);
    await Promise.all([admin.close(), ben.close()]);
  });

  it('gives somebody folders by picking them, and takes back what they may not do there', async () => {
    const site = bed.site();
    const token = await site.signIn();
    const [one, other] = await makePictures(2, 700);
    if (one === undefined || other === undefined) throw new TypeError('no pictures');
    await site.upload(token, one, 'team/2026');
    await site.upload(token, other, 'press');
    const { invitation = '' } = (await site.post('auth/invite', {}, token)).data;
    await site.signIn({ ...ANN, name: 'Cid', phone: '13700137000', invitation });

    const { page, complaints, close } = await visit();
    await signIn(page, 'admin/people');
    await page.getByRole('button', { name: '管理 Cid' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: '移除 images/' }).click();
    await dialog.getByText('还没有可以使用的文件夹').waitFor();
    await dialog.getByRole('button', { name: '添加文件夹' }).click();
    // By keyboard alone.
    for (const name of ['images', 'team', '2026']) {
      await dialog.getByRole('button', { name, exact: true }).press('Enter');
    }
    await dialog.getByText('这里没有子文件夹').waitFor();
    await dialog.getByRole('navigation').getByRole('button', { name: 'team' }).press('Enter');
    await dialog.getByRole('button', { name: '2026' }).waitFor();
    await dialog.getByRole('button', { name: '选这个文件夹' }).press('Enter');
    await dialog.getByRole('group', { name: 'images/team/ 的权限' }).getByLabel('删除').uncheck();

    await dialog.getByRole('button', { name: '添加文件夹' }).click();
    await dialog.getByRole('button', { name: 'images', exact: true }).click();
    await dialog.getByLabel('其中的新文件夹').fill('/2027/<b>春/');
    await dialog.getByLabel('其中的新文件夹').press('Enter');
    await dialog.getByText('images/2027/<b>春/').first().waitFor();
    await dialog.getByRole('button', { name: '保存' }).click();
    await page.getByText('资料已保存').waitFor();
    const { users } = (await site.post('auth/listUsers', {}, token)).data as unknown as {
      users: readonly { name: string; grants: readonly object[] }[];
    };
    expect(users.find(({ name }) => name === 'Cid')?.grants).toEqual([
      { bucketName: 'images', prefix: 'team/', actions: ['upload', 'read', 'list'] },
      { bucketName: 'images', prefix: '2027/<b>春/', actions: ['upload', 'read', 'delete', 'list'] },
    ]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('names a size, which addresses may then ask for, and takes it back', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'admin/presets');
    await page.getByRole('button', { name: '添加尺寸' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名字').fill('avatar');
    await dialog.getByLabel('宽（像素）').fill('0');
    await dialog.getByRole('button', { name: '添加尺寸' }).click();
    await dialog.getByText('参数 w 不正确').waitFor();
    await dialog.getByLabel('宽（像素）').fill('96');
    await dialog.getByLabel('高（像素）').fill('96');
    await dialog.getByRole('button', { name: '添加尺寸' }).click();
    await page.getByText('?w=96&h=96&fit=cover&f=auto').waitFor();
    const token = await bed.site().signIn();
    const base64 = (await makeHeavyPicture(400)).toString('base64');
    await bed.site().post('object/putObject', { bucketName: 'images', objectName: 'sizes/b.jpg', base64 }, token);
    const address = `${bed.site().mountUrl}/i/images/sizes/b.jpg?p=avatar`;
    expect((await fetch(address)).headers.get('content-type')).toBe('image/jpeg');
    await page.getByRole('button', { name: '删除: avatar' }).click();
    await page.getByRole('button', { name: '删除: avatar' }).waitFor({ state: 'detached' });
    expect((await fetch(address)).status).toBe(400);
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
    await close();
  });
});

describe('settings for a client', () => {
  it('hold a token that uploads, and tell when the client has used it', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'clients');
    await page.getByLabel('上传工具').selectOption({ label: 'curl 与脚本' });
    await page.getByRole('button', { name: '生成配置' }).click();
    const made = page.getByRole('region', { name: '配置已生成' });
    await made.getByRole('img', { name: '二维码' }).waitFor();
    const token = /ip_[\w-]+/.exec((await made.locator('pre').textContent()) ?? '')?.[0];
    const [picture] = await makePictures(1, 300);
    if (token === undefined || picture === undefined) throw new TypeError('no token');
    await bed.site().upload(token, picture);
    await made.getByText('收到了').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
