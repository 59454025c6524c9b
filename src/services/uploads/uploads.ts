import { type Caller, requireMember } from '../access/access.ts';
import type { ImageFacts } from '../objects/image-facts.ts';
import type { Links } from '../objects/links.ts';
import { inFolder, nameByOrigin, nameByTemplate } from '../objects/object-name.ts';
import type { OnConflict } from '../objects/writes.ts';
import { type ReceivedImage, type Removal, toRemoval } from './received-image.ts';
import { decodeBase64, type Receiver, withReceived } from './receiver.ts';
import type { StoreImage } from './store-image.ts';

/** Where an image is to go, and the image itself unless it has been received already. */
export interface Put {
  readonly bucketName: string;
  readonly objectName?: string | undefined;
  readonly folder?: string | undefined;
  readonly nameTemplate?: string | undefined;
  readonly onConflict?: OnConflict | undefined;
  readonly metaData?: Readonly<Record<string, string>> | undefined;
  /** How many seconds the image stays; for good unless given. */
  readonly expiresIn?: number | undefined;
  readonly base64?: string | undefined;
}

/** A stored image. */
export interface StoredImage extends Removal, ImageFacts {
  readonly etag: string;
  /** Its own id; absent of an old one. */
  readonly imageId?: string | undefined;
  readonly bucketName: string;
  readonly objectName: string;
  readonly size: number;
  readonly contentType: string;
  readonly url: string;
  /** When the image goes by itself; absent where it stays. */
  readonly expiresAt?: string;
}

/** What comes beside the fields of a put. */
export interface PutSource {
  /** The image, when it has been received already. */
  readonly image: ReceivedImage | undefined;
  readonly mountUrl: string;
}

/** How images come in through the service. */
export interface Uploads {
  /**
   * Stores an image as `objectName`, else by `nameTemplate`, else as its file was named, else by the bed's template, in
   * `folder`. A received one stays its owner's to give up.
   */
  put(caller: Caller, put: Put, from: PutSource): Promise<StoredImage>;
}

interface UploadsOptions {
  readonly receive: Receiver;
  readonly storeImage: StoreImage;
  readonly links: Links;
  readonly maxBytes: number;
  /** Names images that have none. */
  readonly nameTemplate: string;
  readonly now: () => Date;
}

/** Creates the upload service. */
export function createUploads(options: UploadsOptions): Uploads {
  const { receive, storeImage, links, maxBytes, nameTemplate, now } = options;

  const toName = (caller: Caller, put: Put, image: ReceivedImage): string => {
    const facts = { image, now: now(), userId: requireMember(caller).userId };
    if (put.objectName !== undefined) return put.objectName;
    if (put.nameTemplate !== undefined) return nameByTemplate(put.nameTemplate, facts);
    return nameByOrigin(image) ?? nameByTemplate(nameTemplate, facts);
  };

  /** What may put nowhere but below a prefix, and says no place, puts there. */
  const toFolder = (caller: Caller, { objectName, folder }: Put): string | undefined =>
    folder ?? (objectName === undefined ? requireMember(caller).narrowing?.prefix?.replace(/\/+$/, '') : undefined);

  const store = async (caller: Caller, put: Put, image: ReceivedImage, mountUrl: string): Promise<StoredImage> => {
    const { bucketName, onConflict, metaData } = put;
    const folder = toFolder(caller, put);
    const name = (stored: ReceivedImage) => inFolder(folder, toName(caller, put, stored));
    const wanted = { bucketName, objectName: name, onConflict, metaData, expiresIn: put.expiresIn };
    const placed = await storeImage(requireMember(caller), image, wanted);
    const { etag, imageId, objectName, facts, image: stored, expiresAt } = placed;
    const { size, contentType } = stored;
    return {
      etag,
      imageId,
      bucketName,
      objectName,
      size,
      contentType,
      url: links(mountUrl, bucketName, objectName),
      ...facts,
      ...toRemoval(stored),
      ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    };
  };

  return {
    put: (caller, put, { image, mountUrl }) =>
      image === undefined
        ? withReceived(receive(decodeBase64(put.base64 ?? '', maxBytes), {}), (received) =>
            store(caller, put, received, mountUrl),
          )
        : store(caller, put, image, mountUrl),
  };
}
