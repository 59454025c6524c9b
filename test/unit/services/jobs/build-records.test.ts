import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../../src/logger.ts';
import { createBuildRecords } from '../../../../src/services/jobs/build-records.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';

let bed: MemoryBed;
let library: NonNullable<MemoryBed['library']>;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed({ hasRecords: true });
  if (bed.library === undefined) throw new TypeError('it has records');
  library = bed.library;
  ann = await bed.person();
});

const given = (key: string) =>
  bed.store.put(BUCKET, key, Buffer.from(key), { contentType: 'image/png', metadata: { owner: ann.userId } });
const build = (budgetMs = 60_000) => {
  const { records, settle } = library;
  const logger = createLogger(() => undefined, bed.now);
  return createBuildRecords({ ...bed, records, settle, logger }).run({ budgetMs });
};
const recorded = async () => {
  const within = [{ bucket: BUCKET, prefix: '' }];
  const { images } = await library.records.search({ within, state: 'present', order: 'name', limit: 1000 });
  return images.map(({ key }) => key);
};

describe('records of images that were there before them', () => {
  it('are made once, page by page, of images alone', async () => {
    const keys = Array.from({ length: 450 }, (_, index) => `old/${String(index).padStart(3, '0')}.png`);
    for (const key of [...keys, '.imagepic/pending/x']) await given(key);
    // However little time there is, each run comes a page further.
    expect(await build(0)).toEqual({ finished: false });
    expect(await recorded()).toHaveLength(199);
    expect(await build()).toEqual({ finished: true });
    expect(await recorded()).toEqual(keys);
    bed.store.hooks.before = ({ method }) => {
      if (method === 'list') throw new Error('listed in vain');
    };
    expect(await build()).toEqual({ finished: true });
  });

  it('are made again when all of them are gone', async () => {
    await given('a.png');
    await build();
    const within = [{ bucket: BUCKET, prefix: '' }];
    const { images } = await library.records.search({ within, state: 'present', order: 'name', limit: 1 });
    const [image] = images;
    await library.records.remove(image?.imageId ?? '');
    await build();
    expect(await recorded()).toEqual(['a.png']);
  });

  it('are made of what can have one, whatever else lies there', async () => {
    const metadata = { owner: 'nobody', 'original-name': 'x'.repeat(5000), width: '-1', sha256: 'no' };
    await bed.store.put(BUCKET, 'odd.png', Buffer.from('odd'), { contentType: 'x'.repeat(500), metadata });
    await given('a.png');
    expect(await build()).toEqual({ finished: true });
    expect(await recorded()).toContain('a.png');
  });

  it('wait for a store that is away, and go on where they stopped', async () => {
    await given('a.png');
    bed.store.hooks.before = ({ method }) => {
      if (method === 'head') throw new Error('away');
    };
    await expect(build()).rejects.toThrow('away');
    bed.store.hooks.before = () => undefined;
    expect(await build()).toEqual({ finished: true });
    expect(await recorded()).toEqual(['a.png']);
  });
});
