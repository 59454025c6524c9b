import { beforeEach, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../../../../src/services/access/access.ts';
import { createUploads, type Put, type Uploads } from '../../../../src/services/uploads/uploads.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  MAX_BYTES,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';
import { makePng } from '../../../support/png.ts';
import { refusalOf } from '../../../support/refusal.ts';

const MOUNT = 'https://example.com/imagepic';
const HASH = createImage().sha256.slice(0, 32);

let bed: MemoryBed;
let ann: MemoryPerson;
let uploads: Uploads;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  uploads = createUploads({ ...bed, maxBytes: MAX_BYTES, nameTemplate: '{yyyy}/{hash}.{ext}' });
});

const put = (changes: Partial<Put>, image = createImage({ originalName: 'dir/cat.jpeg' }), caller = ann.caller) =>
  uploads.put(caller, { bucketName: BUCKET, ...changes }, { image, mountUrl: MOUNT });
const putBase64 = (base64: string | undefined, changes: Partial<Put> = {}) =>
  uploads.put(ann.caller, { bucketName: BUCKET, base64, ...changes }, { image: undefined, mountUrl: MOUNT });

const FACTS = { width: 2, height: 2, frames: 1 };

describe('an image', () => {
  it.each<[string, Partial<Put>, string]>([
    ['its name before all', { objectName: 'a', nameTemplate: '{hash}' }, 'a'],
    ['its template before its file’s name', { nameTemplate: '{name}-x.{ext}' }, 'cat-x.png'],
    ['its file’s name', {}, 'cat.jpeg'],
    ['its name in a folder', { objectName: 'a/b', folder: 'f' }, 'f/a/b'],
    ['its template in a folder', { nameTemplate: '{ext}', folder: 'f/g' }, 'f/g/png'],
    ['its file’s name in a folder', { folder: 'f' }, 'f/cat.jpeg'],
    ['its name in no folder', { objectName: 'a', folder: '' }, 'a'],
  ])('is stored by %s', async (_, changes, objectName) => {
    const stored = await put(changes);
    expect(stored).toEqual({
      ...{ bucketName: BUCKET, objectName, size: 8, contentType: 'image/png', ...FACTS },
      etag: (await bed.store.head(BUCKET, objectName))?.etag,
      imageId: (await bed.store.head(BUCKET, objectName))?.metadata['image-id'],
      url: `${MOUNT}/i/${BUCKET}/${objectName}`,
    });
  });

  it('whose file says nothing is stored by the bed’s template', async () => {
    expect(await put({ folder: 'f' }, createImage())).toMatchObject({ objectName: `f/2026/${HASH}.png` });
    expect(await put({}, createImage({ originalName: '..' }))).toMatchObject({ objectName: `2026/${HASH}.png` });
  });

  it('is stored as is wanted: with metadata, and over a name or beside it', async () => {
    await put({ objectName: 'a', metaData: { title: 'cat' } });
    expect((await bed.store.head(BUCKET, 'a'))?.metadata['title']).toBe('cat');
    expect(await put({ objectName: 'a' })).toMatchObject({ objectName: 'a' });
    expect(await put({ objectName: 'a', onConflict: 'rename' })).toMatchObject({ objectName: 'a-1' });
    expect(await refusalOf(put({ objectName: 'a', onConflict: 'error' }))).toBe('ObjectExists');
  });

  it('that has been received stays its owner’s to give up', async () => {
    let isDiscarded = false;
    const image = createImage({
      discard: async () => {
        isDiscarded = true;
      },
    });
    await put({ objectName: 'a' }, image);
    expect(isDiscarded).toBe(false);
  });

  it('of nobody is a bug', async () => {
    const attempt = uploads.put(ANONYMOUS, { bucketName: BUCKET }, { image: createImage(), mountUrl: MOUNT });
    await expect(attempt).rejects.toThrow(TypeError);
  });
});

describe('an image as base64', () => {
  const base64 = makePng(2, 2).toString('base64');

  it('is received and stored', async () => {
    expect(await putBase64(base64, { objectName: 'a.png' })).toMatchObject({
      objectName: 'a.png',
      contentType: 'image/png',
    });
    expect((await putBase64(base64)).objectName).toMatch(/^2026\/[0-9a-f]{32}\.png$/);
  });

  it.each<[string, string | undefined, string]>([
    ['nothing', undefined, 'InvalidArgument'],
    ['an empty text', '', 'InvalidArgument'],
    ['an address of data', `data:image/png;base64,${base64}`, 'InvalidArgument'],
    ['both alphabets', '-_+/', 'InvalidArgument'],
    ['a line end', `${base64}\n`, 'InvalidArgument'],
    ['no image', 'AAAA', 'UnsupportedMediaType'],
    ['the half of one', makePng(2, 2).subarray(0, 36).toString('base64'), 'InvalidImage'],
    ['too much', 'A'.repeat(Math.ceil((MAX_BYTES + 4) / 3) * 4), 'EntityTooLarge'],
  ])('of %s is refused', async (_, text, refusal) => {
    expect(await refusalOf(putBase64(text))).toBe(refusal);
    expect((await bed.store.list(BUCKET, { limit: 1 })).objects).toEqual([]);
  });
});
