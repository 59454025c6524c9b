import { expect, it } from 'vitest';
import { followVersions } from '../../../../src/services/library/follow-versions.ts';
import { createKeptVersions } from '../../../../src/services/library/kept-versions.ts';
import { REPLACES, toTrashKey } from '../../../../src/services/library/trash-key.ts';
import { imageRecord, newImageId } from '../../../support/image-record.ts';
import { createMemoryImageRecords } from '../../../support/memory/image-records.ts';

const NOTHING = {
  head: async () => undefined,
  list: async () => ({ objects: [], prefixes: [] }),
  remove: async () => 'removed' as const,
};
const at = (objectName: string) => ({ bucketName: 'images', objectName });

async function openMoved() {
  const records = createMemoryImageRecords();
  const [imageId, first, second] = [newImageId(), newImageId(), newImageId()];
  await records.put(imageRecord({ imageId, key: 'new.png' }));
  for (const [index, versionId] of [first, second].entries()) {
    const trashKey = toTrashKey(versionId, '0'.repeat(32));
    const createdAt = new Date(index);
    const removedAt = new Date(10 + index);
    await records.put(
      imageRecord({ imageId: versionId, key: 'old.png', createdAt, removedAt, trashKey, versionOf: imageId }),
    );
  }
  return { records, imageId, first, second };
}

it('lets all versions follow by the one that a picture names, where whoever moved it did not come to it', async () => {
  const { records, imageId, first, second } = await openMoved();
  const versions = createKeptVersions({ records, store: NOTHING });
  const idsAt = async (name: string) => (await versions.list(at(name), imageId)).map((version) => version.imageId);
  await versions.complete(at('new.png'), { metadata: { [REPLACES]: second } }, imageId);
  expect(await idsAt('new.png')).toEqual([second, first]);
  expect(await idsAt('old.png')).toEqual([]);
});

it('lets versions go on to where their image was moved meanwhile', async () => {
  const { records, imageId, first, second } = await openMoved();
  let moves = 1;
  const overtaken = {
    ...records,
    replace: async (...given: Parameters<typeof records.replace>) => {
      const image = await records.get(imageId);
      if (moves > 0 && image !== undefined) {
        moves -= 1;
        await records.replace({ ...image, key: 'newer.png' }, image.revision);
      }
      return records.replace(...given);
    },
  };
  const versions = createKeptVersions({ records: overtaken, store: NOTHING });
  await followVersions({ records: overtaken, list: versions.list }, imageId, at('old.png'));
  const ids = (await versions.list(at('newer.png'), imageId)).map((version) => version.imageId);
  expect(ids.toSorted()).toEqual([first, second].toSorted());
});
