import { closeBody } from '../../concurrency/close-body.ts';
import { readWhole } from '../../concurrency/read-whole.ts';
import { AppError } from '../../errors.ts';
import { SVG_CONTENT_TYPE } from '../../naming/media-type.ts';
import { mayShowHash, showsHash } from '../../naming/name-template.ts';
import type { Scope } from '../../naming/scope.ts';
import type {
  ByteRange,
  ObjectMetadata,
  ObjectStore,
  OpenObject,
  PresignedRequest,
  PresignOptions,
} from '../../ports/object-store.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { type RecallHolder, toHolder } from '../identity/callers.ts';
import type { Download, Freshness, Unchanged } from './download.ts';
import type { EntryPage, Listing } from './entry-pages.ts';
import type { ListedFacts } from './listed-facts.ts';
import { createWholeWalks } from './whole-walks.ts';

/** Largest image that is given as base64, in bytes: what fits into a function's 6 MB answer. */
const MAX_BASE64_BYTES = 4 * 1024 * 1024;

/** Where an object is. */
export interface Place {
  readonly bucketName: string;
  readonly objectName: string;
}

/** How much of an object is wanted. */
export interface Wanted extends Place {
  readonly range?: ByteRange | undefined;
  readonly withBody: boolean;
  /** The etag that the client has already, bare. */
  readonly unlessEtag?: string | undefined;
}

/** How images are seen. What is beyond a caller's reach answers like what is not there. */
export interface ObjectReader {
  /** Where the image is that the caller calls so; what has an address, as a link has, is there for everybody. */
  locate(caller: Caller, place: Place): Place;
  /** Of a place as `locate` answers it. @throws {AppError} NoSuchKey when it is beyond the caller's reach */
  requireReach(caller: Caller, action: Scope, place: Place): Promise<void>;
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
  download(caller: Caller, wanted: Wanted): Promise<Download | Unchanged>;
  /** Opens an image by its link: of a public bucket for everybody, of another one for members. @throws {AppError} NoSuchKey */
  openLink(caller: Caller, wanted: Wanted): Promise<Download | Unchanged>;
  /** Looks at what a link shows, by the same rules. @throws {AppError} NoSuchKey */
  statLink(caller: Caller, place: Place): Promise<{ readonly object: ObjectMetadata; readonly isPublic: boolean }>;
  /** Lets anybody read one image for a while; by our own mount for as long as the caller might. @throws {AppError} NoSuchKey */
  presignGet(caller: Caller, place: Place, options: PresignOptions): Promise<PresignedRequest>;
  /** Opens an image by a presigned address of our own mount. @throws {AppError} AccessDenied */
  openSigned(caller: Caller, wanted: Wanted & { readonly query: URLSearchParams }): Promise<Download | Unchanged>;
}

/** How long an address past this service holds. */
const ELSEWHERE_SECONDS = 10 * 60;

interface ObjectReaderOptions {
  readonly store: ObjectStore;
  readonly buckets: Buckets;
  readonly access: Access;
  readonly recallHolder: RecallHolder;
  readonly listedFacts: ListedFacts;
  /** Refuses a place whose image has gone by itself; absent where none does. */
  readonly refuseExpired?: ((place: Place) => Promise<void>) | undefined;
}

/** Creates the reader. */
export function createObjectReader(options: ObjectReaderOptions): ObjectReader {
  const { store, buckets, access, recallHolder, listedFacts } = options;
  const walk = createWholeWalks();
  const missing = async (caller: Caller, { bucketName, objectName }: Place): Promise<never> => {
    await buckets.require(caller, bucketName);
    throw noSuchKey(objectName);
  };

  const gone = async (caller: Caller, place: Place): Promise<never> => {
    await options.refuseExpired?.(place);
    return missing(caller, place);
  };

  const locate: ObjectReader['locate'] = (caller, { bucketName, objectName }) => ({
    bucketName,
    objectName: access.place(caller, objectName),
  });

  const requireReach: ObjectReader['requireReach'] = async (caller, action, place) => {
    if (!access.reaches(caller, action, place.bucketName, place.objectName)) await missing(caller, place);
  };

  const statAt = async (caller: Caller, place: Place): Promise<ObjectMetadata> => {
    await requireReach(caller, 'read', place);
    return (await store.head(place.bucketName, place.objectName)) ?? missing(caller, place);
  };

  const stat: ObjectReader['stat'] = (caller, bucketName, objectName) =>
    statAt(caller, locate(caller, { bucketName, objectName }));

  const list: ObjectReader['list'] = async (caller, listing) => {
    await buckets.requireVisible(caller, listing.bucketName);
    const prefixes = access.listPrefixes(caller, listing.bucketName, listing.prefix);
    const { createEntryPages } = await import('./entry-pages.ts');
    const pages = createEntryPages(store, prefixes, listing);
    const { continuationToken: token, pageNum = 1 } = listing;
    const page = await (token === undefined
      ? walk(caller, () => (pageNum === -1 ? pages.all() : pages.byNumber(pageNum)))
      : pages.byToken(token));
    return listing.facts === true ? withFacts(caller, listing.bucketName, page) : page;
  };

  /** Adds what the caller could read of each image itself. */
  const withFacts = async (caller: Caller, bucketName: string, page: EntryPage): Promise<EntryPage> => {
    const readable = page.lists.flatMap((entry) =>
      'name' in entry && access.reaches(caller, 'read', bucketName, entry.name) ? [entry] : [],
    );
    const found = await listedFacts.find(bucketName, readable);
    const facts = new Map(readable.map((entry, index) => [entry, found[index]]));
    return { ...page, lists: page.lists.map((entry) => ('name' in entry ? { ...entry, ...facts.get(entry) } : entry)) };
  };

  const read: ObjectReader['read'] = async (caller, bucketName, objectName) => {
    const place = locate(caller, { bucketName, objectName });
    await requireReach(caller, 'read', place);
    const opened = (await store.get(bucketName, place.objectName)) ?? (await missing(caller, place));
    if (opened.object.size > MAX_BASE64_BYTES) {
      await closeBody(opened.body);
      throw tooLargeForBase64(opened.object.size);
    }
    return { object: opened.object, bytes: await readWhole(opened.body) };
  };

  // A store says no policy of ours, so that it must not show an SVG as a page.
  const presignElsewhere = async ({ bucketName, objectName }: Place, contentType: string): Promise<string> => {
    const asAttachment = contentType === SVG_CONTENT_TYPE;
    const options = { expiresInSeconds: ELSEWHERE_SECONDS, mountUrl: '', asAttachment };
    return (await store.presignGet(bucketName, objectName, options)).url;
  };

  const look = async (bucketName: string, objectName: string) => {
    const object = await store.head(bucketName, objectName);
    return object && { object, range: undefined, body: undefined };
  };

  /** Opens what the client does not have already, which a store does not describe: whether its name shows its hash is asked first. */
  const openUnlessKnown = async (
    { bucketName, objectName }: Place,
    part: { readonly range?: ByteRange },
    etag: string,
  ): Promise<OpenObject | Unchanged | undefined> => {
    const unchanged = { unchanged: etag, isPublic: false, freshness: 'shortly' as const };
    if (!mayShowHash(objectName)) {
      const opened = await store.getUnless(bucketName, objectName, { ...part, etag });
      return opened === 'unchanged' ? unchanged : opened;
    }
    const known = await store.head(bucketName, objectName);
    if (known?.etag === etag) return { ...unchanged, freshness: freshnessOf(known) };
    return known && store.get(bucketName, objectName, part);
  };

  const open = async (caller: Caller, wanted: Wanted): Promise<Download | Unchanged> => {
    const { bucketName, objectName, range, withBody, unlessEtag: etag } = wanted;
    const part = range === undefined ? {} : { range };
    const read = () =>
      etag === undefined ? store.get(bucketName, objectName, part) : openUnlessKnown(wanted, part, etag);
    const opened = await (withBody ? read() : look(bucketName, objectName));
    if (opened !== undefined && 'unchanged' in opened) return opened;
    const { object, range: served, body } = opened ?? (await gone(caller, { bucketName, objectName }));
    const { size, contentType, etag: current, lastModified } = object;
    const caching = { isPublic: false, freshness: freshnessOf(object) };
    const elsewhere =
      store.signedRequests === undefined ? () => presignElsewhere({ bucketName, objectName }, contentType) : undefined;
    return { size, contentType, etag: current, lastModified, range: served, body, elsewhere, ...caching };
  };

  const openReached = async (caller: Caller, wanted: Wanted): Promise<Download | Unchanged> => {
    await requireReach(caller, 'read', wanted);
    return open(caller, wanted);
  };

  const download: ObjectReader['download'] = (caller, wanted) =>
    openReached(caller, { ...wanted, ...locate(caller, wanted) });

  const openLink: ObjectReader['openLink'] = async (caller, wanted) => {
    if (await buckets.isPublic(wanted.bucketName)) {
      return { ...(await open(caller, wanted)), isPublic: true };
    }
    if (caller.kind === 'anonymous') throw noSuchKey(wanted.objectName);
    return openReached(caller, wanted);
  };

  const statLink: ObjectReader['statLink'] = async (caller, place) => {
    const { bucketName, objectName } = place;
    if (await buckets.isPublic(bucketName)) {
      return { object: (await store.head(bucketName, objectName)) ?? (await gone(caller, place)), isPublic: true };
    }
    if (caller.kind === 'anonymous') throw noSuchKey(objectName);
    return { object: await statAt(caller, place), isPublic: false };
  };

  const presignGet: ObjectReader['presignGet'] = async (caller, place, options) => {
    const { bucketName, objectName } = locate(caller, place);
    const { contentType } = await statAt(caller, { bucketName, objectName });
    const asAttachment = contentType === SVG_CONTENT_TYPE;
    const holder = toHolder(requireMember(caller));
    return store.presignGet(bucketName, objectName, { ...options, asAttachment, holder });
  };

  const openSigned: ObjectReader['openSigned'] = async (caller, { query, ...wanted }) => {
    const { bucketName, objectName } = wanted;
    const { holder = '' } = store.signedRequests?.verify('GET', bucketName, objectName, query) ?? {};
    const member = await recallHolder(holder);
    if (member === undefined || !access.reaches(member, 'read', bucketName, objectName)) {
      throw new AppError('AccessDenied', {
        zh: '下载地址无效或已过期；请重新调用 object/presignedGetObject',
        en: 'The address is not valid or has expired; call object/presignedGetObject again',
      });
    }
    return open(caller, wanted);
  };

  return { locate, requireReach, list, stat, read, download, openLink, statLink, presignGet, openSigned };
}

/** How long an image is the same at its place. */
export const freshnessOf = ({ key, metadata }: ObjectMetadata): Freshness =>
  showsHash(key, metadata['sha256']) ? 'forever' : 'shortly';

const tooLargeForBase64 = (size: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `图片 ${size} 字节，超过 base64 返回上限 ${MAX_BASE64_BYTES} 字节；请用 object/presignedGetObject 取得下载地址`,
      en: `The image has ${size} bytes, more than the ${MAX_BASE64_BYTES} that are returned as base64; get an address from object/presignedGetObject`,
    },
    { details: { size, maxBytes: MAX_BASE64_BYTES } },
  );

/** The refusal of a name that nothing is stored under. */
export const noSuchKey = (objectName: string, cause?: unknown): AppError =>
  new AppError(
    'NoSuchKey',
    {
      zh: `没有名为 ${objectName} 的对象；请用 object/listObjects 查看`,
      en: `There is no object named ${objectName}; object/listObjects shows what there is`,
    },
    cause === undefined ? {} : { cause },
  );
