import { createDirectUploads, type DirectUploads, type DirectUploadsOptions } from './direct-uploads.ts';
import { createSettleUploads, type SettleUploadsOptions } from './settle-uploads.ts';
import { createUploadRecords, type UploadRecordsOptions } from './upload-records.ts';

type Options = Omit<DirectUploadsOptions & SettleUploadsOptions & UploadRecordsOptions, 'records' | 'settling'>;

/** Puts together what uploads past the service need, which is loaded with the first of them. */
export function openDirectUploads(options: Options): DirectUploads {
  const records = createUploadRecords(options);
  const settling = createSettleUploads({ ...options, records });
  return createDirectUploads({ ...options, records, settling });
}
