import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { contract } from '../../../../src/contract/contract.ts';
import type { ImageRecord, ImageRecords } from '../../../../src/ports/image-records.ts';
import type { Caller } from '../../../../src/services/access/access.ts';
import { createStatistics, type Statistics } from '../../../../src/services/library/statistics.ts';
import { BUCKET, type MemoryBed, START } from '../../../support/memory/bed.ts';
import {
  ANN,
  admin,
  BOB,
  FOREIGN,
  fill,
  member,
  OWN,
  openSearchedBed,
  RECORDS,
  record,
} from '../../../support/memory/searched-bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10);
const amountOf = (records: readonly ImageRecord[]) => ({
  images: records.length,
  bytes: records.reduce((sum, { size }) => sum + size, 0),
});

let bed: MemoryBed;
let records: ImageRecords;
let statistics: Statistics;
beforeEach(async () => {
  ({ bed, records } = await openSearchedBed());
  statistics = createStatistics({ ...bed, records, now: () => new Date(START) });
});

const count = async (caller: Caller, asked: Parameters<Statistics['count']>[1] = {}) => {
  const counted = await statistics.count(caller, asked);
  expect(v.parse(contract['image/statistics'].output, counted)).toEqual(counted);
  return counted;
};

describe('statistics', () => {
  const own = RECORDS.filter(({ bucket }) => bucket !== FOREIGN);
  const ofType = (some: readonly ImageRecord[], contentType: string) => ({
    contentType,
    ...amountOf(some.filter((one) => one.contentType === contentType)),
  });

  it('count for an admin all that is in buckets of the bed, by owner and bucket too', async () => {
    await fill(records, RECORDS);
    expect(await count(admin)).toEqual({
      ...amountOf(own),
      days: [{ day: dayOf(START), ...amountOf(own) }],
      types: [ofType(own, 'image/png'), ofType(own, 'image/gif')],
      owners: [ANN, BOB].map((ownerId) => ({ ownerId, ...amountOf(own.filter((one) => one.ownerId === ownerId)) })),
      buckets: OWN.map((bucketName) => ({
        bucketName,
        ...amountOf(own.filter(({ bucket }) => bucket === bucketName)),
      })),
    });
  });

  it('count for a member what is theirs, within what they and their token may list', async () => {
    const grants = OWN.map((bucketName) => ({ bucketName, prefix: '', actions: ['list' as const] }));
    await fill(records, RECORDS);
    const anns = own.filter(({ ownerId }) => ownerId === ANN);
    const counted = await count(member({ grants }));
    expect(counted).toMatchObject(amountOf(anns));
    expect(counted).not.toHaveProperty('owners');
    expect(counted).not.toHaveProperty('buckets');
    const narrowing = { scopes: ['list' as const], bucketName: BUCKET, prefix: 'team/', maxBytes: undefined };
    const within = anns.filter(({ bucket, key }) => bucket === BUCKET && key.startsWith('team/'));
    expect(await count(member({ grants, narrowing }))).toMatchObject(amountOf(within));
    expect(await count(member({ grants: grants.slice(0, 1) }))).toMatchObject(
      amountOf(anns.filter(({ bucket }) => bucket === BUCKET)),
    );
    const unlisted = member();
    expect(await count(unlisted)).toEqual({ images: 0, bytes: 0, days: [], types: [] });
  });

  it('count one bucket where one is named, and refuse one that is not there', async () => {
    await fill(records, RECORDS);
    const inSecond = own.filter(({ bucket }) => bucket === 'second');
    expect(await count(admin, { bucketName: 'second' })).toMatchObject({
      ...amountOf(inSecond),
      buckets: [{ bucketName: 'second', ...amountOf(inSecond) }],
    });
    expect(await refusalOf(statistics.count(admin, { bucketName: 'nowhere' }))).toBe('NoSuchBucket');
  });

  it('have the days of a year in their order, or those that are asked for, and nothing of the trash', async () => {
    const at = (number: number, daysAgo: number, more: Partial<ImageRecord> = {}): ImageRecord =>
      record(number, { createdAt: new Date(START - daysAgo * DAY_MS), ...more });
    await fill(records, [at(1, 400), at(2, 30), at(3, 2), at(4, 2), at(5, 1, { removedAt: new Date(START) })]);
    const { images, days } = await count(admin);
    expect(images).toBe(4);
    expect(days).toEqual([
      { day: dayOf(START - 30 * DAY_MS), images: 1, bytes: 2 },
      { day: dayOf(START - 2 * DAY_MS), images: 2, bytes: 7 },
    ]);
    const asked = { from: new Date(START - 500 * DAY_MS), to: new Date(START - 10 * DAY_MS) };
    expect((await count(admin, asked)).days.map(({ day }) => day)).toEqual([
      dayOf(START - 400 * DAY_MS),
      dayOf(START - 30 * DAY_MS),
    ]);
  });
});
