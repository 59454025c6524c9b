import { describe, expect, it } from 'vitest';
import { createCloudBaseImageRecords } from '../../../../../src/stores/records/cloudbase/image-records.ts';
import { describeImageRecords } from '../../../../suites/image-records.suite.ts';
import { describeImageRecordsInProcesses } from '../../../../suites/image-records-processes.suite.ts';
import { type Dialect, EMULATED, startCloudBaseEmulator } from '../../../../support/cloudbase-emulator.ts';
import { imageRecord } from '../../../../support/image-record.ts';

const now = (): Date => new Date();
const dialects: readonly Dialect[] = [
  { updated: 'matched', duplicate: 'multiple write errors', missing: 'coded' },
  { updated: 'modified', duplicate: 'bulk write error', missing: 'numbered' },
];
const connectionTo = ({ serviceUrl }: { readonly serviceUrl: string }) => {
  const { envId, secretId, secretKey } = EMULATED;
  return { envId, credentials: { secretId, secretKey }, serviceUrl, inCloud: false };
};

for (const dialect of dialects) {
  describeImageRecords(`cloudbase (${Object.values(dialect).join(', ')})`, async () => {
    const emulator = await startCloudBaseEmulator({ dialect });
    return { records: createCloudBaseImageRecords({ ...connectionTo(emulator), now }), close: emulator.close };
  });
}

describeImageRecordsInProcesses('cloudbase', async () => {
  const emulator = await startCloudBaseEmulator();
  const connection = connectionTo(emulator);
  const records = createCloudBaseImageRecords({ ...connection, now });
  return { records, place: ['cloudbase', JSON.stringify(connection)], close: emulator.close };
});

describe('image records in CloudBase', () => {
  const within = [{ bucket: 'images', prefix: '' }];

  it('are none where there is no collection yet, which the first one makes', async ({ onTestFinished }) => {
    const emulator = await startCloudBaseEmulator();
    onTestFinished(emulator.close);
    const records = createCloudBaseImageRecords({ ...connectionTo(emulator), now });
    const record = imageRecord();
    await records.ping();
    expect(await records.get(record.imageId)).toBeUndefined();
    expect(await records.search({ within, state: 'present', order: 'newest', limit: 1000 })).toEqual({ images: [] });
    expect(await records.count({ within, state: 'present' })).toEqual({ images: 0, isExact: true });
    await records.remove(record.imageId);
    const put = await Promise.all([record, imageRecord(), record].map(records.put));
    expect(put.filter(Boolean)).toHaveLength(2);
    expect(await records.count({ within, state: 'present' })).toEqual({ images: 2, isExact: true });
  });

  it('are asked for by operators of ours, in pages of 1,000 rows without their terms', async ({ onTestFinished }) => {
    const emulator = await startCloudBaseEmulator();
    onTestFinished(emulator.close);
    const records = createCloudBaseImageRecords({ ...connectionTo(emulator), now });
    await records.put(imageRecord({ tags: ['$ne'], ownerId: '{"$gt":""}' }));
    const filter = { within, state: 'present', tags: ['$ne'], owner: '{"$gt":""}' } as const;
    expect((await records.search({ ...filter, order: 'newest', limit: 1000 })).images).toHaveLength(1);
    const { limit, projection } = emulator.requests.at(-1) ?? {};
    expect(limit).toBe(1000);
    expect(projection).toEqual(expect.stringContaining('"record"'));
    expect(projection).not.toContain('terms');
  });

  it('say of a record that somebody has spoilt that it is damaged', async ({ onTestFinished }) => {
    const emulator = await startCloudBaseEmulator();
    onTestFinished(emulator.close);
    const records = createCloudBaseImageRecords({ ...connectionTo(emulator), now });
    const record = imageRecord();
    await records.put(record);
    emulator.put('imagepic_images', { ...emulator.document('imagepic_images', record.imageId), record: '{}' });
    const damaged = { code: 'ServiceUnavailable', message: 'A record of an image is damaged and needs repair' };
    await expect(records.get(record.imageId)).rejects.toMatchObject(damaged);
    await records.remove(record.imageId);
    expect(await records.get(record.imageId)).toBeUndefined();
  });

  it('are not kept without credentials', () => {
    const connection = { ...connectionTo({ serviceUrl: 'http://127.0.0.1:1' }), now };
    expect(() => createCloudBaseImageRecords({ ...connection, credentials: 'platform' })).toThrow(
      /TENCENTCLOUD_SECRETID/,
    );
  });
});
