import { describeUploadRules } from '../suites/upload-rules.suite.ts';

describeUploadRules('files', () => ({}));
