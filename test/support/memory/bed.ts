import { createHash, randomBytes } from 'node:crypto';
import { createLogger } from '../../../src/logger.ts';
import { toUlid } from '../../../src/naming/ulid.ts';
import type { DocumentStore } from '../../../src/ports/document-store.ts';
import type { ObjectStore } from '../../../src/ports/object-store.ts';
import { type Access, createAccess, type Member } from '../../../src/services/access/access.ts';
import { createUsage } from '../../../src/services/access/usage.ts';
import { createBuckets } from '../../../src/services/buckets/buckets.ts';
import { createIdempotency } from '../../../src/services/idempotency.ts';
import { createAccessTokens } from '../../../src/services/identity/access-tokens.ts';
import { createAccountChanges } from '../../../src/services/identity/account-changes.ts';
import { createAccounts, type RegistrationPolicy } from '../../../src/services/identity/accounts.ts';
import { createAdminCode } from '../../../src/services/identity/admin-code.ts';
import { createApiTokens } from '../../../src/services/identity/api-tokens.ts';
import { createCallers, createRecallHolder } from '../../../src/services/identity/callers.ts';
import { createEmails } from '../../../src/services/identity/emails.ts';
import { createInvitations } from '../../../src/services/identity/invitations.ts';
import { createPasswordPolicy } from '../../../src/services/identity/password-policy.ts';
import { type Argon2, createPasswords } from '../../../src/services/identity/passwords.ts';
import { createPhones } from '../../../src/services/identity/phones.ts';
import { createSessionList } from '../../../src/services/identity/session-list.ts';
import { createSessions } from '../../../src/services/identity/sessions.ts';
import { createThrottle } from '../../../src/services/identity/throttle.ts';
import { createUsers, defaultGrants, toMember, type User } from '../../../src/services/identity/users.ts';
import { createWechat } from '../../../src/services/identity/wechat.ts';
import { createDepartures } from '../../../src/services/jobs/departures.ts';
import { createSettleRecords } from '../../../src/services/jobs/settle-records.ts';
import { createFindExpiry, createKeepExpiry } from '../../../src/services/library/find-expiry.ts';
import { createOpenChanges } from '../../../src/services/library/keep-open-changes.ts';
import { recordImages } from '../../../src/services/library/record-images.ts';
import { createSettlePlace } from '../../../src/services/library/settle-place.ts';
import { createTrashBin, type TrashBin } from '../../../src/services/library/trash-bin.ts';
import { bookUsage } from '../../../src/services/objects/book-usage.ts';
import { createEmbeds } from '../../../src/services/objects/embeds.ts';
import { createObjectEvents, type ObjectEvent, type ObjectEvents } from '../../../src/services/objects/events.ts';
import { createLinks } from '../../../src/services/objects/links.ts';
import { createListedFacts } from '../../../src/services/objects/listed-facts.ts';
import { createObjectReader, type Place } from '../../../src/services/objects/object-reader.ts';
import { createObjects } from '../../../src/services/objects/objects.ts';
import { NO_OPEN_CHANGES } from '../../../src/services/objects/open-changes.ts';
import { createPlaceLocks, type PlaceLocks } from '../../../src/services/objects/place-locks.ts';
import { createWrites } from '../../../src/services/objects/writes.ts';
import { createClientServices } from '../../../src/services/uploads/client-services.ts';
import type { DescribeImage } from '../../../src/services/uploads/describe-image.ts';
import { createDirectUploads } from '../../../src/services/uploads/direct-uploads.ts';
import { createDuplicates } from '../../../src/services/uploads/duplicates.ts';
import { createOpenUploads, leaveRoom } from '../../../src/services/uploads/open-uploads.ts';
import { ReceivedImage } from '../../../src/services/uploads/received-image.ts';
import { createReceiver, type Receiver } from '../../../src/services/uploads/receiver.ts';
import { createSettleUploads } from '../../../src/services/uploads/settle-uploads.ts';
import { requireSize } from '../../../src/services/uploads/size-limits.ts';
import {
  createStoreImage,
  type PlacedImage,
  type PrepareImage,
  type WantedPlace,
} from '../../../src/services/uploads/store-image.ts';
import { createUploadRecords } from '../../../src/services/uploads/upload-records.ts';
import { LIMITS } from '../images/scrub.ts';
import { createMemoryDocumentStore } from './document-store.ts';
import { createMemoryImageRecords } from './image-records.ts';
import { createMemoryObjectStore, type MemoryObjectStore } from './object-store.ts';

/** The bucket that a bed in memory begins with. */
export const BUCKET = 'images';

/** The time at which every bed in memory begins. */
export const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** The largest image that a bed in memory takes, in bytes: few enough that nothing is spooled to a disk. */
export const MAX_BYTES = 1024 * 1024;

/** How a bed in memory differs from the default one. */
export interface MemoryBedOptions {
  readonly prepare?: PrepareImage;
  readonly bed?: 'shared' | 'private';
  /** Whether its store serves presigned requests itself, as S3 does. */
  readonly isForeign?: boolean;
  readonly registration?: RegistrationPolicy;
  /** Takes any bytes for a PNG, up to 64 MiB. */
  readonly takesAnything?: boolean;
  readonly adminPhone?: string;
  /** The first signs delete capabilities. */
  readonly deleteKeys?: readonly [Uint8Array, ...Uint8Array[]];
  /** Whether its store holds conditions by itself. */
  readonly conditional?: boolean;
  /** Makes placeholders; there are none unless given. */
  readonly describe?: DescribeImage;
  readonly hasVariants?: boolean;
  /** Whether it keeps records of images. */
  readonly hasRecords?: boolean;
  /** Whether what is removed lies in the trash first. */
  readonly hasTrash?: boolean;
}

/** A person of a bed in memory, and what it may do by itself. */
export interface MemoryPerson {
  readonly userId: string;
  readonly user: User;
  readonly caller: Member;
}

/** A bed in memory. */
export type MemoryBed = Awaited<ReturnType<typeof createMemoryBed>>;

/**
 * Builds the real services on stores in memory, with a clock that tests move and without argon2: the one place that
 * knows how services are put together, for all tables of rules.
 */
export async function createMemoryBed(options: MemoryBedOptions = {}) {
  const clock = { now: START };
  const now = (): Date => new Date(clock.now);
  const documents = createMemoryDocumentStore(now);
  const { signedRequests, ...foreign } = createMemoryObjectStore({
    ...{ now, minPartSize: 1024, conditional: options.conditional ?? true },
  });
  const store: MemoryObjectStore =
    options.isForeign === true ? foreign : { ...foreign, ...(signedRequests && { signedRequests }) };
  await store.makeBucket(BUCKET);
  const stores = { clock, now, documents, store };
  const open = () => ({ ...stores, ...createServices({ ...options, documents, store, now }) });
  /** `another` is a second instance of the service on the same stores. */
  return { ...open(), another: open };
}

interface Stores extends MemoryBedOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly now: () => Date;
}

/** The services that work on images, on stores of any kind. */
export type Services = ReturnType<typeof createServices>;

/** Puts the real services together. */
export function createServices(options: Stores) {
  const { documents, store, now } = options;
  const access = createAccess(options.bed ?? 'shared');
  const identity = createIdentity(options, access);
  const { users, apiTokens } = identity;
  const usage = createUsage(documents, now);
  const links = createLinks(undefined);
  const publicBuckets = new Set<string>();
  const buckets = createBuckets({
    ...{ store, bucketSettings: undefined, documents, access, publicBuckets, now },
    defaultBucket: BUCKET,
  });
  const recallHolder = createRecallHolder(users, apiTokens, access);
  const listedFacts = createListedFacts({ documents, store, now });
  const reader = createObjectReader({ store, buckets, access, recallHolder, listedFacts });
  const embeds = createEmbeds({ links, variantLinks: links, hasVariants: async () => options.hasVariants === true });
  const newId = (): string => randomBytes(16).toString('hex');
  const newImageId = (): string => toUlid(now().getTime(), randomBytes(10));
  const events = createObjectEvents(newImageId);
  const told: ObjectEvent[] = [];
  events.on((event) => void told.push(event));
  events.on(bookUsage(usage));
  const locks = createPlaceLocks({ store, documents, newId, now });
  const library = options.hasRecords === true ? createLibrary(options, { events, locks, newId }) : undefined;
  const changes = library?.changes ?? NO_OPEN_CHANGES;
  const bin = options.hasTrash === true ? library?.bin : undefined;
  const openUploads = createOpenUploads({ documents, usage, now });
  const announcedWrites = createWrites({ store, buckets, access, usage, locks });
  const writes = leaveRoom(announcedWrites, openUploads);
  const objects = createObjects({ store, reader, buckets, access, writes, events, changes, locks, newImageId, bin });
  const duplicates = createDuplicates({ documents, store, access, now });
  const describe = options.describe ?? (async () => undefined);
  const prepare = options.prepare ?? (async (_bucketName, image) => ({ image, keepsOriginal: false }));
  const storing = {
    documents,
    store,
    access,
    duplicates,
    events,
    changes,
    describe,
    prepare,
    recallHolder,
    newImageId,
    now,
  };
  const storeImage = createStoreImage({ ...storing, writes });
  const maxBytes = options.takesAnything === true ? 64 * MAX_BYTES : MAX_BYTES;
  const receive =
    options.takesAnything === true
      ? receiveAnything
      : createReceiver({ spoolFolder: 'nowhere', maxBytes, imageLimits: LIMITS });
  const records = createUploadRecords({ documents, store, writes, access, openUploads, maxBytes, now });
  const storeAnnounced = createStoreImage({ ...storing, writes: announcedWrites });
  const settling = createSettleUploads({ records, openUploads, store, receive, storeImage: storeAnnounced, links });
  const clients = createClientServices({
    completeRecords: async () => library?.records,
    ...{
      documents,
      objectStore: store,
      access,
      buckets,
      links,
      embeds,
      objects,
      reader,
      receive,
      recallHolder,
      storeImage,
      users,
      now,
    },
    ...{ maxBytes: MAX_BYTES, nameTemplate: '{hash}.{ext}', defaultBucket: BUCKET },
    keys: options.deleteKeys ?? [Buffer.alloc(32, 1)],
  });

  const departures = createDepartures({ documents, store, buckets, usage, events, changes, locks, now });
  return {
    ...identity,
    departures,
    accountChanges: createAccountChanges({ ...identity, documents, departures, now }),
    access,
    usage,
    links,
    buckets,
    reader,
    objects,
    locks,
    writes,
    duplicates,
    storeImage,
    directUploads: createDirectUploads({ records, settling, store, receive, buckets, recallHolder, now }),
    openUploads,
    recallHolder,
    events,
    /** What was told of images so far. */
    told,
    library,
    idempotency: createIdempotency(documents, now),
    ...clients,
    receive,
    records,
    person: createPeople(users, now),
    /** Stores an image as an upload does. */
    put: async (
      caller: Member,
      place: Place,
      image = createImage(),
      how: Omit<WantedPlace, keyof Place> = {},
    ): Promise<Omit<PlacedImage, 'image'>> => {
      const { image: _, ...placed } = await storeImage(caller, image, { ...place, ...how });
      return placed;
    },
  };
}

/** Records of images, and what keeps them. */
function createLibrary(
  { documents, store, now }: Stores,
  { events, locks, newId }: { readonly events: ObjectEvents; readonly locks: PlaceLocks; readonly newId: () => string },
) {
  const records = createMemoryImageRecords();
  const changes = createOpenChanges(documents, now);
  const bin: TrashBin = createTrashBin({
    ...{ records, store, events, changes, locks, newId, now },
    settlePlace: (place) => settle(place),
  });
  const findExpiry = createFindExpiry(documents);
  const settle = createSettlePlace({ records, store, findExpiry, trash: bin });
  const log: string[] = [];
  const logger = createLogger((line) => void log.push(line), now);
  const keepExpiry = createKeepExpiry(documents);
  events.on(recordImages({ records, settle, findExpiry, keepExpiry, changes, logger, now }));
  const settleAll = createSettleRecords({ documents, settle, logger, now });
  return { records, changes, settle, bin, log, settleAll: () => settleAll({ budgetMs: 60_000 }) };
}

function createIdentity({ documents, now, adminPhone, registration = 'open' }: Stores, access: Access) {
  const users = createUsers({ documents, now, adminPhone });
  const throttle = createThrottle(documents, now);
  const invitations = createInvitations(documents, now);
  const accessTokens = createAccessTokens(['a secret of a bed in memory 0123456789'], now);
  const sessions = createSessions({ documents, users, accessTokens, throttle, now });
  const sessionList = createSessionList({ documents, users, sessions, now });
  const apiTokens = createApiTokens(documents, users, now);
  const wechat = createWechat(documents, users);
  const adminCode = adminPhone === undefined ? undefined : createAdminCode(Buffer.alloc(32, 2), adminPhone);
  const phones = createPhones({ documents, users, now });
  const emails = createEmails({ documents, users, now });
  const proofs = { passwords: createPasswords(async () => QUICK_HASH), passwordPolicy: createPasswordPolicy(8) };
  const accounts = createAccounts({
    ...{ users, phones, emails, ...proofs },
    invitations,
    throttle,
    registration,
    defaultBucket: BUCKET,
    adminPhone,
    adminCode,
    now,
  });
  const credentials = createCallers({ sessions, apiTokens, wechat, access });
  const people = { users, phones, emails, accounts, ...proofs, adminCode, credentials };
  return { ...people, throttle, invitations, accessTokens, sessions, sessionList, apiTokens, wechat };
}

/** Makes people: members who may do everything in the default bucket, unless told otherwise. */
function createPeople(users: ReturnType<typeof createUsers>, now: () => Date) {
  let people = 0;
  return async (changes: Partial<User> = {}): Promise<MemoryPerson> => {
    people += 1;
    const phone = changes.phone ?? `138${String(people).padStart(8, '0')}`;
    const userId = await users.idOf(phone);
    await users.create(userId, {
      phone,
      name: `Person ${people}`,
      tfs: '',
      email: 'p@example.com',
      passwordHash: await QUICK_HASH.hash('correct horse 7'),
      grants: defaultGrants(BUCKET),
      quota: {},
      disabled: false,
      epoch: 0,
      tokens: [],
      createdAt: now().toISOString(),
    });
    // The first of all is the admin unless the test says so itself.
    const user = await users.update(userId, (created) => ({ ...created, role: 'member', ...changes }));
    return { userId, user, caller: toMember(userId, user) };
  };
}

/** Takes whatever comes for a PNG. */
const receiveAnything: Receiver = async (source, { announcedBytes }) => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    requireSize(size, announcedBytes, 'announced');
    chunks.push(chunk);
  }
  return createImage({ bytes: Buffer.concat(chunks) });
};

/** Makes an image that has been received. */
export function createImage(changes: Partial<ReceivedImage> & { readonly bytes?: Buffer } = {}): ReceivedImage {
  const { bytes = Buffer.from('an image'), ...facts } = changes;
  return new ReceivedImage({
    originalName: undefined,
    contentType: 'image/png',
    extension: 'png',
    width: 2,
    height: 2,
    frames: 1,
    size: bytes.byteLength,
    receivedSize: bytes.byteLength,
    removed: [],
    convertedFrom: undefined,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    body: bytes,
    discard: async () => undefined,
    ...facts,
  });
}

/** Hashes in argon2's format and in no time. */
const QUICK_HASH: Argon2 = {
  hash: async (password) => {
    const digest = createHash('sha256').update(password).digest('base64').replace('=', '');
    return `$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$${digest}`;
  },
  verify: async (stored, password) => stored === (await QUICK_HASH.hash(password)),
};
