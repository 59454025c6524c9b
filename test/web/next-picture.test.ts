import { beforeAll, describe, expect, it } from 'vitest';
import { makePictures } from './support/pictures.ts';
import { shareSite } from './support/share-site.ts';

const bed = shareSite({ IMAGEPIC_RECORDS: 'sqlite' });
const { visit, signIn } = bed;
let token: string;
beforeAll(async () => {
  token = await bed.site().signIn();
  for (const picture of await makePictures(2)) await bed.site().upload(token, picture);
});

describe('the picture after one', () => {
  it('is what deeds are about: nothing can be done to the one before while it is read', async () => {
    const { page, complaints, close } = await visit();
    await signIn(page, 'picture/images/banner-2.jpg');
    const side = page.getByRole('complementary', { name: '详情' });
    await side.getByRole('heading', { name: '链接' }).waitFor();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/object/statObject', async (route) => {
      await held;
      await route.continue();
    });
    await page.getByRole('button', { name: '下一张' }).click();
    await page.getByRole('heading', { name: 'harbour-1.jpg' }).waitFor();
    const aside = page.locator('aside.picture-side');
    expect(await aside.evaluate((element) => Reflect.get(element, 'inert'))).toBe(true);
    release();
    await side.getByRole('definition').filter({ hasText: 'harbour-1.jpg' }).first().waitFor();
    expect(await aside.evaluate((element) => Reflect.get(element, 'inert'))).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  });
});
