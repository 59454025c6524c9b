import { buffer } from 'node:stream/consumers';
import { closeBody, Download } from '../contract/download.ts';
import { RESERVED_PREFIX } from '../contract/fields.ts';
import { MAX_BASE64_BYTES } from '../contract/object.ts';
import type { ReceivedImage } from '../contract/received-image.ts';
import { AppError } from '../errors.ts';
import type {
  ByteRange,
  ObjectMetadata,
  ObjectPage,
  ObjectStore,
  PresignedRequest,
  PresignOptions,
} from '../ports/object-store.ts';
import { type Access, type Action, type Caller, OWNER, requireMember, requireOwner } from './access.ts';
import type { Buckets } from './buckets.ts';
import type { Usage } from './usage.ts';

/** Most entries that a listing by page number walks; beyond it, page by token. */
const MAX_COUNTED = 100_000;
/** Most entries in one answer of `pageNum: -1`: what fits into a function's 6 MB answer. */
const MAX_AT_ONCE = 10_000;
const PAGE = 1000;

/** A line of a listing. */
export type Entry =
  | { readonly name: string; readonly size: number; readonly etag: string; readonly lastModified: string }
  | { readonly prefix: string };

/** What to list, and which part of it. */
export interface Listing {
  readonly bucketName: string;
  readonly prefix: string;
  readonly pageSize: number;
  readonly pageNum?: number | undefined;
  readonly continuationToken?: string | undefined;
  readonly recursive: boolean;
}

/** A page of a listing: `total` when paged by number, a token when there is more and it was paged by token. */
export interface EntryPage {
  readonly total?: number;
  readonly continuationToken?: string;
  readonly lists: Entry[];
}

/** Where an object is. */
export interface Place {
  readonly bucketName: string;
  readonly objectName: string;
}

/** How much of an object is wanted. */
export interface Wanted extends Place {
  readonly range?: ByteRange | undefined;
  readonly withBody: boolean;
}

/** The images of the bed. */
export interface Objects {
  /** Stores an image under its owner's name. @throws {AppError} AccessDenied over somebody else's image */
  store(
    caller: Caller,
    bucketName: string,
    objectName: string,
    image: ReceivedImage,
  ): Promise<{ readonly etag: string }>;
  /** Refuses a name that the caller may not write to; answers with what stands there now. @throws {AppError} NoSuchBucket, AccessDenied */
  requireWritable(caller: Caller, bucketName: string, objectName: string): Promise<ObjectMetadata | undefined>;
  list(caller: Caller, listing: Listing): Promise<EntryPage>;
  /** @throws {AppError} NoSuchKey */
  stat(caller: Caller, bucketName: string, objectName: string): Promise<ObjectMetadata>;
  /** Reads an image whole, up to 4 MiB. @throws {AppError} NoSuchKey, EntityTooLarge */
  read(
    caller: Caller,
    bucketName: string,
    objectName: string,
  ): Promise<{ readonly object: ObjectMetadata; readonly bytes: Buffer }>;
  /** Opens an image for an HTTP client. @throws {AppError} NoSuchKey, InvalidRange */
  download(caller: Caller, wanted: Wanted): Promise<Download>;
  /** Opens an image by its link: of a public bucket for everybody, of another one for members. @throws {AppError} NoSuchKey */
  openLink(caller: Caller, wanted: Wanted): Promise<Download>;
  /** Lets anybody read one image for a while. @throws {AppError} NoSuchKey */
  presignGet(caller: Caller, place: Place, options: PresignOptions): Promise<PresignedRequest>;
  /** Opens an image by a presigned address of our own mount. @throws {AppError} AccessDenied */
  openSigned(caller: Caller, wanted: Wanted & { readonly query: URLSearchParams }): Promise<Download>;
  /** Removes an image; removing what is absent succeeds. @throws {AppError} AccessDenied for somebody else's */
  remove(caller: Caller, bucketName: string, objectName: string): Promise<void>;
}

interface ObjectsOptions {
  readonly store: ObjectStore;
  readonly buckets: Buckets;
  readonly access: Access;
  readonly usage: Usage;
}

/** Creates the object service. What is beyond a caller's reach answers like what is not there. */
export function createObjects({ store, buckets, access, usage }: ObjectsOptions): Objects {
  const missing = async (caller: Caller, { bucketName, objectName }: Place): Promise<never> => {
    await buckets.require(caller, bucketName);
    throw noSuchKey(objectName);
  };

  const requireReach = async (caller: Caller, action: Action, place: Place): Promise<void> => {
    if (!access.reaches(caller, action, place.bucketName, place.objectName)) await missing(caller, place);
  };

  const stat: Objects['stat'] = async (caller, bucketName, objectName) => {
    await requireReach(caller, 'read', { bucketName, objectName });
    return (await store.head(bucketName, objectName)) ?? missing(caller, { bucketName, objectName });
  };

  const requireWritable: Objects['requireWritable'] = async (caller, bucketName, objectName) => {
    await buckets.require(caller, bucketName);
    if (!access.reaches(caller, 'upload', bucketName, objectName)) throw notGranted(bucketName, objectName);
    const existing = await store.head(bucketName, objectName);
    if (existing !== undefined) requireOwner(caller, existing.metadata);
    return existing;
  };

  const put: Objects['store'] = async (caller, bucketName, objectName, image) => {
    const { userId, quota } = requireMember(caller);
    const replaced = await requireWritable(caller, bucketName, objectName);
    const giveBack = await usage.reserve(userId, quota, image.size);
    try {
      const stored = await store.put(bucketName, objectName, image.body, {
        contentType: image.contentType,
        metadata: { [OWNER]: userId, width: String(image.width), height: String(image.height) },
      });
      if (stored === undefined) throw new TypeError('an unconditional put was refused');
      await releaseOwner(replaced);
      return stored;
    } catch (error) {
      await giveBack();
      throw error;
    }
  };

  const releaseOwner = async (gone: ObjectMetadata | undefined): Promise<void> => {
    const owner = gone?.metadata[OWNER];
    if (gone !== undefined && owner !== undefined) await usage.release(owner, gone.size);
  };

  const list: Objects['list'] = async (caller, listing) => {
    await buckets.require(caller, listing.bucketName);
    const prefix = access.listPrefix(caller, listing.bucketName, listing.prefix);
    const pages = createEntryPages(prefix === undefined ? undefined : store, { ...listing, prefix: prefix ?? '' });
    if (listing.continuationToken !== undefined) return pages.byToken(listing.continuationToken);
    return listing.pageNum === -1 ? pages.all() : pages.byNumber(listing.pageNum ?? 1);
  };

  const read: Objects['read'] = async (caller, bucketName, objectName) => {
    const place = { bucketName, objectName };
    await requireReach(caller, 'read', place);
    const opened = (await store.get(bucketName, objectName)) ?? (await missing(caller, place));
    if (opened.object.size > MAX_BASE64_BYTES) {
      await closeBody(opened.body);
      throw tooLargeForBase64(opened.object.size);
    }
    return { object: opened.object, bytes: await buffer(opened.body) };
  };

  const open = async (caller: Caller, { bucketName, objectName, range, withBody }: Wanted): Promise<Download> => {
    const opened = withBody
      ? await store.get(bucketName, objectName, range === undefined ? {} : { range })
      : await store
          .head(bucketName, objectName)
          .then((object) => object && { object, range: undefined, body: undefined });
    const { object, range: served, body } = opened ?? (await missing(caller, { bucketName, objectName }));
    const { size, contentType, etag, lastModified } = object;
    return new Download({ size, contentType, etag, lastModified, range: served, body, isPublic: false });
  };

  const download: Objects['download'] = async (caller, wanted) => {
    await requireReach(caller, 'read', wanted);
    return open(caller, wanted);
  };

  const openLink: Objects['openLink'] = async (caller, wanted) => {
    if (await buckets.isPublic(wanted.bucketName)) {
      return new Download({ ...(await open(caller, wanted)), isPublic: true });
    }
    if (caller.kind === 'anonymous') throw noSuchKey(wanted.objectName);
    return download(caller, wanted);
  };

  const presignGet: Objects['presignGet'] = async (caller, { bucketName, objectName }, options) => {
    await stat(caller, bucketName, objectName);
    return store.presignGet(bucketName, objectName, options);
  };

  const openSigned: Objects['openSigned'] = async (caller, { query, ...wanted }) => {
    if (store.signedRequests?.verify('GET', wanted.bucketName, wanted.objectName, query) === undefined) {
      throw new AppError('AccessDenied', {
        zh: '下载地址无效或已过期；请重新调用 object/presignedGetObject',
        en: 'The address is not valid or has expired; call object/presignedGetObject again',
      });
    }
    return open(caller, wanted);
  };

  const remove: Objects['remove'] = async (caller, bucketName, objectName) => {
    await buckets.require(caller, bucketName);
    if (!access.reaches(caller, 'delete', bucketName, objectName)) return;
    const existing = await store.head(bucketName, objectName);
    if (existing === undefined) return;
    requireOwner(caller, existing.metadata);
    await store.remove(bucketName, objectName);
    await releaseOwner(existing);
  };

  return { store: put, requireWritable, list, stat, read, download, openLink, presignGet, openSigned, remove };
}

const NOTHING: ObjectPage = { objects: [], prefixes: [] };

function createEntryPages(store: ObjectStore | undefined, { bucketName, prefix, pageSize, recursive }: Listing) {
  const walk = async (limit: number, continuationToken: string | undefined): Promise<ObjectPage> =>
    store === undefined
      ? NOTHING
      : store.list(bucketName, {
          prefix,
          limit,
          ...(!recursive && { delimiter: '/' as const }),
          ...(continuationToken && { continuationToken }),
        });

  const collect = async (most: number): Promise<Entry[]> => {
    const entries: Entry[] = [];
    let token: string | undefined;
    do {
      const page = await walk(PAGE, token);
      entries.push(...toEntries(page));
      if (entries.length > most) throw tooManyEntries(most);
      token = page.continuationToken;
    } while (token !== undefined);
    return entries;
  };

  const byToken = async (token: string): Promise<EntryPage> => {
    const page = await walk(pageSize, token);
    const next = page.continuationToken;
    return { ...(next !== undefined && { continuationToken: next }), lists: toEntries(page) };
  };

  const byNumber = async (number: number): Promise<EntryPage> => {
    const entries = await collect(MAX_COUNTED);
    return { total: entries.length, lists: entries.slice((number - 1) * pageSize, number * pageSize) };
  };

  const all = async (): Promise<EntryPage> => {
    const lists = await collect(MAX_AT_ONCE);
    return { total: lists.length, lists };
  };

  return { byToken, byNumber, all };
}

/** Folders and images in one order, the service's own keys left out. */
function toEntries(page: ObjectPage): Entry[] {
  const prefixes = page.prefixes.filter((prefix) => prefix !== RESERVED_PREFIX).map((prefix) => ({ prefix }));
  const objects = page.objects
    .filter(({ key }) => !key.startsWith(RESERVED_PREFIX))
    .map(({ key, size, etag, lastModified }) => ({ name: key, size, etag, lastModified: lastModified.toISOString() }));
  return [...prefixes, ...objects];
}

const tooLargeForBase64 = (size: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `图片 ${size} 字节，超过 base64 返回上限 ${MAX_BASE64_BYTES} 字节；请用 object/presignedGetObject 取得下载地址`,
      en: `The image has ${size} bytes, more than the ${MAX_BASE64_BYTES} that are returned as base64; get an address from object/presignedGetObject`,
    },
    { details: { size, maxBytes: MAX_BASE64_BYTES } },
  );

const notGranted = (bucketName: string, objectName: string): AppError =>
  new AppError('AccessDenied', {
    zh: `没有向 ${bucketName} 上传 ${objectName} 的权限；请换目录、换 token，或请管理员授权`,
    en: `You may not upload ${objectName} to ${bucketName}; use another folder or token, or ask an admin for a grant`,
  });

const noSuchKey = (objectName: string): AppError =>
  new AppError('NoSuchKey', {
    zh: `没有名为 ${objectName} 的对象；请用 object/listObjects 查看`,
    en: `There is no object named ${objectName}; object/listObjects shows what there is`,
  });

const tooManyEntries = (most: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `对象超过 ${most} 个；请缩小 prefix，或从 continuationToken: "" 开始逐页读取`,
      en: `There are more than ${most} objects; narrow the prefix, or page by token, beginning with continuationToken: ""`,
    },
    { details: { limit: most } },
  );
