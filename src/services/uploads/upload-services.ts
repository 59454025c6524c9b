import { createUploadDoctor, type UploadDoctor } from '../../dialects/diagnosis/diagnose.ts';
import { createLskyAccounts, type LskyAccounts } from '../../dialects/lsky/accounts.ts';
import { type ClientKit, createClientKit } from '../../dialects/settings/client-settings.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Access } from '../access/access.ts';
import type { Usage } from '../access/usage.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Accounts } from '../identity/accounts.ts';
import type { ApiTokens } from '../identity/api-tokens.ts';
import type { Throttle } from '../identity/throttle.ts';
import type { Users } from '../identity/users.ts';
import { type AlbumImages, createAlbumImages } from '../library/album-images.ts';
import { type Albums, createAlbums } from '../library/albums.ts';
import type { Links } from '../objects/links.ts';
import type { ObjectReader } from '../objects/object-reader.ts';
import type { Objects } from '../objects/objects.ts';
import { type ClientUploads, createClientUploads } from './client-uploads.ts';
import { createDeleteCapabilities, type DeleteCapabilities } from './delete-capability.ts';
import type { Receiver } from './receiver.ts';
import type { StoreImage } from './store-image.ts';

/** What the doors of upload clients stand on. */
export interface UploadServices {
  readonly clientUploads: ClientUploads;
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
  readonly storeImage: StoreImage;
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
    clientUploads: createClientUploads({ ...parts, albums, deleteCapabilities }),
    albumImages: createAlbumImages({ ...parts, objectStore, albums }),
    lskyAccounts: createLskyAccounts(parts),
    clientKit: createClientKit(parts),
    uploadDoctor: createUploadDoctor(parts.receive, parts.maxBytes),
  };
}
