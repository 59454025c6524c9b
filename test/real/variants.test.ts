import { inject } from 'vitest';
import { VARIANTS_PREFIX } from '../../src/naming/variant.ts';
import { openS3 } from '../../src/stores/objects/s3/object-store.ts';
import { describeVariants } from '../suites/variants.suite.ts';
import { toS3Options } from '../support/ceph.ts';

describeVariants('Ceph', {
  env: () => {
    const { endpoint, accessKeyId, secretAccessKey } = inject('ceph');
    return {
      IMAGEPIC_S3_ENDPOINT: endpoint,
      IMAGEPIC_S3_ACCESS_KEY_ID: accessKeyId,
      IMAGEPIC_S3_SECRET_ACCESS_KEY: secretAccessKey,
    };
  },
  count: async (bucketName) => {
    const { store } = await openS3(toS3Options(inject('ceph')));
    const { objects } = await store.list(bucketName, { prefix: VARIANTS_PREFIX, limit: 1000 });
    return objects.length;
  },
});
