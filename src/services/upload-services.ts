import type { DocumentStore } from '../ports/document-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Access } from './access.ts';
import type { Accounts } from './accounts.ts';
import { type AlbumImages, createAlbumImages } from './album-images.ts';
import { type Albums, createAlbums } from './albums.ts';
import type { ApiTokens } from './api-tokens.ts';
import type { Buckets } from './buckets.ts';
import { type ClientKit, createClientKit } from './client-kit.ts';
import { createDeleteCapabilities, type DeleteCapabilities } from './delete-capability.ts';
import type { Links } from './links.ts';
import { createLskyAccounts, type LskyAccounts } from './lsky-accounts.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Objects } from './objects.ts';
import type { Receiver } from './receiver.ts';
import type { Throttle } from './throttle.ts';
import { createUploadDoctor, type UploadDoctor } from './upload-doctor.ts';
import { createUploadDoor, type UploadDoor } from './upload-door.ts';
import type { Usage } from './usage.ts';
import type { Users } from './users.ts';

/** What the doors of upload clients stand on. */
export interface UploadServices {
  readonly uploadDoor: UploadDoor;
  readonly deleteCapabilities: DeleteCapabilities;
  readonly albums: Albums;
  readonly albumImages: AlbumImages;
  readonly lskyAccounts: LskyAccounts;
  readonly clientKit: ClientKit;
  readonly uploadDoctor: UploadDoctor;
}

/** The parts of the bed that they are built out of. */
export interface UploadServicesOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly access: Access;
  readonly accounts: Accounts;
  readonly apiTokens: ApiTokens;
  readonly buckets: Buckets;
  readonly links: Links;
  readonly objects: Objects;
  readonly reader: ObjectReader;
  readonly receive: Receiver;
  readonly throttle: Throttle;
  readonly usage: Usage;
  readonly users: Users;
  /** The first signs delete capabilities, all of them verify. */
  readonly deleteKeys: readonly [Uint8Array, ...Uint8Array[]];
  readonly maxBytes: number;
  readonly defaultBucket: string;
  readonly nameTemplate: string;
  readonly now: () => Date;
}

/** Builds what upload clients need out of what the bed has. */
export function createUploadServices({
  store: objectStore,
  deleteKeys,
  ...parts
}: UploadServicesOptions): UploadServices {
  const deleteCapabilities = createDeleteCapabilities({ ...parts, objectStore, keys: deleteKeys });
  const albums = createAlbums(parts);
  return {
    deleteCapabilities,
    albums,
    uploadDoor: createUploadDoor({ ...parts, objectStore, albums, deleteCapabilities }),
    albumImages: createAlbumImages({ ...parts, objectStore, albums }),
    lskyAccounts: createLskyAccounts(parts),
    clientKit: createClientKit(parts),
    uploadDoctor: createUploadDoctor(parts.receive, parts.maxBytes),
  };
}
