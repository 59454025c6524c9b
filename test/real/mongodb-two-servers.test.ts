import { afterAll, beforeAll, describe, inject } from 'vitest';
import { describeTwoServers } from '../suites/two-servers.suite.ts';
import { isMongodbMissing, type Mongodb, startMongodb } from '../support/mongodb.ts';

describe.skipIf(isMongodbMissing)('with their documents in MongoDB', () => {
  let mongodb: Mongodb;

  beforeAll(async () => {
    mongodb = await startMongodb();
  });
  afterAll(() => mongodb.stop());

  describeTwoServers(
    'Ceph',
    () => {
      const { endpoint, accessKeyId, secretAccessKey } = inject('ceph');
      return {
        IMAGEPIC_SECRET: '7f3a9c51d0e8b264f1a7c3905be2d846',
        IMAGEPIC_DOCUMENTS: 'mongodb',
        IMAGEPIC_DATABASE_URL: mongodb.url,
        IMAGEPIC_S3_ENDPOINT: endpoint,
        IMAGEPIC_S3_ACCESS_KEY_ID: accessKeyId,
        IMAGEPIC_S3_SECRET_ACCESS_KEY: secretAccessKey,
      };
    },
    'two-servers-mongodb',
  );
});
