import { createCloudBaseDocumentStore } from '../../../src/stores/documents/cloudbase/document-store.ts';
import { EMULATED } from '../cloudbase-emulator.ts';
import { serveStore } from '../store-tasks.ts';

const [serviceUrl = ''] = process.argv.slice(2);
const store = createCloudBaseDocumentStore({
  envId: EMULATED.envId,
  credentials: { secretId: EMULATED.secretId, secretKey: EMULATED.secretKey },
  serviceUrl,
  inCloud: false,
  now: () => new Date(),
});

serveStore(store);
