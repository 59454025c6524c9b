import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { field } from '../../contract/fields.ts';
import type { Outcome, UploadedImage } from '../../contract/upload.ts';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { type Access, type Caller, type Member, OWNER, requireMember } from '../access/access.ts';
import { parseDocument } from '../documents.ts';
import type { Albums } from '../library/albums.ts';
import type { Links } from '../objects/links.ts';
import { inFolder, nameByTemplate, requireKeyLength, toDisplayName } from '../objects/object-name.ts';
import type { Place } from '../objects/object-reader.ts';
import type { Objects } from '../objects/objects.ts';
import type { DeleteCapabilities } from './delete-capability.ts';
import { ReceivedImage } from './received-image.ts';
import { decodeBase64, type Receiver, requireSize } from './receiver.ts';
import { RefusedImage } from './refused-image.ts';

/** Where an owner's bytes already are. */
const DUPLICATES = 'duplicates';
/** So long after an upload the same bytes are the client's second try, which gets the whole answer again. */
const RETRY_MS = 15 * 60 * 1000;
const duplicateDocument = v.object({ objectName: v.string() });

/** A file as an upload client sent it. */
export type SentImage =
  | ReceivedImage
  | RefusedImage
  | { readonly base64: string; readonly originalName?: string | undefined };

/** Some files, and where their sender wants them. */
interface UploadRequest {
  readonly images: readonly SentImage[];
  readonly bucketName?: string | undefined;
  readonly folder?: string | undefined;
  /** A folder by its name, which gets a number. */
  readonly album?: string | undefined;
  readonly albumId?: number | undefined;
  readonly strategyId?: number | undefined;
  readonly nameTemplate?: string | undefined;
}

/** What became of each file, in the order in which they came. */
interface UploadAnswer {
  readonly bucketName: string;
  readonly objectName: readonly string[];
  readonly outcomes: readonly Outcome[];
}

/** The one way in for upload clients, whatever dialect they speak. */
export interface UploadDoor {
  /**
   * Stores every file that can be stored. Nothing is ever overwritten, and bytes that their owner has there already are
   * not stored again: the answer is the link that they have.
   *
   * @throws {AppError} the first refusal, when no file at all could be stored
   */
  store(caller: Caller, request: UploadRequest, mountUrl: string): Promise<UploadAnswer>;
}

interface UploadDoorOptions {
  readonly documents: DocumentStore;
  readonly objectStore: ObjectStore;
  readonly objects: Objects;
  readonly albums: Albums;
  readonly access: Access;
  readonly links: Links;
  readonly deleteCapabilities: DeleteCapabilities;
  readonly receive: Receiver;
  readonly maxBytes: number;
  readonly defaultBucket: string;
  readonly nameTemplate: string;
  readonly now: () => Date;
}

interface Target {
  readonly bucketName: string;
  readonly folder: string;
  readonly nameTemplate: string;
  readonly mountUrl: string;
}

type Kept = Place & { readonly etag: string; readonly isDuplicate: boolean; readonly lastModified: Date };

/** Creates the upload door. */
export function createUploadDoor(options: UploadDoorOptions): UploadDoor {
  const { documents, objectStore, objects, albums, access, links, deleteCapabilities, receive, now } = options;

  const toTarget = async (caller: Caller, request: UploadRequest, mountUrl: string): Promise<Target> => {
    const { narrowing } = requireMember(caller);
    const album = request.albumId === undefined ? undefined : await albums.require(caller, request.albumId);
    const strategy = request.strategyId === undefined ? undefined : await albums.require(caller, request.strategyId);
    const root = album?.folder ?? request.album ?? (request.folder ? '' : (narrowing?.prefix ?? ''));
    return {
      bucketName:
        album?.bucketName ??
        request.bucketName ??
        strategy?.bucketName ??
        narrowing?.bucketName ??
        options.defaultBucket,
      folder: [root.replace(/\/+$/, ''), request.folder ?? ''].filter((part) => part !== '').join('/'),
      nameTemplate: request.nameTemplate ?? options.nameTemplate,
      mountUrl,
    };
  };

  /** The caller's own image at a place, if it has these very bytes. */
  const findTwin = async (caller: Caller, place: Place, sha256: string): Promise<Kept | undefined> => {
    if (!access.reaches(caller, 'upload', place.bucketName, place.objectName)) return undefined;
    const found = await objectStore.head(place.bucketName, place.objectName);
    const isOwn = found?.metadata[OWNER] === requireMember(caller).userId;
    if (found === undefined || !isOwn || found.metadata['sha256'] !== sha256) return undefined;
    return { ...place, etag: found.etag, isDuplicate: true, lastModified: found.lastModified };
  };

  const recall = async (caller: Caller, id: string, bucketName: string, sha256: string): Promise<Kept | undefined> => {
    const stored = await documents.read(DUPLICATES, id);
    if (stored === undefined) return undefined;
    const { objectName } = parseDocument(duplicateDocument, stored.doc);
    return findTwin(caller, { bucketName, objectName }, sha256);
  };

  const remember = async (id: string, objectName: string): Promise<void> => {
    if (await documents.create(DUPLICATES, id, { objectName })) return;
    const stored = await documents.read(DUPLICATES, id);
    if (stored) await documents.replace(DUPLICATES, id, { objectName }, stored.revision);
  };

  const keep = async (caller: Caller, wanted: Place, image: ReceivedImage): Promise<Kept> => {
    const { bucketName } = wanted;
    const lastModified = now();
    try {
      const stored = await objects.store(caller, wanted, image, { onConflict: 'error' });
      return { bucketName, ...stored, isDuplicate: false, lastModified };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'ObjectExists') throw error;
      const twin = await findTwin(caller, wanted, image.sha256);
      if (twin !== undefined) return twin;
      const stored = await objects.store(caller, wanted, image, { onConflict: 'rename' });
      return { bucketName, ...stored, isDuplicate: false, lastModified };
    }
  };

  const storeReceived = async (caller: Caller, image: ReceivedImage, target: Target): Promise<UploadedImage> => {
    const member = requireMember(caller);
    requireSize(image.size, member.narrowing?.maxBytes);
    const { bucketName, folder, nameTemplate, mountUrl } = target;
    const name = nameByTemplate(nameTemplate, { image, now: now(), userId: member.userId });
    const wanted = requireKey(access.place(caller, inFolder(folder, withExtension(name, image.extension))));
    const id = toDuplicateId(member.userId, target, image);
    const known = await recall(caller, id, bucketName, image.sha256);
    const kept = known ?? (await keep(caller, { bucketName, objectName: wanted }, image));
    if (known === undefined) await remember(id, kept.objectName);
    const { size, contentType, extension, width, height, sha256 } = image;
    const { objectName, etag, isDuplicate } = kept;
    const deletable = { bucketName, objectName, etag };
    return {
      ...deletable,
      ...{ size, contentType, extension, width, height, sha256, isDuplicate },
      name: toDisplayName(image.originalName ?? '') ?? objectName.slice(objectName.lastIndexOf('/') + 1),
      url: links(mountUrl, bucketName, objectName),
      ...(mayRemove(member, kept, now()) && { deleteToken: deleteCapabilities.issue(deletable) }),
    };
  };

  const storeOne = async (caller: Caller, sent: SentImage, target: Target): Promise<UploadedImage> => {
    if (sent instanceof RefusedImage) throw sent.error;
    if (sent instanceof ReceivedImage) return storeReceived(caller, sent, target);
    const image = await receive(decodeBase64(sent.base64, options.maxBytes), { originalName: sent.originalName });
    try {
      return await storeReceived(caller, image, target);
    } finally {
      await image.discard();
    }
  };

  /** One file that is refused does not keep the others out. */
  const storeAll = async (
    caller: Caller,
    images: readonly SentImage[],
    target: Target,
  ): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    const refusals: AppError[] = [];
    for (const sent of images) {
      try {
        outcomes.push(await storeOne(caller, sent, target));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refusals.push(error);
        outcomes.push(toRefusal(sent, error));
      }
    }
    const [first] = refusals;
    if (first !== undefined && refusals.length === outcomes.length) throw withAll(first, outcomes);
    return outcomes;
  };

  const store: UploadDoor['store'] = async (caller, request, mountUrl) => {
    const target = await toTarget(caller, request, mountUrl);
    const outcomes = await storeAll(caller, request.images, target);
    if (request.album !== undefined) {
      await albums.numberOf({ bucketName: target.bucketName, folder: access.place(caller, request.album) });
    }
    const objectName = outcomes.flatMap((outcome) => ('objectName' in outcome ? [outcome.objectName] : []));
    return { bucketName: target.bucketName, objectName, outcomes };
  };

  return { store };
}

/**
 * Whoever may only upload could else turn any image whose bytes it can see into one that it may remove, by uploading it
 * again.
 */
const mayRemove = ({ narrowing }: Member, { isDuplicate, lastModified }: Kept, now: Date): boolean =>
  !isDuplicate ||
  narrowing === undefined ||
  narrowing.scopes.includes('delete') ||
  now.getTime() - lastModified.getTime() <= RETRY_MS;

/** The same for the same bytes of the same owner in the same folder under the same kind of name. */
function toDuplicateId(userId: string, { bucketName, folder, nameTemplate }: Target, image: ReceivedImage): string {
  const name = nameTemplate.includes('{name}') ? image.originalName : '';
  const content = JSON.stringify([userId, bucketName, folder, nameTemplate, name, image.sha256]);
  return createHash('sha256').update(content).digest('hex');
}

const withExtension = (name: string, extension: string): string =>
  name.endsWith(`.${extension}`) ? name : `${name}.${extension}`;

function requireKey(key: string): string {
  requireKeyLength(key);
  const parsed = v.safeParse(field.objectName, key);
  if (parsed.success) return parsed.output;
  throw new AppError(
    'InvalidArgument',
    { zh: '相册或命名模板得不出合法的对象名', en: 'Album and name template make no valid object name' },
    { details: { fields: ['album', 'nameTemplate'] } },
  );
}

const toRefusal = ({ originalName }: SentImage, { code, text }: AppError): Outcome => {
  const name = toDisplayName(originalName ?? '');
  return { error: code, err: { ...text }, ...(name !== undefined && { name }) };
};

/** Of several files that were all refused, each has its reason in the details. */
const withAll = (first: AppError, outcomes: readonly Outcome[]): AppError =>
  outcomes.length === 1
    ? first
    : new AppError(first.code, first.text, { details: { ...first.details, outcomes }, cause: first });
