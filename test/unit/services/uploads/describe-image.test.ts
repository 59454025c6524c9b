import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createDescribeImage } from '../../../../src/services/uploads/describe-image.ts';
import { BUCKET, createImage, createMemoryBed } from '../../../support/memory/bed.ts';

const PLACEHOLDER = { thumbhash: 'HBkSHYSIeHiPiHh8eJd4eTN0EEQG', color: '0a0b0c' };

/** A transformer that remembers what it was shown. */
const seeing = (answer: () => Promise<typeof PLACEHOLDER | undefined> = async () => PLACEHOLDER) => {
  const seen: string[] = [];
  const describeSource = async (source: Uint8Array) => {
    seen.push(Buffer.from(source).toString());
    return answer();
  };
  return { seen, describeImage: createDescribeImage({ describe: describeSource }) };
};

describe('the placeholder of an image', () => {
  it('is made of its bytes, wherever they lie', async () => {
    const { seen, describeImage } = seeing();
    expect(await describeImage(createImage({ bytes: Buffer.from('in memory') }))).toEqual(PLACEHOLDER);
    const spooled = { size: 6, open: () => Readable.from([Buffer.from('in a '), Buffer.from('file')]) };
    expect(await describeImage(createImage({ body: spooled }))).toEqual(PLACEHOLDER);
    expect(seen).toEqual(['in memory', 'in a file']);
  });

  it.each([
    ['an SVG', { contentType: 'image/svg+xml' }],
    ['more than is read into memory', { size: 32 * 1024 * 1024 + 1 }],
  ])('is not made of %s', async (_, changes) => {
    const { seen, describeImage } = seeing();
    expect(await describeImage(createImage(changes))).toBeUndefined();
    expect(seen).toEqual([]);
  });

  it.each<[string, () => Promise<undefined>]>([
    ['is too busy', async () => undefined],
    ['fails', async () => Promise.reject(new Error('damaged'))],
    ['does not come back', () => new Promise(() => undefined)],
  ])('is left out where who makes it %s', async (_, answer) => {
    const bed = await createMemoryBed({ describe: seeing(answer).describeImage });
    const ann = await bed.person();
    const { facts } = await bed.put(ann.caller, { bucketName: BUCKET, objectName: 'a.png' });
    expect(facts).toEqual({ width: 2, height: 2, frames: 1 });
    const { metadata } = (await bed.store.head(BUCKET, 'a.png')) ?? { metadata: {} };
    expect(Object.keys(metadata)).not.toContain('thumbhash');
  });

  it('is kept with the image, and told of it when it is found again', async () => {
    const bed = await createMemoryBed({ describe: seeing().describeImage });
    const ann = await bed.person();
    const facts = { width: 2, height: 2, frames: 1, ...PLACEHOLDER };
    const how = { duplicateKey: ['k'] };
    const place = { bucketName: BUCKET, objectName: 'a.png' };
    expect(await bed.put(ann.caller, place, createImage(), how)).toMatchObject({ facts, isDuplicate: false });
    expect((await bed.store.head(BUCKET, 'a.png'))?.metadata).toMatchObject(PLACEHOLDER);
    expect(await bed.put(ann.caller, place, createImage(), how)).toMatchObject({ facts, isDuplicate: true });
  });
});
