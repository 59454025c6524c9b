import { whenAsked } from '../../concurrency/when-asked.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageTransformer } from '../../ports/image-transformer.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Access } from '../access/access.ts';
import type { Usage } from '../access/usage.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { UploadRules } from '../buckets/upload-rules.ts';
import type { RecallHolder } from '../identity/callers.ts';
import type { ObjectEvents } from '../objects/events.ts';
import type { Links } from '../objects/links.ts';
import type { OpenChanges } from '../objects/open-changes.ts';
import { createPlaceLocks, type PlaceLocks } from '../objects/place-locks.ts';
import { createWrites, type Writes } from '../objects/writes.ts';
import type { DescribeImage } from './describe-image.ts';
import { createDuplicates } from './duplicates.ts';
import { createOpenUploads, leaveRoom, type OpenUploads } from './open-uploads.ts';
import { createReceiver, type Receiver, type ReceiverOptions } from './receiver.ts';
import { createStoreImage, type PrepareImage, type StoreImage } from './store-image.ts';
import { createUploads, type Uploads } from './uploads.ts';

/** All that an image passes on its way in; loaded with the first one, or the first change of one that is there. */
export interface Incoming {
  readonly locks: PlaceLocks;
  readonly openUploads: OpenUploads;
  readonly writes: Writes;
  readonly receive: Receiver;
  readonly storeImage: StoreImage;
  /** The same for what was announced, and has room already. */
  readonly storeAnnounced: StoreImage;
  readonly uploads: Uploads;
  /** The way in with another part in the place of its own. */
  readonly storeImageWith: StoreImageWith;
}

/** Makes a way in of its own. */
export type StoreImageWith = (
  changes: Pick<Parameters<typeof createStoreImage>[0], 'store' | 'access' | 'writes' | 'events' | 'recallHolder'>,
) => StoreImage;

interface IncomingOptions extends Required<Omit<ReceiverOptions, 'maxBytes'>> {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly access: Access;
  readonly buckets: Buckets;
  readonly usage: Usage;
  readonly events: ObjectEvents;
  readonly changes: OpenChanges;
  readonly links: Links;
  readonly describe: DescribeImage;
  readonly recallHolder: RecallHolder;
  readonly uploadRules: Pick<UploadRules, 'recall'>;
  readonly transformer: () => Promise<Pick<ImageTransformer, 'transform'> | undefined>;
  readonly maxUploadBytes: number;
  readonly nameTemplate: string;
  readonly newId: () => string;
  /** Makes the ULID of an image. */
  readonly newImageId: () => string;
  readonly now: () => Date;
}

/** Puts the way in together. */
export function createIncoming(options: IncomingOptions): Incoming {
  const { documents, usage, spoolFolder, imageLimits, converter, maxUploadBytes: maxBytes } = options;
  const locks = createPlaceLocks(options);
  const openUploads = createOpenUploads(options);
  const announcedWrites = createWrites({ ...options, usage, locks });
  const writes = leaveRoom(announcedWrites, openUploads);
  const openPrepare = whenAsked(async () => {
    const { createPrepareImage } = await import('./apply-upload-rule.ts');
    return createPrepareImage(options.uploadRules, options.transformer);
  });
  const prepare: PrepareImage = async (bucketName, image) => (await openPrepare())(bucketName, image);
  const storing = { ...options, duplicates: createDuplicates({ ...options, documents }), prepare };
  const storeImage = createStoreImage({ ...storing, writes });
  const receive = createReceiver({ spoolFolder, maxBytes, imageLimits, converter });
  return {
    ...{ locks, openUploads, writes, receive, storeImage },
    storeImageWith: (changes) => createStoreImage({ ...storing, ...changes }),
    storeAnnounced: createStoreImage({ ...storing, writes: announcedWrites }),
    uploads: createUploads({ ...options, receive, storeImage, maxBytes }),
  };
}
