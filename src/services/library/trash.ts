import { AppError } from '../../errors.ts';
import { isPrefix } from '../../naming/key.ts';
import type { ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Links } from '../objects/links.ts';
import type { Writes } from '../objects/writes.ts';
import type { TrashBin } from './trash-bin.ts';

/** An image in the trash: where it was, and when it goes for good. */
interface TrashedImage {
  readonly imageId: string;
  readonly bucketName: string;
  readonly objectName: string;
  readonly originalName: string;
  readonly contentType: string;
  readonly size: number;
  readonly ownerId?: string;
  /** Of which image it is what that was before. */
  readonly versionOf?: string;
  readonly removedAt: string;
  readonly purgesAt: string;
}

/** What people do with the trash. Images of others are not there, but for admins. */
export interface Trash {
  /** A page, the newest images first. @throws {AppError} NoSuchBucket, InvalidArgument for a token that is none */
  list(
    caller: Caller,
    question: {
      readonly bucketName?: string | undefined;
      readonly pageSize: number;
      readonly continuationToken?: string | undefined;
    },
  ): Promise<{ readonly images: readonly TrashedImage[]; readonly continuationToken?: string }>;
  /** Takes an image out again. @throws {AppError} NoSuchKey, AccessDenied, NoSuchBucket, ObjectExists when its place is taken */
  restore(
    caller: Caller,
    named: { readonly imageId: string; readonly toObjectName?: string | undefined },
    mountUrl: string,
  ): Promise<{ readonly etag: string; readonly bucketName: string; readonly objectName: string; readonly url: string }>;
  /** Removes images for good; answers for each whether it was there. */
  purge(
    caller: Caller,
    imageIds: readonly string[],
  ): Promise<readonly { readonly imageId: string; readonly purged: boolean }[]>;
  /** Removes the caller's own for good, up to 500 of them; `isEmpty` when none was left. */
  empty(caller: Caller): Promise<{ readonly purged: number; readonly isEmpty: boolean }>;
}

interface TrashOptions {
  /** Absent where the bed keeps none: then it has no trash either. */
  readonly records: ImageRecords | undefined;
  readonly bin: TrashBin | undefined;
  readonly buckets: Pick<Buckets, 'own' | 'require'>;
  readonly access: Access;
  readonly writes: Pick<Writes, 'requireWritable'>;
  readonly links: Links;
  readonly days: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_AT_ONCE = 500;
/** Places that records can be asked for at once. */
const MAX_PLACES = 100;

/** Creates what people do with the trash. */
export function createTrash({ records, bin, buckets, access, writes, links, days }: TrashOptions): Trash {
  if (records === undefined || bin === undefined)
    return { list: refuse, restore: refuse, purge: refuse, empty: refuse };

  const isTheirs = (caller: Caller, { ownerId }: StoredImageRecord): boolean => {
    const { role, userId } = requireMember(caller);
    return role === 'admin' || ownerId === userId;
  };

  const find = async (caller: Caller, imageId: string, action: 'upload' | 'delete') => {
    const known = await records.get(imageId);
    const isThere = known?.trashKey !== undefined && isTheirs(caller, known);
    return isThere && access.reaches(caller, action, known.bucket, known.key) ? known : undefined;
  };

  const placesOf = async (caller: Caller, bucketName: string | undefined) => {
    if (bucketName !== undefined) await buckets.require(caller, bucketName);
    const names = bucketName === undefined ? (await buckets.own()).map(({ name }) => name) : [bucketName];
    return names
      .flatMap((bucket) => access.listPrefixes(caller, bucket, '').map((prefix) => ({ bucket, prefix })))
      .filter(({ prefix }) => isPrefix(prefix))
      .slice(0, MAX_PLACES);
  };

  const show = (record: StoredImageRecord): TrashedImage => {
    const { imageId, bucket, key, originalName, contentType, size, ownerId, versionOf } = record;
    const { removedAt = record.updatedAt } = record;
    return {
      ...{ imageId, bucketName: bucket, objectName: key, originalName, contentType, size },
      ...(ownerId !== undefined && { ownerId }),
      ...(versionOf !== undefined && { versionOf }),
      removedAt: removedAt.toISOString(),
      purgesAt: new Date(removedAt.getTime() + days * DAY_MS).toISOString(),
    };
  };

  const list: Trash['list'] = async (caller, { bucketName, pageSize: limit, continuationToken: token = '' }) => {
    const { role, userId } = requireMember(caller);
    const within = await placesOf(caller, bucketName);
    if (within.length === 0) return { images: [] };
    const page = await records
      .search({
        ...{ within, state: 'removed', order: 'newest', limit },
        ...(role !== 'admin' && { owner: userId }),
        ...(token !== '' && { after: token }),
      })
      .catch(refuseToken(token));
    const { images, after } = page;
    return { images: images.map(show), ...(after !== undefined && { continuationToken: after }) };
  };

  const purge: Trash['purge'] = async (caller, imageIds) => {
    const { userId } = requireMember(caller);
    const outcomes = [];
    for (const imageId of new Set(imageIds)) {
      const known = await find(caller, imageId, 'delete');
      outcomes.push({ imageId, purged: known !== undefined && (await bin.purge(userId, imageId)) });
    }
    return outcomes;
  };

  return {
    list,
    restore: async (caller, { imageId, toObjectName }, mountUrl) => {
      const known = await find(caller, imageId, 'upload');
      if (known === undefined) throw notInTrash(imageId);
      const objectName = toObjectName === undefined ? known.key : access.place(caller, toObjectName);
      const target = { bucketName: known.bucket, objectName };
      await writes.requireWritable(caller, target, 'rename');
      const { etag } = await bin.restore(requireMember(caller).userId, imageId, target);
      return { etag, ...target, url: links(mountUrl, target.bucketName, objectName) };
    },
    purge,
    empty: async (caller) => {
      const { userId } = requireMember(caller);
      const within = (await placesOf(caller, undefined)).filter(({ bucket, prefix }) =>
        access.reaches(caller, 'delete', bucket, prefix),
      );
      if (within.length === 0) return { purged: 0, isEmpty: true };
      const wanted = { within, owner: userId, state: 'removed', order: 'oldest', limit: MOST_AT_ONCE } as const;
      const { images, after } = await records.search(wanted);
      const outcomes = await purge(
        caller,
        images.map(({ imageId }) => imageId),
      );
      return { purged: outcomes.filter(({ purged }) => purged).length, isEmpty: after === undefined };
    },
  };
}

const refuseToken =
  (token: string) =>
  (error: unknown): never => {
    if (token === '' || !(error instanceof AppError) || error.code !== 'InvalidArgument') throw error;
    throw new AppError(
      'InvalidArgument',
      {
        zh: 'continuationToken 无效：请用上一页返回的值，或去掉它重新开始',
        en: 'The continuationToken is not valid: use the value that the page before returned, or begin anew without it',
      },
      { details: { fields: ['continuationToken'] }, cause: error },
    );
  };

const refuse = async (): Promise<never> => {
  throw new AppError('NotImplemented', {
    zh: '图床没有回收站；请设置 IMAGEPIC_TRASH_DAYS，并用 IMAGEPIC_RECORDS 保存图片记录',
    en: 'The bed has no trash; set IMAGEPIC_TRASH_DAYS, and let it keep records of images by IMAGEPIC_RECORDS',
  });
};

const notInTrash = (imageId: string): AppError =>
  new AppError('NoSuchKey', {
    zh: `回收站里没有 imageId 为 ${imageId} 的图片；请用 image/listTrash 查看`,
    en: `There is no image of the imageId ${imageId} in the trash; image/listTrash shows what there is`,
  });
