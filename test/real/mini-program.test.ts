import { inject } from 'vitest';
import { describeMiniProgram } from '../suites/mini-program.suite.ts';
import { BED_DOMAIN } from '../support/mini-program.ts';
import { startServer } from '../support/running-server.ts';

// Of its own, as the Ceph is shared with other beds.
const BUCKET = 'mini-program';
const ceph = inject('ceph');

describeMiniProgram('images on Ceph', async () => {
  const { mountUrl, close } = await startServer({
    IMAGEPIC_PUBLIC_URL: `${BED_DOMAIN}/imagepic`,
    IMAGEPIC_DEFAULT_BUCKET: BUCKET,
    IMAGEPIC_S3_ENDPOINT: ceph.endpoint,
    IMAGEPIC_S3_ACCESS_KEY_ID: ceph.accessKeyId,
    IMAGEPIC_S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
  });
  // As the developer tools have it for 不校验合法域名: the store is at an address of this machine.
  return { mountUrl, platform: { urlCheck: false }, close };
});
