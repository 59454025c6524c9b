import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type App, createApp } from './app.ts';
import type { Config } from './config.ts';
import { createLogger } from './logger.ts';
import type { BucketSettings } from './ports/bucket-settings.ts';
import { createAccess } from './services/access.ts';
import { createAccessTokens } from './services/access-tokens.ts';
import { createAccounts } from './services/accounts.ts';
import { createAdministration } from './services/administration.ts';
import { createApiTokens } from './services/api-tokens.ts';
import { createBucketCheck } from './services/bucket-check.ts';
import { createBuckets } from './services/buckets.ts';
import { createCredentials } from './services/credentials.ts';
import { createDirectUploads } from './services/direct-uploads.ts';
import { createHealth } from './services/health.ts';
import { createIdempotency } from './services/idempotency.ts';
import { createInvitations } from './services/invitations.ts';
import { deriveKey, readOrCreateKey } from './services/keys.ts';
import { createLinks } from './services/links.ts';
import { createSweep } from './services/maintenance.ts';
import { createObjectReader } from './services/object-reader.ts';
import { createObjects } from './services/objects.ts';
import { createPasswordPolicy } from './services/password-policy.ts';
import { createPasswords } from './services/passwords.ts';
import { createReceiver } from './services/receiver.ts';
import { createReconcile } from './services/reconciliation.ts';
import { createSessions } from './services/sessions.ts';
import { createThrottle } from './services/throttle.ts';
import { createUploads } from './services/uploads.ts';
import { createUsage } from './services/usage.ts';
import { createUsers } from './services/users.ts';
import { createWechat } from './services/wechat.ts';
import { createFileDocumentStore } from './stores/documents/file-system.ts';
import { createFileObjectStore } from './stores/objects/file-system.ts';
import { VERSION } from './version.ts';

const IMAGE_LIMITS = { maxSide: 16_384, maxFrames: 200 } as const;

/** Where log lines go. */
export interface Surroundings {
  readonly writeLog: (line: string) => void;
  readonly now?: () => Date;
}

/** Builds the service once: config → stores → services → app. */
export async function bootstrap(config: Config, { writeLog, now = () => new Date() }: Surroundings): Promise<App> {
  const logger = createLogger(writeLog, now);
  const documents = createFileDocumentStore({ folder: join(config.dataDir, 'documents'), now });
  const secret = config.secret ?? (await readOrCreateKey(documents, 'secret'));
  const store = createFileObjectStore({
    folder: join(config.dataDir, 'objects'),
    now,
    signing: { key: deriveKey(secret, 'signed-request') },
  });
  const bucketSettings: BucketSettings | undefined = undefined;
  await store.makeBucket(config.defaultBucket);

  const users = createUsers({ documents, now, adminPhone: config.adminPhone });
  const throttle = createThrottle(documents, now);
  const usage = createUsage(documents, now);
  const invitations = createInvitations(documents, now);
  const accounts = createAccounts({
    users,
    passwords: createPasswords(),
    passwordPolicy: createPasswordPolicy(config.passwordMinLength),
    invitations,
    throttle,
    registration: config.registration,
    defaultBucket: config.defaultBucket,
    adminPhone: config.adminPhone,
    now,
  });
  const previous = config.previousSecret === undefined ? [] : [config.previousSecret];
  const accessTokens = createAccessTokens([secret, ...previous], now);
  const sessions = createSessions({ documents, users, accessTokens, throttle, now });
  const apiTokens = createApiTokens(documents, users, now);
  const wechat = createWechat(documents, users);

  const access = createAccess(config.bed);
  const links = createLinks(config.publicUrl);
  const publicBuckets = new Set(config.bed === 'shared' ? [config.defaultBucket] : []);
  const buckets = createBuckets({ store, bucketSettings, documents, access, publicBuckets, now });
  const reader = createObjectReader({ store, buckets, access });
  const objects = createObjects({ store, reader, buckets, access, usage });
  const receive = createReceiver({
    spoolFolder: config.spoolFolder,
    maxBytes: config.maxUploadBytes,
    imageLimits: { ...IMAGE_LIMITS, maxPixels: config.maxPixels },
  });
  const { maxUploadBytes: maxBytes, nameTemplate } = config;
  const uploads = createUploads({ receive, objects, access, links, maxBytes, nameTemplate, now });
  const directUploads = createDirectUploads({
    documents,
    store,
    receive,
    objects,
    access,
    users,
    links,
    maxBytes,
    now,
  });
  const health = createHealth(VERSION, {
    documents: { kind: config.documents, ping: documents.ping },
    objects: { kind: config.objects, ping: store.ping },
  });
  return createApp({
    logger,
    now,
    credentials: createCredentials({ sessions, apiTokens, wechat }),
    idempotency: createIdempotency(documents, now),
    accounts,
    sessions,
    apiTokens,
    wechat,
    invitations,
    administration: createAdministration(users),
    usage,
    buckets,
    checkBucket: createBucketCheck(store, bucketSettings),
    reconcile: createReconcile({ documents, store, usage, newRunId: () => randomBytes(16).toString('hex') }),
    reader,
    objects,
    uploads,
    directUploads,
    links,
    health,
    sweep: createSweep({ documents, store, logger, now }),
  });
}
