import { expect, it } from 'vitest';
import { createPictureMemory } from '../../../../src/transformers/sharp/picture-memory.ts';

const MIB = 1024 * 1024;

it('lends what was given back, and never one piece to two at once', async () => {
  const borrow = createPictureMemory();
  const first = await borrow(async (lend) => lend(1000).buffer);
  await borrow(async (lend) => {
    expect(lend(900).buffer).toBe(first);
    expect(lend(900).byteLength).toBe(900);
    const other = await borrow(async (lendOther) => lendOther(900).buffer);
    expect(other).not.toBe(first);
  });
});

it('takes more where a piece is too small, also after a failure', async () => {
  const borrow = createPictureMemory();
  const fail = borrow(async (lend) => {
    lend(10);
    throw new Error('broken');
  });
  await expect(fail).rejects.toThrow('broken');
  expect(await borrow(async (lend) => lend(20).byteLength)).toBe(20);
});

it('keeps none that is larger than photos of phones are', async () => {
  const borrow = createPictureMemory();
  const large = await borrow(async (lend) => lend(9 * MIB).buffer);
  expect(await borrow(async (lend) => lend(MIB).buffer)).not.toBe(large);
});
