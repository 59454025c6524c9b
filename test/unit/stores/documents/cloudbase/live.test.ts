import { describe } from 'vitest';
import { createCloudBaseDocumentStore } from '../../../../../src/stores/documents/cloudbase/document-store.ts';
import { describeDocumentStore } from '../../../../suites/document-store.suite.ts';

/*
 * The suite against a real environment of CloudBase; it makes and empties the collections imagepic_test_suite-1 to -24:
 *
 * IMAGEPIC_TEST_CLOUDBASE_ENV=<env id> TENCENTCLOUD_SECRETID=<id> TENCENTCLOUD_SECRETKEY=<key> \
 *   npx vitest run --config test/vitest.config.ts test/unit/stores/documents/cloudbase/live.test.ts
 *
 * Elsewhere than in Shanghai add TENCENTCLOUD_REGION; with an API key, CLOUDBASE_APIKEY stands for the pair.
 */
const {
  IMAGEPIC_TEST_CLOUDBASE_ENV: envId = '',
  TENCENTCLOUD_SECRETID: secretId = '',
  TENCENTCLOUD_SECRETKEY: secretKey = '',
  TENCENTCLOUD_REGION: region,
  CLOUDBASE_APIKEY: apiKey,
} = process.env;
const COLLECTIONS = 24;

describe.skipIf(envId === '')('a real environment', () => {
  let used = 0;
  const open = () =>
    createCloudBaseDocumentStore({
      envId,
      ...(region !== undefined && { region }),
      credentials: apiKey === undefined ? { secretId, secretKey } : { apiKey },
      inCloud: false,
      now: () => new Date(),
      prefix: 'imagepic_test_',
    });

  describeDocumentStore('live cloudbase', async () => ({ store: open(), close: async () => undefined }), {
    // An environment has at most 100 collections, and the SDK cannot remove one.
    newCollection: async () => {
      used = (used % COLLECTIONS) + 1;
      const [store, name] = [open(), `suite-${used}`];
      for (const { id } of (await store.list(name, { limit: 1000 })).documents) await store.remove(name, id);
      return name;
    },
  });
});
