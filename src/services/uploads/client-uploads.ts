import { AppError, type ErrorCode, type Text } from '../../errors.ts';
import { fileNameOf } from '../../naming/key.ts';
import { type Access, type Caller, type Member, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { toHolder } from '../identity/callers.ts';
import type { Albums } from '../library/albums.ts';
import type { Embeds } from '../objects/embeds.ts';
import type { MeasuredImage } from '../objects/image-facts.ts';
import type { Links } from '../objects/links.ts';
import { inFolder, nameByTemplate, toDisplayName } from '../objects/object-name.ts';
import type { Place } from '../objects/object-reader.ts';
import type { DeleteCapabilities } from './delete-capability.ts';
import type { DuplicateKey } from './duplicates.ts';
import { type ReceivedImage, type Removal, toRemoval } from './received-image.ts';
import { decodeBase64, type Receiver, withReceived } from './receiver.ts';
import type { PlacedImage, StoreImage } from './store-image.ts';

/** So long after an upload the same bytes are the client's second try, which gets the whole answer again. */
const RETRY_MS = 15 * 60 * 1000;

/** A file that came beside others and was not taken in. */
export interface RefusedImage {
  /** The name that the client gave, as display text only. */
  readonly originalName: string | undefined;
  readonly error: AppError;
}

/** A file as an upload client sent it. */
export type SentImage =
  | ReceivedImage
  | RefusedImage
  | { readonly base64: string; readonly originalName?: string | undefined };

/** A stored image, as upload clients are told of it. */
export interface UploadedImage extends Place, Removal, MeasuredImage {
  readonly etag: string;
  readonly size: number;
  readonly contentType: string;
  readonly extension: string;
  /** Hex. */
  readonly sha256: string;
  /** What its file was called. */
  readonly name: string;
  readonly url: string;
  /** Of a small picture of it; its own where none is made. */
  readonly thumbUrl: string;
  /** Leave to remove it, where its sender has that. */
  readonly deleteToken?: string;
  readonly isDuplicate: boolean;
}

/** What became of one file of a request. */
export type UploadOutcome = UploadedImage | { readonly error: ErrorCode; readonly err: Text; readonly name?: string };

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
  /** How many seconds the images stay, or until when; for good unless one is given. */
  readonly expiresIn?: number | undefined;
  readonly expiresAt?: Date | undefined;
}

/** What became of each file, in the order in which they came. */
export interface UploadAnswer {
  readonly bucketName: string;
  readonly objectName: readonly string[];
  readonly outcomes: readonly UploadOutcome[];
}

/** The one way in for upload clients, whatever dialect they speak. */
export interface ClientUploads {
  /**
   * Stores every file that can be stored. Nothing is ever overwritten, and bytes that their owner has there already are
   * not stored again: the answer is the link that they have.
   *
   * @throws {AppError} the first refusal, when no file at all could be stored
   */
  store(caller: Caller, request: UploadRequest, mountUrl: string): Promise<UploadAnswer>;
}

interface ClientUploadsOptions {
  readonly storeImage: StoreImage;
  readonly albums: Albums;
  readonly access: Access;
  readonly links: Links;
  readonly embeds: Pick<Embeds, 'thumbUrl'>;
  readonly deleteCapabilities: DeleteCapabilities;
  readonly receive: Receiver;
  readonly maxBytes: number;
  readonly buckets: Pick<Buckets, 'defaultOf'>;
  readonly nameTemplate: string;
  readonly now: () => Date;
}

interface Target {
  readonly bucketName: string;
  readonly folder: string;
  readonly nameTemplate: string;
  readonly expiresAt: Date | undefined;
  readonly expiresIn: number | undefined;
  readonly mountUrl: string;
}

/** Creates the uploads of clients. */
export function createClientUploads(options: ClientUploadsOptions): ClientUploads {
  const { storeImage, albums, access, buckets, links, embeds, deleteCapabilities, receive, now } = options;

  const toTarget = async (caller: Caller, request: UploadRequest, mountUrl: string): Promise<Target> => {
    const { narrowing } = requireMember(caller);
    const album = request.albumId === undefined ? undefined : await albums.require(caller, request.albumId);
    const strategy = request.strategyId === undefined ? undefined : await albums.require(caller, request.strategyId);
    const root = album?.folder ?? request.album ?? (request.folder ? '' : (narrowing?.prefix ?? ''));
    return {
      bucketName: album?.bucketName ?? request.bucketName ?? strategy?.bucketName ?? buckets.defaultOf(caller),
      folder: [root.replace(/\/+$/, ''), request.folder ?? ''].filter((part) => part !== '').join('/'),
      nameTemplate: request.nameTemplate ?? options.nameTemplate,
      expiresAt: request.expiresAt,
      expiresIn: request.expiresIn,
      mountUrl,
    };
  };

  const storeReceived = async (caller: Caller, received: ReceivedImage, target: Target): Promise<UploadedImage> => {
    const member = requireMember(caller);
    const { bucketName, folder, nameTemplate, expiresAt, expiresIn, mountUrl } = target;
    const placed = await storeImage(member, received, {
      bucketName,
      objectName: (image) => {
        const name = nameByTemplate(nameTemplate, { image, now: now(), userId: member.userId });
        return inFolder(folder, withExtension(name, image.extension));
      },
      duplicateKey: toDuplicateKey(target, received),
      expiresAt,
      expiresIn,
    });
    const { image } = placed;
    const { size, contentType, extension, sha256 } = image;
    const { objectName, etag, imageId, isDuplicate, facts } = placed;
    const deletable = { bucketName, objectName, etag };
    return {
      ...deletable,
      ...{ size, contentType, extension, sha256, isDuplicate, ...facts, ...toRemoval(image) },
      name: toDisplayName(image.originalName ?? '') ?? fileNameOf(objectName),
      url: links(mountUrl, bucketName, objectName),
      thumbUrl: await embeds.thumbUrl(mountUrl, { bucketName, objectName, contentType, ...facts }),
      ...(mayRemove(member, placed, now()) && {
        deleteToken: deleteCapabilities.issue({ ...deletable, imageId, ...endingWith(member, imageId) }),
      }),
    };
  };

  const storeOne = async (caller: Caller, sent: SentImage, target: Target): Promise<UploadedImage> => {
    if ('error' in sent) throw sent.error;
    if (!('base64' in sent)) return storeReceived(caller, sent, target);
    const { base64, originalName } = sent;
    return withReceived(receive(decodeBase64(base64, options.maxBytes), { originalName }), (image) =>
      storeReceived(caller, image, target),
    );
  };

  /** One file that is refused does not keep the others out. */
  const storeAll = async (
    caller: Caller,
    images: readonly SentImage[],
    target: Target,
  ): Promise<readonly UploadOutcome[]> => {
    const outcomes: UploadOutcome[] = [];
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

  const store: ClientUploads['store'] = async (caller, request, mountUrl) => {
    const target = await toTarget(caller, request, mountUrl);
    const outcomes = await storeAll(caller, request.images, target);
    if (request.album !== undefined) {
      const { userId: ownerId } = requireMember(caller);
      await albums.numberOf({
        bucketName: target.bucketName,
        folder: access.place(caller, request.album),
        ownerId,
      });
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
const mayRemove = ({ narrowing }: Member, { isDuplicate, lastModified }: PlacedImage, now: Date): boolean =>
  !isDuplicate ||
  narrowing === undefined ||
  narrowing.scopes.includes('delete') ||
  now.getTime() - lastModified.getTime() <= RETRY_MS;

/** The same for the same bytes in the same folder under the same kind of name. */
function toDuplicateKey({ bucketName, folder, nameTemplate }: Target, image: ReceivedImage): DuplicateKey {
  const name = nameTemplate.includes('{name}') ? image.originalName : '';
  return [bucketName, folder, nameTemplate, name, image.sha256];
}

const withExtension = (name: string, extension: string): string =>
  name.endsWith(`.${extension}`) ? name : `${name}.${extension}`;

const toRefusal = ({ originalName }: SentImage, { code, text }: AppError): UploadOutcome => {
  const name = toDisplayName(originalName ?? '');
  return { error: code, err: { ...text }, ...(name !== undefined && { name }) };
};

/** Of several files that were all refused, each has its reason in the details. */
const withAll = (first: AppError, outcomes: readonly UploadOutcome[]): AppError =>
  outcomes.length === 1
    ? first
    : new AppError(first.code, first.text, { details: { ...first.details, outcomes }, cause: first });

/** A link that was made by an API token ends with it. An old image has no id, and its link no place for more. */
const endingWith = (member: Member, imageId: string | undefined): { readonly credential?: string } =>
  member.narrowing === undefined || imageId === undefined ? {} : { credential: toHolder(member) };
