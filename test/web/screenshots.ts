// Makes a picture of every screen: npm run screenshots [-- <screen>]; they lie in .build/screenshots, three of them also beside this file, for the README.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { launchBrowser, openVisitor } from './support/browser.ts';
import { makePictures } from './support/pictures.ts';
import { ANN, type Site, startSite } from './support/site.ts';

const FOLDER = resolve('.build/screenshots');
const WIDTHS = [390, 768, 1440] as const;
const LOOKS = [
  ['light', 'zh-CN'],
  ['dark', 'zh-CN'],
  ['light', 'en-GB'],
  ['dark', 'en-GB'],
] as const;

interface Screen {
  readonly name: string;
  readonly isSignedIn: boolean;
  /** Brings the page to it. */
  readonly open: (page: Page, site: Site) => Promise<void>;
}

const goTo = (hash: string) => async (page: Page, site: Site) => {
  await page.goto(`${site.mountUrl}/#/${hash}`);
  await page.waitForLoadState('networkidle');
};

const fail = (url: string) => async (page: Page) => {
  await page.route(`**/${url}`, (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/json',
      body: JSON.stringify({
        ...{ code: '-1', success: false, msg: '失败', error: 'ServiceUnavailable', requestId: 'f00d' },
        data: { err: '图片存储没有响应，请稍后再试；The image store does not answer, try again later' },
      }),
    }),
  );
};

const drop = async (page: Page) => {
  const pictures = await makePictures(6, 60);
  const files = pictures.map(({ name, bytes }) => ({ name, mimeType: 'image/jpeg', buffer: bytes }));
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([
      ...files,
      { name: '报价单.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 not an image') },
    ]);
};

/** As if what was uploaded today had come during a year. */
async function spreadDays(page: Page): Promise<void> {
  await page.route('**/image/statistics', async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    const days = Array.from({ length: 366 }, (_, ago) => {
      const images = Math.round(Math.max(0, 14 * Math.sin(ago / 9) + 9 * Math.cos(ago / 2.3) + 6));
      const day = new Date(Date.now() - ago * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
      return { day, images, bytes: images * (190_000 + (ago % 7) * 61_000) };
    });
    await route.fulfill({
      response,
      json: { ...answer, data: { ...answer.data, days: days.filter(({ images }) => images > 0).reverse() } },
    });
  });
}

/** Makes settings, and sends what a client sends by them, with a picture or without one. */
function tryClient(isWhole: boolean): Screen['open'] {
  return async (page, site) => {
    await goTo('clients')(page, site);
    await page.locator('form button[type=submit]').click();
    const trial = page.locator('.clients-made ~ .trial');
    await trial.getByText(/现在用客户端|Upload a picture/).waitFor();
    const [token = ''] = /ip_[\w-]+/.exec((await page.locator('pre').textContent()) ?? '') ?? [];
    const form = new FormData();
    form.set('album', '2026');
    const [picture] = await makePictures(1, 90);
    if (isWhole && picture) form.set('image', new Blob([Uint8Array.from(picture.bytes)]), picture.name);
    const headers = { authorization: `Bearer ${token}`, 'user-agent': 'PicGo/2.4.0' };
    await fetch(`${site.mountUrl}/upload`, { method: 'POST', headers, body: form });
    await trial.locator('dl').waitFor();
    await trial.scrollIntoViewIfNeeded();
  };
}

const SCREENS: readonly Screen[] = [
  { name: 'enter', isSignedIn: false, open: goTo('') },
  { name: 'upload-empty', isSignedIn: true, open: goTo('upload') },
  {
    name: 'upload-full',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('upload')(page, site);
      await drop(page);
      await page.waitForTimeout(2500);
    },
  },
  {
    name: 'upload-busy',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('upload')(page, site);
      await page.route('**/object/putObject', async (route) => {
        await new Promise((settle) => setTimeout(settle, 8000));
        await route.continue().catch(() => undefined);
      });
      const [picture] = await makePictures(1, 400 + Math.round(Math.random() * 1000));
      if (picture === undefined) return;
      await page
        .locator('input[type=file]')
        .first()
        .setInputFiles([{ name: picture.name, mimeType: 'image/jpeg', buffer: picture.bytes }]);
      await page.waitForTimeout(1500);
    },
  },
  { name: 'library-full', isSignedIn: true, open: goTo('library/images') },
  {
    name: 'library-rows',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('library/images')(page, site);
      const toggle = page.getByRole('button', { name: /^(按原比例排成等高行|In rows, each in its own shape)$/ });
      await toggle.click();
      await page.waitForTimeout(800);
      // The screens after it are looked at as they are at first.
      await page.evaluate(`localStorage.setItem('imagepic.settings', '{}')`);
    },
  },
  { name: 'search-dates', isSignedIn: true, open: goTo('library?') },
  { name: 'search-chips', isSignedIn: true, open: goTo('library?poster%20type%3Ajpg%20from%3A2026-01-01') },
  { name: 'search-nothing', isSignedIn: true, open: goTo('library?tag%3A2027') },
  { name: 'library-empty', isSignedIn: true, open: goTo('library/images/nothing') },
  {
    name: 'library-failing',
    isSignedIn: true,
    open: async (page, site) => {
      await fail('object/listObjects')(page);
      await page.goto(`${site.mountUrl}/#/library/images`);
      await page.getByRole('alert').waitFor({ timeout: 60_000 });
    },
  },
  {
    name: 'library-selected',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('library/images')(page, site);
      await page.getByRole('listbox').focus();
      for (const key of ['Space', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight'])
        await page.keyboard.press(key);
    },
  },
  { name: 'albums', isSignedIn: true, open: goTo('albums') },
  {
    name: 'album-images',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('albums')(page, site);
      await page.getByRole('link', { name: /^九月/ }).click();
      await page.getByRole('option').first().waitFor();
      await page.waitForLoadState('networkidle');
    },
  },
  {
    name: 'album-sharing',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('albums')(page, site);
      await page.getByRole('link', { name: /^九月/ }).click();
      await page.getByRole('button', { name: /^(分享|Share)$/ }).click();
      await page.getByRole('dialog').getByRole('heading', { level: 3 }).waitFor();
    },
  },
  {
    name: 'album-shared',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('albums')(page, site);
      await page.getByRole('link', { name: /^九月/ }).click();
      await page.getByRole('button', { name: /^(分享|Share)$/ }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox').fill('sunrise 6');
      await dialog.getByRole('checkbox').check();
      await dialog.locator('button[type=submit]').click();
      await dialog.locator('svg.qr path').waitFor();
      await dialog.locator('li').first().waitFor();
    },
  },
  {
    name: 'album-dragging',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('library/images')(page, site);
      await page.getByRole('listbox').focus();
      for (const key of ['Space', 'Shift+ArrowRight', 'Shift+ArrowRight']) await page.keyboard.press(key);
      await page.getByRole('toolbar').waitFor();
      const { x, y } = (await page.getByRole('option').nth(1).boundingBox()) ?? { x: 0, y: 0 };
      await page.mouse.move(x + 40, y + 40);
      await page.mouse.down();
      await page.mouse.move(x + 80, y + 120, { steps: 4 });
      const target = page.locator('.album-target').nth(2);
      await target.waitFor();
      for (const at of [20, 24]) await target.hover({ position: { x: at, y: at } });
    },
  },
  {
    name: 'album-adding',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('library/images')(page, site);
      await page.getByRole('listbox').focus();
      for (const key of ['Space', 'Shift+ArrowRight', 'Shift+ArrowRight']) await page.keyboard.press(key);
      await page.getByRole('button', { name: /^(加入相册|Add to an album)$/ }).click();
      await page.getByRole('dialog').getByRole('radio').first().waitFor();
    },
  },
  { name: 'trash', isSignedIn: true, open: goTo('trash') },
  {
    name: 'trash-selected',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('trash')(page, site);
      for (const at of [0, 2]) await page.getByRole('listitem').getByRole('checkbox').nth(at).check();
    },
  },
  {
    name: 'trash-purging',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('trash')(page, site);
      await page
        .getByRole('button', { name: /^(彻底删除|Delete) .+/ })
        .first()
        .click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'tagging',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('library?')(page, site);
      await page.getByRole('listbox').focus();
      for (const key of ['Space', 'Shift+ArrowRight', 'Shift+ArrowRight']) await page.keyboard.press(key);
      await page.getByRole('button', { name: /^(标签|Tags)$/ }).click();
      await page
        .getByRole('dialog')
        .getByLabel(/^(加上|Add)$/)
        .fill('autumn campaign，秋天，');
    },
  },
  { name: 'picture', isSignedIn: true, open: goTo('picture/images/ridge-3.jpg') },
  { name: 'picture-said', isSignedIn: true, open: goTo('picture/images/banner-2.jpg') },
  {
    name: 'picture-editing',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('picture/images/banner-2.jpg')(page, site);
      await page.getByRole('button', { name: /^(编辑标题与标签|Edit title and tags)$/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'picture-versions',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('picture/images/morning-4.jpg')(page, site);
      await page.getByRole('region', { name: /^(旧版本|Earlier versions)$/ }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'picture-replacing',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('picture/images/morning-4.jpg')(page, site);
      await page.getByRole('button', { name: /^(替换|Replace)$/ }).click();
      await page.getByRole('dialog').locator('input[type=file]').waitFor({ state: 'attached' });
    },
  },
  {
    name: 'picture-replaced-by',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('picture/images/morning-4.jpg')(page, site);
      await page.getByRole('button', { name: /^(替换|Replace)$/ }).click();
      const [picture] = await makePictures(1, 91);
      if (picture === undefined) return;
      const file = {
        name: '首页横幅-秋季活动-定稿-不再改了-final-final-2.jpg',
        mimeType: 'image/jpeg',
        buffer: picture.bytes,
      };
      await page.getByRole('dialog').locator('input[type=file]').setInputFiles([file]);
      await page.getByRole('dialog').getByRole('img').nth(1).waitFor();
    },
  },
  {
    name: 'picture-shared',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('picture/images/poster-5.jpg')(page, site);
      await page.getByRole('button', { name: /^(分享|Share)$/ }).click();
      await page.getByRole('dialog').locator('button[type=submit]').click();
      await page.locator('svg.qr path').waitFor();
    },
  },
  { name: 'picture-missing', isSignedIn: true, open: goTo('picture/images/none.jpg') },
  {
    name: 'clients',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('clients')(page, site);
      await page.locator('form button[type=submit]').click();
      await page.locator('svg.qr path').waitFor();
    },
  },
  { name: 'clients-refused', isSignedIn: true, open: tryClient(false) },
  { name: 'clients-works', isSignedIn: true, open: tryClient(true) },
  { name: 'profile', isSignedIn: true, open: goTo('profile') },
  {
    name: 'profile-devices',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('profile')(page, site);
      await page.getByRole('region', { name: /^(登录的设备|Signed-in devices)$/ }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'palette',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('library/images')(page, site);
      await page.keyboard.press('Control+k');
      await page.getByRole('option', { name: /^(存储桶|Bucket) images$/ }).waitFor();
    },
  },
  {
    name: 'statistics',
    isSignedIn: true,
    open: async (page, site) => {
      await spreadDays(page);
      await goTo('statistics')(page, site);
      await page.locator('canvas').first().waitFor();
    },
  },
  {
    name: 'statistics-year',
    isSignedIn: true,
    open: async (page, site) => {
      await spreadDays(page);
      await goTo('statistics')(page, site);
      await page.getByRole('button', { name: /^(一年|A year)$/ }).click();
      await page.locator('summary').click();
      await page.locator('summary').scrollIntoViewIfNeeded();
    },
  },
  { name: 'admin-people', isSignedIn: true, open: goTo('admin/people') },
  {
    name: 'admin-person',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('admin/people')(page, site);
      await page
        .getByRole('button', { name: /^(管理|Manage) / })
        .first()
        .click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: /^(添加文件夹|Add a folder)$/ }).click();
      await dialog.getByRole('button', { name: 'images', exact: true }).click();
      await dialog.getByRole('button', { name: 'team', exact: true }).waitFor();
    },
  },
  { name: 'admin-buckets', isSignedIn: true, open: goTo('admin/buckets') },
  { name: 'admin-presets', isSignedIn: true, open: goTo('admin/presets') },
  {
    name: 'admin-upload-rule',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('admin/buckets')(page, site);
      await page
        .getByRole('button', { name: /^(上传处理|Uploads)$/ })
        .first()
        .click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: /^(文字|Text)$/ }).click();
      await dialog.locator('input[required]').fill('© 图床 imagepic');
      await dialog.getByRole('figure').getByRole('img').waitFor();
    },
  },
  {
    name: 'admin-hotlinks',
    isSignedIn: true,
    open: async (page, site) => {
      await goTo('admin/buckets')(page, site);
      await page
        .getByRole('button', { name: /^(防盗链|Hot links)$/ })
        .first()
        .click();
      await page.getByRole('dialog').locator('textarea').waitFor();
    },
  },
];

/** Albums with pictures in them, and one without. */
async function makeAlbums(site: Site, token: string): Promise<void> {
  const { data } = await site.post('image/search', { pageSize: 60 }, token);
  const ids = (data['images'] as unknown as { readonly imageId: string }[]).map(({ imageId }) => imageId);
  const make = async (name: string, [from, to]: readonly [number, number], parentId = ''): Promise<string> => {
    const description = parentId === '' ? '首页与活动页用过的横幅。' : '';
    const { albumId = '' } = (await site.post('album/createAlbum', { name, description, parentId }, token)).data;
    if (to > from) await site.post('album/addImages', { albumId, imageIds: ids.slice(from, to) }, token);
    return albumId;
  };
  const september = await make('九月 September', [0, 18]);
  await make('港口清晨', [4, 9], september);
  await make('An album with quite a long name of its own', [12, 13], september);
  await make('产品截图', [20, 32]);
  await make('Logos', [40, 44]);
  await make('待整理', [0, 0]);
}

/** Pictures that were removed, one of them with a long name. */
async function fillTrash(site: Site, token: string): Promise<void> {
  const long = '首页横幅-秋季活动-定稿-不再改了-final-final-2-copy-of-copy.jpg';
  const names = [undefined, long, undefined, undefined];
  for (const [at, { name, bytes }] of (await makePictures(names.length, 300)).entries()) {
    const folder = at === 2 ? '2026/九月海报' : '';
    const own = names[at] ?? name;
    const objectName = folder === '' ? own : `${folder}/${own}`;
    await site.upload(token, { name: own, bytes }, folder);
    await site.post('object/removeObject', { bucketName: 'images', objectName }, token);
  }
}

/** Puts other pictures in the place of one. */
async function replace(site: Site, token: string): Promise<void> {
  for (const { bytes } of await makePictures(3, 201)) {
    const named = { bucketName: 'images', objectName: 'morning-4.jpg' };
    await site.post('image/replace', { ...named, base64: bytes.toString('base64') }, token);
  }
}

async function signIn(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.mountUrl}/`);
  await page.locator('input[name=phone]').fill(ANN.phone);
  await page.locator('input[type=password]').fill(ANN.upwd);
  await page.locator('button[type=submit]').click();
  await page.locator('nav.rail').waitFor();
}

async function shoot(browser: Browser, site: Site, wanted: string): Promise<void> {
  for (const [colorScheme, locale] of LOOKS) {
    for (const width of WIDTHS) {
      const visitor = await openVisitor(browser, site.origin, {
        ...{ colorScheme, locale, reducedMotion: 'reduce' },
        viewport: { width, height: width === 390 ? 844 : width === 768 ? 1024 : 900 },
        ...(width === 390 && { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }),
      });
      const { page } = visitor;
      if (SCREENS.some(({ name, isSignedIn }) => isSignedIn && name.includes(wanted))) await signIn(page, site);
      for (const screen of SCREENS.filter(({ name }) => name.includes(wanted))) {
        if (!screen.isSignedIn) continue;
        await screen.open(page, site);
        await page.waitForTimeout(300);
        await page.screenshot({
          path: join(FOLDER, `${screen.name}-${width}-${colorScheme}-${locale.slice(0, 2)}.png`),
        });
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        await page.goto('about:blank');
      }
      for (const complaint of visitor.complaints) process.stderr.write(`${width} ${colorScheme}: ${complaint}\n`);
      await visitor.close();
      const stranger = await openVisitor(browser, site.origin, {
        colorScheme,
        locale,
        viewport: { width, height: 900 },
      });
      for (const screen of SCREENS.filter(({ name, isSignedIn }) => !isSignedIn && name.includes(wanted))) {
        await screen.open(stranger.page, site);
        await stranger.page.screenshot({
          path: join(FOLDER, `${screen.name}-${width}-${colorScheme}-${locale.slice(0, 2)}.png`),
        });
      }
      await stranger.close();
    }
  }
}

/** Those that the README shows, and how wide. */
const SHOWN = [
  ['upload-full-1440-light-zh', 'upload'],
  ['library-full-1440-light-zh', 'library'],
  ['picture-said-1440-dark-en', 'picture'],
] as const;
const SHOWN_WIDTH = 1200;

const wanted = process.argv[2] ?? '';
await mkdir(FOLDER, { recursive: true });
const site = await startSite({ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '30' });
const browser = await launchBrowser();
try {
  if ('new-bed'.includes(wanted)) {
    const first = await openVisitor(browser, site.origin);
    await first.page.goto(`${site.mountUrl}/`);
    await first.page.locator('form').waitFor();
    await first.page.screenshot({ path: join(FOLDER, 'new-bed-1440-light.png') });
    await first.close();
  }
  const token = await site.signIn();
  for (const picture of await makePictures(48)) await site.upload(token, picture);
  for (const picture of await makePictures(3, 50)) await site.upload(token, picture, '2026/九月海报');
  for (const picture of await makePictures(2, 55)) await site.upload(token, picture, 'team');
  const said = {
    expiresAt: '2031-12-24T10:00Z',
    title: '九月横幅：港口的清晨 Harbour at dawn',
    description: '首页轮播第二屏。\nLicensed until 2027.',
    tags: ['海', '首页', 'autumn campaign 2026'],
  };
  await site.post('image/updateImage', { bucketName: 'images', objectName: 'banner-2.jpg', ...said }, token);
  await makeAlbums(site, token);
  await fillTrash(site, token);
  await replace(site, token);
  await shoot(browser, site, wanted);
  if (wanted === '') {
    for (const [from, to] of SHOWN) {
      const picture = sharp(join(FOLDER, `${from}.png`)).resize({ width: SHOWN_WIDTH });
      await picture.webp({ quality: 78 }).toFile(resolve(`test/web/pictures/${to}.webp`));
    }
  }
} finally {
  await browser.close();
  await site.close();
}
