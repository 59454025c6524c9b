import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mapLimited } from '../../../concurrency/limit.ts';
import { AppError } from '../../../errors.ts';
import { MAX_PARTS } from '../../../naming/s3-limits.ts';
import type { MultipartCalls, ObjectMetadata, Part, PendingUpload } from '../../../ports/object-store.ts';
import { type Disk, MAX_OPEN_FILES } from '../../disk/disk.ts';
import { isTextRecord, parseJsonObject, toDate } from '../../disk/json.ts';
import { syncFolder } from '../../disk/publish.ts';
import { hasCode, undefinedIfMissing } from '../../disk/storage-error.ts';
import { checkKey } from '../arguments.ts';
import { readBody } from '../byte-source.ts';
import { joinEtags } from '../etag.ts';
import { compareKeys } from '../key-order.ts';
import type { BucketFolders } from './bucket-folders.ts';
import {
  describeObject,
  type ObjectDescription,
  openObject,
  readBytes,
  readMetadata,
  writeObject,
} from './object-file.ts';
import type { ObjectFolders } from './object-folders.ts';

const UPLOAD_ID = /^[0-9a-f]{32}$/;
const PART_FILE = /^\d{5}$/;
const MAX_PART_BYTES = 5 * 1024 ** 3;

type Upload = PendingUpload & ObjectDescription;
type StoredPart = Part & { readonly size: number };

/** What multipart uploads need; every part but the last has at least `minPartSize` bytes. */
export interface MultipartOptions {
  readonly disk: Disk;
  readonly buckets: BucketFolders;
  readonly objects: ObjectFolders;
  readonly now: () => Date;
  readonly minPartSize: number;
}

/**
 * Creates the multipart calls. On disk: `<bucket>/uploads/<uploadId>/` with `upload.json` (key, contentType, metadata,
 * initiated) and a file `00001` … for each part, written like an object. Completing writes the object in one go.
 */
export function createMultipartUploads(options: MultipartOptions): MultipartCalls {
  const { disk, buckets, objects, now, minPartSize } = options;
  const { scratch } = disk;
  const folderOf = (bucket: string, uploadId: string): string => buckets.path(bucket, 'uploads', uploadId);
  const partFile = (bucket: string, uploadId: string, partNumber: number): string =>
    buckets.path(bucket, 'uploads', uploadId, String(partNumber).padStart(5, '0'));

  /** Moves what was made into an upload or among the uploads of a bucket. */
  const moveIn = async (bucket: string, made: string, target: string): Promise<void> => {
    try {
      await disk.requireOwn(dirname(target));
      await rename(made, target);
      await syncFolder(dirname(target));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      await buckets.require(bucket);
      throw noSuchUpload();
    } finally {
      await scratch.discard(made);
    }
  };
  const find = async (bucket: string, key: string, uploadId: string): Promise<Upload | undefined> => {
    checkKey(key);
    if (!UPLOAD_ID.test(uploadId)) return undefined;
    await disk.requireOwn(folderOf(bucket, uploadId));
    const upload = await readUpload(folderOf(bucket, uploadId), uploadId);
    return upload?.key === key ? upload : undefined;
  };
  const require = async (bucket: string, key: string, uploadId: string): Promise<Upload> => {
    const upload = await find(bucket, key, uploadId);
    if (upload !== undefined) return upload;
    await buckets.require(bucket);
    throw noSuchUpload();
  };
  const readParts = async (bucket: string, { key, uploadId }: Upload): Promise<readonly StoredPart[]> => {
    const names = (await undefinedIfMissing(readdir(folderOf(bucket, uploadId)))) ?? [];
    const numbers = names.filter((name) => PART_FILE.test(name)).map(Number);
    const parts = await mapLimited(numbers, MAX_OPEN_FILES, async (partNumber) =>
      toParts(partNumber, await readMetadata(partFile(bucket, uploadId, partNumber), key)),
    );
    return parts.flat().sort((left, right) => left.partNumber - right.partNumber);
  };
  const concatenate = async function* (bucket: string, upload: Upload, parts: readonly StoredPart[]) {
    for (const { partNumber, etag, size } of parts) {
      const opened = await openObject(partFile(bucket, upload.uploadId, partNumber), upload.key);
      if (opened === undefined) throw noSuchUpload();
      const { file, object } = opened;
      // Sent again since the parts were checked.
      if (object.etag !== etag) {
        await file.close();
        throw unfitParts(partNumber);
      }
      yield* await readBytes(file, 0, size);
    }
  };

  return {
    createMultipartUpload: async (bucket, key, putOptions) => {
      checkKey(key);
      const upload = JSON.stringify({ ...describeObject(key, putOptions), initiated: now().toISOString() });
      const made = await scratch.makeFolder((folder) =>
        writeFile(join(folder, 'upload.json'), upload, { flag: 'wx', mode: 0o600, flush: true }),
      );
      const uploadId = randomBytes(16).toString('hex');
      await moveIn(bucket, made, folderOf(bucket, uploadId));
      return uploadId;
    },
    uploadPart: async (bucket, key, uploadId, partNumber, body) => {
      if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS) throw unfitParts(partNumber);
      const source = readBody(body);
      if (source.size > MAX_PART_BYTES) {
        throw new AppError('EntityTooLarge', { zh: '分块过大', en: 'A part may have 5 GiB at most' });
      }
      const { contentType, metadata } = await require(bucket, key, uploadId);
      const { path: made, result: etag } = await scratch.writeFile((file) =>
        writeObject(file, source, { key, contentType, metadata }, now),
      );
      await moveIn(bucket, made, partFile(bucket, uploadId, partNumber));
      return { partNumber, etag };
    },
    listParts: async (bucket, key, uploadId) => readParts(bucket, await require(bucket, key, uploadId)),
    completeMultipartUpload: async (bucket, key, uploadId, parts) => {
      const upload = await require(bucket, key, uploadId);
      const chosen = chooseParts(parts, await readParts(bucket, upload), minPartSize);
      const size = chosen.reduce((sum, part) => sum + part.size, 0);
      const etag = joinEtags(chosen);
      const { contentType, metadata } = upload;
      const source = { size, chunks: concatenate(bucket, upload, chosen) };
      await objects.store(bucket, source, { key, contentType, metadata, etag }, {});
      await scratch.throwAway(folderOf(bucket, uploadId));
      return { etag };
    },
    abortMultipartUpload: async (bucket, key, uploadId) => {
      const upload = await find(bucket, key, uploadId);
      if (upload !== undefined) await scratch.throwAway(folderOf(bucket, uploadId));
    },
    listMultipartUploads: async (bucket) => {
      await buckets.require(bucket);
      await disk.requireOwn(buckets.path(bucket, 'uploads'));
      const ids = (await readdir(buckets.path(bucket, 'uploads'))).filter((name) => UPLOAD_ID.test(name));
      const uploads = await mapLimited(ids, MAX_OPEN_FILES, (uploadId) =>
        readUpload(folderOf(bucket, uploadId), uploadId),
      );
      return uploads
        .flatMap((upload) => (upload === undefined ? [] : [upload]))
        .map(({ key, uploadId, initiated }) => ({ key, uploadId, initiated }))
        .sort(
          (left, right) => compareKeys(left.key, right.key) || left.initiated.getTime() - right.initiated.getTime(),
        );
    },
  };
}

const noSuchUpload = (): AppError =>
  new AppError('NoSuchUpload', { zh: '分块上传不存在', en: 'There is no such multipart upload' });

const unfitParts = (partNumber?: number): AppError => {
  const details = partNumber === undefined ? {} : { partNumber };
  return new AppError('InvalidArgument', { zh: '分块不符合要求', en: 'The parts do not fit' }, { details });
};

async function readUpload(folder: string, uploadId: string): Promise<Upload | undefined> {
  const text = await undefinedIfMissing(readFile(join(folder, 'upload.json'), 'utf8'));
  if (text === undefined) return undefined;
  const { key, contentType, metadata, initiated } = parseJsonObject(text) ?? {};
  const date = toDate(initiated);
  if (typeof key === 'string' && typeof contentType === 'string' && isTextRecord(metadata) && date !== undefined) {
    return { key, contentType, metadata, uploadId, initiated: date };
  }
  throw new AppError('ServiceUnavailable', { zh: '一个分块上传已损坏', en: 'A multipart upload is damaged' });
}

function toParts(partNumber: number, object: ObjectMetadata | undefined): readonly StoredPart[] {
  return object === undefined ? [] : [{ partNumber, etag: object.etag, size: object.size }];
}

/** Checks that the named parts are there, in ascending order, with these etags, and not too small. */
function chooseParts(
  parts: readonly Part[],
  stored: readonly StoredPart[],
  minPartSize: number,
): readonly StoredPart[] {
  if (parts.length === 0) throw unfitParts();
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  return parts.map(({ partNumber, etag }, index) => {
    const part = byNumber.get(partNumber);
    const isAscending = partNumber > (parts[index - 1]?.partNumber ?? 0);
    if (!isAscending || part?.etag !== etag) throw unfitParts(partNumber);
    if (part.size < minPartSize && index < parts.length - 1) throw unfitParts(partNumber);
    return part;
  });
}
