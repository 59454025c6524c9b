import { beforeEach, describe, expect, it } from 'vitest';
import type { ImageRecords } from '../../../../src/ports/image-records.ts';
import type { ObjectMetadata } from '../../../../src/ports/object-store.ts';
import { IMAGE_ID } from '../../../../src/services/access/access.ts';
import { createSettlePlace, type SettlePlace } from '../../../../src/services/library/settle-place.ts';
import { imageRecord, newImageId } from '../../../support/image-record.ts';
import { createMemoryImageRecords } from '../../../support/memory/image-records.ts';

const BUCKET = 'images';
const at = (objectName: string) => ({ bucketName: BUCKET, objectName });

let records: ImageRecords;
let objects: Map<string, ObjectMetadata>;
beforeEach(() => {
  records = createMemoryImageRecords();
  objects = new Map();
});

/** An object whose image is called by this id. */
const put = (key: string, imageId: string): void => {
  const lastModified = new Date(0);
  objects.set(key, {
    ...{ key, size: 1, etag: imageId, contentType: 'image/png', lastModified },
    metadata: { [IMAGE_ID]: imageId },
  });
};

const settleBy = (by: ImageRecords): SettlePlace =>
  createSettlePlace({
    records: by,
    store: { head: async (_bucket, key) => objects.get(key) },
    findExpiry: async () => ({}),
  });

describe('two places that are settled at once', () => {
  it('leave an image its record, though it was looked at where it stood before', async () => {
    const [moved, other] = [newImageId(), newImageId()];
    put('a.png', moved);
    put('c.png', other);
    for (const imageId of [moved, other]) await records.put(imageRecord({ imageId, bucket: BUCKET, key: 'c.png' }));
    let isFirst = true;
    const overtaken: ImageRecords = {
      ...records,
      search: async (search) => {
        const found = await records.search(search);
        if (isFirst) {
          isFirst = false;
          await settleBy(records)(at('a.png'));
        }
        return found;
      },
    };
    await settleBy(overtaken)(at('c.png'));
    expect(await records.get(moved)).toMatchObject({ key: 'a.png' });
    expect(await records.get(other)).toMatchObject({ key: 'c.png' });
  });
});
