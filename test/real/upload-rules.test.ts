import { inject } from 'vitest';
import { describeUploadRules } from '../suites/upload-rules.suite.ts';

describeUploadRules('Ceph', () => {
  const { endpoint, accessKeyId, secretAccessKey } = inject('ceph');
  return {
    IMAGEPIC_S3_ENDPOINT: endpoint,
    IMAGEPIC_S3_ACCESS_KEY_ID: accessKeyId,
    IMAGEPIC_S3_SECRET_ACCESS_KEY: secretAccessKey,
  };
});
