import { describe, expect, it, type TestContext } from 'vitest';
import type { ImageRecord, ImageRecords } from '../../../../../src/ports/image-records.ts';
import { createCloudBaseImageRecords } from '../../../../../src/stores/records/cloudbase/image-records.ts';
import { EMULATED, FAULTS, startCloudBaseEmulator } from '../../../../support/cloudbase-emulator.ts';
import { imageRecord } from '../../../../support/image-record.ts';

const everything = { within: [{ bucket: 'images', prefix: '' }], state: 'present' } as const;

interface Bed {
  readonly records: ImageRecords;
  /** The one that is there. */
  readonly old: ImageRecord;
  readonly revision: string;
}

const titleOf = async ({ records, old }: Bed) => (await records.get(old.imageId))?.title;
const idsOf = async ({ records }: Bed, text: string) => {
  const { images } = await records.search({ ...everything, text, order: 'newest', limit: 10 });
  return images.map(({ imageId }) => imageId);
};

/** Makes each call of the port, and expects what it promises when all goes well, and what is stored then. */
const CALLS: Readonly<Record<string, readonly [(bed: Bed) => Promise<void>, (bed: Bed) => Promise<void>]>> = {
  put: [
    async ({ records }) => expect(await records.put(imageRecord({ title: 'new' }))).toBe(true),
    async (bed) => expect(await idsOf(bed, 'new')).toHaveLength(1),
  ],
  get: [async (bed) => expect(await titleOf(bed)).toBe('old'), async (bed) => expect(await titleOf(bed)).toBe('old')],
  replace: [
    async ({ records, old, revision }) =>
      expect(await records.replace({ ...old, title: 'replaced' }, revision)).toBe(true),
    async (bed) => expect(await titleOf(bed)).toBe('replaced'),
  ],
  remove: [
    async ({ records, old, revision }) => expect(await records.remove(old.imageId, revision)).toBe(true),
    async (bed) => expect(await titleOf(bed)).toBeUndefined(),
  ],
  search: [
    async (bed) => expect(await idsOf(bed, 'old')).toEqual([bed.old.imageId]),
    async (bed) => expect(await idsOf(bed, 'old')).toEqual([bed.old.imageId]),
  ],
  count: [
    async ({ records }) => expect(await records.count(everything)).toEqual({ images: 1, isExact: true }),
    async ({ records }) => expect(await records.count(everything)).toEqual({ images: 1, isExact: true }),
  ],
  countBy: [
    async ({ records }) => expect(await records.countBy(everything, 'type', 5)).toHaveLength(1),
    async ({ records }) => expect(await records.countBy(everything, 'type', 5)).toHaveLength(1),
  ],
  ping: [
    async ({ records }) => expect(await records.ping()).toBeUndefined(),
    async ({ records }) => expect(await records.ping()).toBeUndefined(),
  ],
};

const openPrepared = async ({ onTestFinished }: TestContext) => {
  const emulator = await startCloudBaseEmulator();
  onTestFinished(() => emulator.close());
  const { envId, secretId, secretKey } = EMULATED;
  const connection = { envId, credentials: { secretId, secretKey }, serviceUrl: emulator.serviceUrl, inCloud: false };
  const open = () => createCloudBaseImageRecords({ ...connection, now: () => new Date() });
  const old = imageRecord({ title: 'old' });
  await open().put(old);
  const records = open();
  const { revision = '' } = (await records.get(old.imageId)) ?? {};
  return { emulator, bed: { records, old, revision } };
};

describe('records in a CloudBase that fails', () => {
  it.for(FAULTS)('survive it in every call when it happens once: %s', async ([, fault], context) => {
    const survive = async ([call, isDone]: (typeof CALLS)[string]): Promise<void> => {
      const { emulator, bed } = await openPrepared(context);
      emulator.inject({ ...fault, times: 1 });
      await call(bed);
      await isDone(bed);
    };
    await Promise.all(Object.values(CALLS).map(survive));
  });

  it.for(['reset', { status: 503 }, 'html'] as const)(
    'give ServiceUnavailable when it goes on: %j',
    async (answer, context) => {
      for (const [call] of Object.values(CALLS)) {
        const { emulator, bed } = await openPrepared(context);
        emulator.inject({ answer });
        await expect(call(bed)).rejects.toMatchObject({ code: 'ServiceUnavailable', cause: expect.any(Error) });
      }
    },
  );
});
