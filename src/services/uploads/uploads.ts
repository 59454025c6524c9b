import { type Access, type Caller, requireMember } from '../access/access.ts';
import type { Links } from '../objects/links.ts';
import { inFolder, nameByOrigin, nameByTemplate, requireKeyLength } from '../objects/object-name.ts';
import type { Objects, OnConflict } from '../objects/objects.ts';
import type { ReceivedImage } from './received-image.ts';
import { decodeBase64, type Receiver, requireSize } from './receiver.ts';

/** One image for a bucket: as base64 or already received. */
export interface Put {
  readonly bucketName: string;
  readonly objectName?: string | undefined;
  readonly folder?: string | undefined;
  readonly nameTemplate?: string | undefined;
  readonly onConflict?: OnConflict | undefined;
  readonly metaData?: Readonly<Record<string, string>> | undefined;
  readonly base64?: string | undefined;
  readonly file?: ReceivedImage | undefined;
}

/** A stored image. */
export interface StoredImage {
  readonly etag: string;
  readonly bucketName: string;
  readonly objectName: string;
  readonly size: number;
  readonly contentType: string;
  readonly url: string;
}

/** How images come in through the service. */
export interface Uploads {
  readonly receive: Receiver;
  /** Stores an image as `objectName`, else by `nameTemplate`, else as its file was named, else by the bed's template, in `folder`. */
  put(caller: Caller, put: Put, mountUrl: string): Promise<StoredImage>;
}

interface UploadsOptions {
  readonly receive: Receiver;
  readonly objects: Objects;
  readonly access: Access;
  readonly links: Links;
  readonly maxBytes: number;
  /** Names images that have none. */
  readonly nameTemplate: string;
  readonly now: () => Date;
}

/** Creates the upload service. */
export function createUploads({
  receive,
  objects,
  access,
  links,
  maxBytes,
  nameTemplate,
  now,
}: UploadsOptions): Uploads {
  const toName = (caller: Caller, put: Put, image: ReceivedImage): string => {
    const facts = { image, now: now(), userId: requireMember(caller).userId };
    if (put.objectName !== undefined) return put.objectName;
    if (put.nameTemplate !== undefined) return nameByTemplate(put.nameTemplate, facts);
    return nameByOrigin(image) ?? nameByTemplate(nameTemplate, facts);
  };

  return {
    receive,
    put: async (caller, put, mountUrl) => {
      const { bucketName, folder, base64, file, onConflict, metaData } = put;
      const image = file ?? (await receive(decodeBase64(base64 ?? '', maxBytes), {}));
      try {
        requireSize(image.size, requireMember(caller).narrowing?.maxBytes);
        const wanted = access.place(caller, inFolder(folder, toName(caller, put, image)));
        requireKeyLength(wanted);
        const place = { bucketName, objectName: wanted };
        const { etag, objectName } = await objects.store(caller, place, image, { onConflict, metaData });
        const { size, contentType } = image;
        return { etag, bucketName, objectName, size, contentType, url: links(mountUrl, bucketName, objectName) };
      } finally {
        await image.discard();
      }
    },
  };
}
