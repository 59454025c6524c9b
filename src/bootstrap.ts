import { randomBytes } from 'node:crypto';
import {
  openCachePurge,
  openConverter,
  openDocuments,
  openFileObjects,
  openRecords,
  openS3Objects,
  openTransformers,
  openWitnessFiles,
  placeOf,
} from './adapters.ts';
import { type App, createApp } from './app.ts';
import { lazily, whenAsked } from './concurrency/when-asked.ts';
import type { Config } from './config/config.ts';
import { createLogger } from './logger.ts';
import { toUlid } from './naming/ulid.ts';
import type { BedWitness } from './ports/bed-witness.ts';
import type { ObjectStore } from './ports/object-store.ts';
import { createAccess } from './services/access/access.ts';
import type { Usage } from './services/access/usage.ts';
import { createBed, createWitnessObject } from './services/bed.ts';
import { createBuckets } from './services/buckets/buckets.ts';
import type { BucketCapabilities } from './services/buckets/capabilities.ts';
import { hasToMakeBucket, makeDefaultBucket } from './services/buckets/default-bucket.ts';
import type { HotlinkRules } from './services/buckets/hotlink-rules.ts';
import { openCapabilitiesOf } from './services/buckets/open-capabilities.ts';
import type { UploadRules } from './services/buckets/upload-rules.ts';
import type { Idempotency } from './services/idempotency.ts';
import type { AccountChanges } from './services/identity/account-changes.ts';
import { announceAdminCode } from './services/identity/announce-admin-code.ts';
import { createCallers, createRecallHolder } from './services/identity/callers.ts';
import { deriveKey, deriveKeys } from './services/identity/keys.ts';
import { openIdentity } from './services/identity/open-identity.ts';
import { openSecret } from './services/identity/open-secret.ts';
import type { Trials } from './services/identity/trials.ts';
import type { Departures } from './services/jobs/departures.ts';
import { everyHours } from './services/jobs/job.ts';
import { keepRecords } from './services/jobs/keep-records.ts';
import { createProveDocuments } from './services/jobs/prove-documents.ts';
import type { Leftovers } from './services/leftovers.ts';
import { openLibrary } from './services/library/open-library.ts';
import { refuseExpiredOf } from './services/library/refuse-expired.ts';
import { bookUsage } from './services/objects/book-usage.ts';
import type { Embeds } from './services/objects/embeds.ts';
import { createObjectEvents } from './services/objects/events.ts';
import { createLinks } from './services/objects/links.ts';
import type { ListedFacts } from './services/objects/listed-facts.ts';
import { logChanges } from './services/objects/log-changes.ts';
import { createObjectReader } from './services/objects/object-reader.ts';
import type { Objects } from './services/objects/objects.ts';
import type { PlaceLocks } from './services/objects/place-locks.ts';
import { openBed } from './services/open-bed.ts';
import type { DescribeImage } from './services/uploads/describe-image.ts';
import type { DirectUploads } from './services/uploads/direct-uploads.ts';
import type { Receiver } from './services/uploads/receiver.ts';
import type { Uploads } from './services/uploads/uploads.ts';
import type { Versions } from './services/uploads/versions.ts';
import { forgetVariants } from './services/variants/forget-variants.ts';
import type { VariantRecords } from './services/variants/variant-records.ts';
import { VERSION } from './version.ts';

/** Where log lines go. */
export interface Surroundings {
  readonly writeLog: (line: string) => void;
  readonly now?: () => Date;
}

/** The service, and what its start found in the stores; `undefined` where that is left to the first call, or cannot be told yet. */
export interface Service extends App {
  readonly found: 'new' | 'opened' | 'lost' | undefined;
  /** Gives up connections; nothing may be asked after it. */
  close(): Promise<void>;
}

const newId = (): string => randomBytes(16).toString('hex');
/** Of images and their changes; documents have ids of lower case. */
const newImageId = (): string => toUlid(Date.now(), randomBytes(10));

/** Builds the service once: config → stores → services → app. */
export async function bootstrap(config: Config, { writeLog, now = () => new Date() }: Surroundings): Promise<Service> {
  const logger = createLogger(writeLog, now);
  const stored = await openDocuments(config, now);
  // What a bucket was seen to do is remembered in documents, which are opened after the store that is asked.
  let openCapabilities: (() => Promise<BucketCapabilities>) | undefined;
  let leftovers: Leftovers | undefined;
  const s3 = await openS3Objects(config, now, {
    capabilities: async (bucketName) => (await openCapabilities?.())?.of(bucketName) ?? {},
    whileOpen: async ({ bucket, key, uploadId }, work) => {
      if (leftovers === undefined) return work();
      return leftovers.during({ kind: 'upload', bucketName: bucket, objectName: key, uploadId }, work);
    },
  });
  const bed = createBed({
    documents: stored,
    place: placeOf(config),
    witnesses: await openWitnesses(config, s3?.store),
    newBed: config.newBed,
    newBedId: () => `b_${newId()}`,
    isToProve: config.documents.kind !== 'file',
    now,
  });
  const { documents } = bed;
  if (s3 !== undefined) {
    leftovers = lazily<Leftovers>(async () => {
      const { createLeftovers } = await import('./services/leftovers.ts');
      return createLeftovers(documents, now);
    });
    openCapabilities = openCapabilitiesOf(s3, documents, leftovers, now);
  }
  const state = await openBed(config, bed, logger);
  const secret = config.secret ?? (await openSecret(stored, bed, state));
  const { store, bucketSettings } = s3 ?? (await openFileObjects(config, deriveKey(secret, 'signed-request'), now));
  if (hasToMakeBucket(config, state)) {
    await makeDefaultBucket({ store, bucketName: config.defaultBucket, isKnownBed: state === 'opened', logger });
  }
  // The witness in a bucket that was not there yet.
  if (state === 'new') await bed.open();
  const previous = config.previousSecret === undefined ? [] : [config.previousSecret];
  const identity = openIdentity({ documents, secrets: [secret, ...previous], now, config });
  const { users, apiTokens } = identity;
  await announceAdminCode(identity, config.adminPhone, logger);
  const usage = lazily<Usage>(async () => {
    const { createUsage } = await import('./services/access/usage.ts');
    return createUsage(documents, now);
  });

  const access = createAccess(config.bed);
  const links = createLinks(config.publicUrl);
  const publicBuckets = new Set(config.bed === 'shared' ? [config.defaultBucket] : []);
  const buckets = createBuckets({
    ...{ store, bucketSettings, documents, access, publicBuckets, now },
    defaultBucket: config.defaultBucket,
  });
  const hotlinkRules = lazily<HotlinkRules>(async () => {
    const { createHotlinkRules } = await import('./services/buckets/hotlink-rules.ts');
    return createHotlinkRules(documents, now);
  });
  const recallHolder = createRecallHolder(users, apiTokens, access);
  const listedFacts = lazily<ListedFacts>(async () => {
    const { createListedFacts } = await import('./services/objects/listed-facts.ts');
    return createListedFacts({ documents, store, now });
  });
  const refuseExpired = refuseExpiredOf(documents, config.records !== 'none');
  const reader = createObjectReader({ store, buckets, access, recallHolder, listedFacts, refuseExpired });
  const events = createObjectEvents(newImageId);
  const locks = lazily<PlaceLocks>(async () => (await openIncoming()).locks);
  const isAccount = async (userId: string) => (await users.find(userId)) !== undefined;
  const { trashDays, maxUploadBytes: maxBytes, nameTemplate } = config;
  const library = { documents, store, buckets, events, locks, isAccount, newId, trashDays, logger, now };
  const records = await openRecords(config, now, (cause) =>
    logger.info('no-records', { reason: 'libsql cannot be loaded, so image/search finds nothing', cause }),
  );
  const { changes, settleRecords, completeRecords, bin, reconciler } = await keepRecords(records, library);
  events.on(bookUsage(usage));
  events.on(logChanges(logger));
  const variantRecords = lazily<VariantRecords>(async () => {
    const { createVariantRecords } = await import('./services/variants/variant-records.ts');
    return createVariantRecords({ documents, store, now });
  });
  if (config.transformer !== 'none') events.on(forgetVariants(variantRecords, logger));
  const caches = await openCachePurge(config);
  if (caches !== undefined) {
    const { purgeCaches } = await import('./services/objects/purge-caches.ts');
    const presetNames = async () => Object.keys(await (await openVariantServices()).presets.all());
    const ofMount = config.publicUrl?.includes('{key}') ? undefined : links;
    events.on(purgeCaches({ caches, buckets, links, variantLinks: ofMount, presetNames, logger }));
  }
  const uploadRules = lazily<UploadRules>(async () => {
    const { createUploadRules } = await import('./services/buckets/upload-rules.ts');
    return createUploadRules(documents, async () => (await makers()).transformer, now);
  });
  const converter = whenAsked(() => openConverter(config));
  const openIncoming = whenAsked(async () => {
    const { createIncoming } = await import('./services/uploads/incoming.ts');
    return createIncoming({
      ...config,
      ...{ documents, store, access, buckets, usage, events, changes, links, describe, uploadRules, recallHolder },
      ...{ newId, newImageId, now },
      transformer: async () => (await makers()).transformer,
      converter,
    });
  });
  const objects = lazily<Objects>(async () => {
    const { createObjects } = await import('./services/objects/objects.ts');
    const { writes, locks } = await openIncoming();
    const on = { store, reader, buckets, access, writes, events, changes, locks, newImageId };
    return createObjects({ ...on, bin: trashDays > 0 ? bin : undefined });
  });
  const makers = whenAsked(() => openTransformers(config, now));
  // Of our own mount, where variants are made.
  const variantLinks = createLinks(config.publicUrl?.includes('{key}') ? undefined : config.publicUrl);
  const embeds = lazily<Embeds>(async () => {
    const { createEmbeds } = await import('./services/objects/embeds.ts');
    return createEmbeds({ links, variantLinks, hasVariants: async () => (await makers()).kind !== 'none' });
  });
  const openDescribe = whenAsked(async () => {
    const { createDescribeImage } = await import('./services/uploads/describe-image.ts');
    const by = (await makers()).transformer;
    return by && createDescribeImage(by);
  });
  const describe: DescribeImage = async (image) => (await openDescribe())?.(image);
  const receive: Receiver = async (source, options) => (await openIncoming()).receive(source, options);
  const directUploads = lazily<DirectUploads>(async () => {
    const { openDirectUploads } = await import('./services/uploads/open-direct-uploads.ts');
    const { writes, openUploads, storeAnnounced: storeImage } = await openIncoming();
    return openDirectUploads({
      ...{ documents, store, writes, access, openUploads, maxBytes, now, receive, buckets, recallHolder, links },
      storeImage,
    });
  });
  const departures = lazily<Departures>(async () => {
    const { createDepartures } = await import('./services/jobs/departures.ts');
    const { locks } = await openIncoming();
    return createDepartures({ documents, store, buckets, usage, events, changes, locks, bin, now });
  });
  const accountChanges = lazily<AccountChanges>(async () => {
    const { createAccountChanges } = await import('./services/identity/account-changes.ts');
    return createAccountChanges({ ...identity, documents, departures, now });
  });
  const openClientServices = whenAsked(async () => {
    const { createClientServices } = await import('./services/uploads/client-services.ts');
    const { storeImage } = await openIncoming();
    return createClientServices({
      ...{ documents, objectStore: store, access, buckets, links, embeds, objects, reader },
      ...{ receive, recallHolder, storeImage, users, completeRecords, now },
      ...{ maxBytes, nameTemplate, defaultBucket: config.defaultBucket },
      keys: deriveKeys([secret, ...previous], 'delete-capability'),
    });
  });
  const libraryServices = openLibrary({
    ...{ ...identity, ...library, records, bin, access, links, reader, recallHolder, bed: config.bed },
    shareKeys: deriveKeys([secret, ...previous], 'share'),
    writes: async () => (await openIncoming()).writes,
  });
  const versions = lazily<Versions>(async () => {
    const { createVersions } = await import('./services/uploads/versions.ts');
    const on = { ...library, records, bin, access, users, recallHolder, links, changes, maxBytes, newImageId };
    return createVersions({ ...on, ...(await openIncoming()) });
  });
  const openVariantServices = whenAsked(async () => {
    const { openVariants } = await import('./services/variants/open-variants.ts');
    return openVariants({
      ...{ documents, store, reader, recallHolder, logger, now },
      ...(await makers()),
      keys: deriveKeys([secret, ...previous], 'variant'),
      links: variantLinks,
    });
  });
  const openClientSettings = whenAsked(async () => {
    const { createClientSettings } = await import('./dialects/settings/client-settings.ts');
    return createClientSettings({ apiTokens, now });
  });
  const openBucketCheck = whenAsked(async () => {
    const { createBucketCheck } = await import('./services/buckets/bucket-check.ts');
    return createBucketCheck(store, bucketSettings, await openCapabilities?.());
  });
  const openReconcile = whenAsked(async () => {
    const { createReconcile } = await import('./services/jobs/reconcile.ts');
    const { locks } = await openIncoming();
    const on = { documents, store, buckets, isAccount, usage, locks, events, changes, now };
    return createReconcile({ ...on, reconciler, newRunId: newId });
  });
  const openSweep = whenAsked(async () => {
    const { createSweep } = await import('./services/jobs/sweep.ts');
    return createSweep({ documents, store, logger, now });
  });
  const openTrimVariants = whenAsked(async () => {
    const { createTrimVariants } = await import('./services/jobs/trim-variants.ts');
    return createTrimVariants({ documents, records: variantRecords, maxBytes: config.variantsBytes, logger, now });
  });
  const openHealth = whenAsked(async () => {
    const { createHealth } = await import('./services/health.ts');
    return createHealth({
      version: VERSION,
      config,
      library: records !== undefined,
      isFirst: () => users.isFirst(''),
      variants: async () => (await makers()).kind,
      converter,
      documents: { kind: config.documents.kind, ping: both(documents.ping, () => bed.ping('documents')) },
      objects: { kind: config.objects.kind, ping: both(store.ping, () => bed.ping('objects')) },
    });
  });
  const app = createApp({
    logger,
    now,
    bed,
    callers: createCallers({ ...identity, access }),
    idempotency: lazily<Idempotency>(async () => {
      const { createIdempotency } = await import('./services/idempotency.ts');
      return createIdempotency(documents, now);
    }),
    ...identity,
    accountChanges,
    usage,
    buckets,
    hotlinkRules,
    uploadRules,
    checkBucket: async (bucketName) => (await openBucketCheck())(bucketName),
    reconcile: async (options) => (await openReconcile())(options),
    reader,
    objects,
    uploads: lazily<Uploads>(async () => (await openIncoming()).uploads),
    directUploads,
    links,
    embeds,
    health: async (language) => (await openHealth())(language),
    jobs: [
      { name: 'sweep', schedule: everyHours(1, 17), run: async (budget) => (await openSweep())(budget) },
      { name: 'departures', schedule: everyHours(1, 37), run: departures.run },
      { name: 'prove-documents', schedule: everyHours(24, 7), run: createProveDocuments(bed, logger) },
      { name: 'settle-records', schedule: everyHours(1, 47), startsAtOnce: true, run: settleRecords },
      { name: 'trim-variants', schedule: everyHours(6, 57), run: async (budget) => (await openTrimVariants())(budget) },
    ],
    receive,
    openClientServices,
    openClientSettings,
    trials: lazily<Trials>(async () => {
      const { createTrials } = await import('./services/identity/trials.ts');
      return createTrials({ documents, apiTokens, logger, now });
    }),
    ...libraryServices,
    versions,
    openVariants: openVariantServices,
  });
  const close = async () => void (await Promise.all([stored.close?.(), records?.close?.()]));
  return { ...app, found: state, close };
}

/** The accounts of a bed, on its stores alone, beside a server or without one. */
export async function openAccounts(config: Config, now: () => Date = () => new Date()) {
  const { openAccountsOn } = await import('./services/identity/open-accounts.ts');
  return openAccountsOn(await openDocuments(config, now), config, now);
}

async function openWitnesses(config: Config, s3: ObjectStore | undefined): Promise<readonly BedWitness[]> {
  const { objects, defaultBucket } = config;
  return [
    ...(await openWitnessFiles(config)),
    ...(objects.kind === 's3' && s3 !== undefined
      ? [createWitnessObject(s3, defaultBucket, objects.endpoint ?? objects.region)]
      : []),
  ];
}

const both =
  (...pings: readonly (() => Promise<void>)[]): (() => Promise<void>) =>
  async () =>
    void (await Promise.all(pings.map((ping) => ping())));
