import { type Collection, MongoClient } from 'mongodb';
import * as v from 'valibot';
import { afterAll, describe, expect, it } from 'vitest';
import { mongodbUrl } from '../../src/config/mongodb.ts';
import { createMongodbImageRecords } from '../../src/stores/records/mongodb/image-records.ts';
import { describeImageRecords } from '../suites/image-records.suite.ts';
import { describeImageRecordsFaults } from '../suites/image-records-faults.suite.ts';
import { describeImageRecordsInProcesses } from '../suites/image-records-processes.suite.ts';
import { imageRecord } from '../support/image-record.ts';
import { isMongodbMissing, type Mongodb, startMongodb } from '../support/mongodb.ts';

/** The address of an empty database of a real one: where it is not given, that part is left out. */
const { IMAGEPIC_TEST_MONGODB_URL: REAL_URL } = process.env;
const everything = { within: [{ bucket: 'images', prefix: '' }], state: 'present' } as const;
const now = (): Date => new Date();

interface Row {
  readonly _id: string;
  readonly record?: string;
}

describe.skipIf(isMongodbMissing)('on nx-27017', () => {
  /** It keeps all databases as one: who wants an empty one starts a server. */
  const started: Mongodb[] = [];
  const startOne = async (): Promise<Mongodb> => {
    const mongodb = await startMongodb();
    started.push(mongodb);
    return mongodb;
  };
  const openOn = ({ connection }: Mongodb) => createMongodbImageRecords({ ...connection, now });
  const openOne = async () => {
    const mongodb = await startOne();
    return { mongodb, records: openOn(mongodb) };
  };
  const inRows = async <Result>(
    { url }: Mongodb,
    work: (rows: Collection<Row>) => Promise<Result>,
  ): Promise<Result> => {
    const client = new MongoClient(url);
    try {
      return await work(client.db().collection<Row>('imagepic_images'));
    } finally {
      await client.close();
    }
  };
  afterAll(() => Promise.all(started.map(({ stop }) => stop())));

  describeImageRecords('mongodb', async () => ({ ...(await openOne()), close: async () => undefined }));

  describeImageRecordsInProcesses('mongodb', async () => {
    const { mongodb, records } = await openOne();
    return { records, place: ['mongodb', JSON.stringify(mongodb.connection)], close: async () => undefined };
  });

  it('make an index of terms, and one for each order', async () => {
    const { mongodb, records } = await openOne();
    await records.put(imageRecord());
    const indexes = await inRows(mongodb, (rows) => rows.indexes());
    const keys = indexes.map(({ key }) => Object.keys(key).join());
    expect(keys).toEqual(
      expect.arrayContaining([
        ...['removed,terms,created,image_id', 'removed,name,image_id', 'removed,size,image_id', 'sample,image_id'],
      ]),
    );
  });

  it('says of a record that somebody has spoilt that it is damaged', async () => {
    const { mongodb, records } = await openOne();
    const record = imageRecord();
    await records.put(record);
    await inRows(mongodb, (rows) => rows.updateMany({}, { $set: { record: '{}' } }));
    const damaged = { code: 'ServiceUnavailable', message: 'A record of an image is damaged and needs repair' };
    await expect(records.get(record.imageId)).rejects.toMatchObject(damaged);
    await expect(records.search({ ...everything, order: 'newest', limit: 1 })).rejects.toMatchObject(damaged);
    await records.remove(record.imageId);
    expect(await records.get(record.imageId)).toBeUndefined();
  });

  describeImageRecordsFaults('mongodb', {
    server: () => started.at(-1) ?? expect.fail('no server'),
    newPlace: async () => {
      const { connection, port: own } = await startOne();
      return {
        openAt: (port, clock) => createMongodbImageRecords({ ...connection, hosts: [`127.0.0.1:${port}`], now: clock }),
        port: own,
        place: JSON.stringify(connection),
      };
    },
  });
});

describe.skipIf(REAL_URL === undefined)('on a real MongoDB', () => {
  describeImageRecords('mongodb', async () => ({
    records: createMongodbImageRecords({ ...v.parse(mongodbUrl, REAL_URL), now }),
    close: async () => undefined,
  }));
});
