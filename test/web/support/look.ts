import type { Page } from 'playwright-core';

/** Written as a text, because it runs in the browser, whose types tests do not have. */
const LOOK = `(address) => new Promise((resolve) => {
  const image = new Image();
  image.onload = () => {
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    const canvas = new OffscreenCanvas(Math.min(width, 256), Math.min(height, 256));
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    resolve([width, height, ...context.getImageData(0, 0, canvas.width, canvas.height).data]);
  };
  image.onerror = () => resolve(undefined);
  image.src = address;
})`;

/** Its size and its pixels, as Chromium tells the format by its bytes; `undefined` where it shows none. */
export const lookAt = (page: Page, image: Buffer): Promise<readonly number[] | undefined> =>
  page.evaluate(`(${LOOK})('data:image/png;base64,${image.toString('base64')}')`);
