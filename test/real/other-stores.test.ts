import { beforeEach, describe, vi } from 'vitest';
import { createS3ObjectStore } from '../../src/stores/objects/s3/object-store.ts';
import { describeEntry } from '../suites/entry.suite.ts';
import { describeObjectStore } from '../suites/object-store.suite.ts';
import { toS3Options } from '../support/ceph.ts';
import { hasTool, OTHER_STORES } from '../support/other-stores.ts';
import { startServer } from '../support/running-server.ts';

// The first run builds them.
vi.setConfig({ hookTimeout: 500_000 });

for (const store of OTHER_STORES) {
  describe.skipIf(!hasTool(store.tool))(`on ${store.name}`, () => {
    describeObjectStore(
      `s3 on ${store.name}`,
      async () => {
        const { stop, ...server } = await store.start();
        return { store: createS3ObjectStore(toS3Options(server)), close: stop };
      },
      store.differs,
    );
    beforeEach(({ task, skip }) => {
      const race = store.races.get(task.name);
      if (race !== undefined) skip(race);
      // From here on it passes as long as it fails.
      if (store.lacks.includes(task.name)) Object.assign(task, { fails: true });
    });

    describeEntry(`HTTP with ${store.name} behind it`, async () => {
      const { endpoint, accessKeyId, secretAccessKey, stop } = await store.start();
      const server = await startServer({
        IMAGEPIC_S3_ENDPOINT: endpoint,
        IMAGEPIC_S3_ACCESS_KEY_ID: accessKeyId,
        IMAGEPIC_S3_SECRET_ACCESS_KEY: secretAccessKey,
      });
      return {
        call: async (url, data, { token = '', lang = 'zh' } = {}) => {
          const headers = { 'content-type': 'application/json', authorization: token, 'accept-language': lang };
          const body = JSON.stringify(data);
          const response = await fetch(`${server.mountUrl}/${String(url)}`, { method: 'POST', headers, body });
          return JSON.parse(await response.text());
        },
        close: async () => {
          await server.close();
          await stop();
        },
      };
    });
  });
}
