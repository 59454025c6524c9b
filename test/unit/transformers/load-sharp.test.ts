import { expect, it } from 'vitest';
import { hasSharp, loadSharp } from '../../../src/transformers/load-sharp.ts';

it('finds sharp where it is installed, and keeps it to one thread a picture and no cache', async () => {
  expect(await hasSharp()).toBe(true);
  const sharp = await loadSharp();
  expect(sharp.concurrency()).toBe(1);
  expect(sharp.cache()).toMatchObject({ items: { max: 0 } });
});
