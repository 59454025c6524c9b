import { mapLimited } from '../../concurrency/limit.ts';
import { fileNameOf } from '../../naming/key.ts';
import { bed } from './bed.ts';

/** More are found by the folder that they are in. */
const MOST_ONE_BY_ONE = 24;
const AT_ONCE = 4;
const PAGE_SIZE = 1000;

/** The ids of images of a bucket; of what the bed has noted none of, there is none. @throws {BedError} */
export async function findImageIds(bucketName: string, names: readonly string[]): Promise<readonly string[]> {
  if (names.length > MOST_ONE_BY_ONE) return findInFolder(bucketName, new Set(names));
  const found = await mapLimited(names, AT_ONCE, async (objectName) => {
    const outcome = await bed.image.getImage.safe({ bucketName, objectName });
    if (outcome.ok) return [outcome.data.imageId];
    if (outcome.error.code === 'NoSuchKey') return [];
    throw outcome.error;
  });
  return found.flat();
}

async function findInFolder(bucketName: string, names: ReadonlySet<string>): Promise<readonly string[]> {
  const prefix = folderOf(names);
  const ids: string[] = [];
  let next: string | undefined = '';
  while (next !== undefined && ids.length < names.size) {
    const page: Awaited<ReturnType<typeof bed.image.search>> = await bed.image.search({
      ...{ bucketName, prefix, order: 'name', pageSize: PAGE_SIZE, continuationToken: next },
    });
    ids.push(...page.images.flatMap(({ imageId, objectName }) => (names.has(objectName) ? [imageId] : [])));
    next = page.continuationToken;
  }
  return ids;
}

/** What all of them begin with, up to the last slash of the first. */
function folderOf(names: ReadonlySet<string>): string {
  const [first = ''] = names;
  const folder = first.slice(0, first.length - fileNameOf(first).length);
  return [...names].every((name) => name.startsWith(folder)) ? folder : '';
}
