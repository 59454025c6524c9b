import * as v from 'valibot';
import { defineCollection } from '../collection.ts';

/** Changes of which it is not known that records tell them; the job `settle-records` looks at their places. */
export const OPEN_CHANGES = defineCollection({
  name: 'open-changes',
  schema: v.object({
    at: v.number(),
    places: v.array(v.object({ bucketName: v.string(), objectName: v.string() })),
  }),
  retention: { kept: 'each goes with its change, or with the look at its places' },
});

export type OpenChange = v.InferOutput<typeof OPEN_CHANGES.schema>;

/** The id of the one document that tells it. */
export const RECORDS_CURSOR_ID = 'build-records';

/** How far records have been made of images that were there before them. */
export const RECORDS_CURSOR = defineCollection({
  name: 'settings',
  schema: v.object({ bucket: v.string(), token: v.optional(v.string()), isBuilt: v.boolean() }),
  retention: { kept: 'one document a bed' },
});

/** Images that are to go by themselves, by their ids in lower case. */
export const EXPIRIES = defineCollection({
  name: 'expiries',
  schema: v.object({ imageId: v.string(), at: v.number() }),
  retention: { kept: 'each goes with its image, or when that is to stay' },
});

/** So long a link says that its image has gone by itself. */
const BURIED_MS = 90 * 24 * 60 * 60 * 1000;

/** Where images were that went by themselves, by a hash of the place. */
export const EXPIRED = defineCollection({
  name: 'expired',
  schema: v.object({ at: v.number() }),
  retention: { isExpired: ({ at }, now) => now.getTime() - at > BURIED_MS },
});

/** The orders that an album can be shown in; `manual` is the one that people gave it. */
const ALBUM_ORDERINGS = ['newest', 'oldest', 'name', 'size', 'manual'] as const;

const shelvedAlbum = v.object({
  name: v.string(),
  description: v.string(),
  /** Of the same shelf; absent at the top. */
  parentId: v.optional(v.string()),
  coverId: v.optional(v.string()),
  /** `newest` where it is absent. */
  order: v.optional(v.picklist(ALBUM_ORDERINGS)),
  /** Whether anybody may be shown one of its images by chance. */
  random: v.optional(v.boolean()),
  createdAt: v.string(),
  updatedAt: v.string(),
});

/** The order that people gave the images of an album, by the album's id. */
export const ALBUM_ORDERS = defineCollection({
  name: 'album-orders',
  schema: v.object({ imageIds: v.array(v.string()) }),
  retention: { kept: 'each goes with its album' },
});

/** Archives that somebody may fetch, by a hash of what stands in the address. */
export const DOWNLOADS = defineCollection({
  name: 'downloads',
  schema: v.object({
    /** One of these two. */
    imageIds: v.optional(v.array(v.string())),
    albumId: v.optional(v.string()),
    /** Who asked for it. */
    holder: v.string(),
    until: v.number(),
  }),
  retention: { isExpired: ({ until }, now) => until <= now.getTime() },
});

const storedShare = v.object({
  /** One of these two. */
  albumId: v.optional(v.string()),
  imageId: v.optional(v.string()),
  /** Of the secret in its address. */
  hash: v.string(),
  /** As whom those see it who were given it. */
  holder: v.string(),
  /** argon2id, as of accounts. */
  passwordHash: v.optional(v.string()),
  download: v.boolean(),
  createdAt: v.string(),
  expiresAt: v.optional(v.string()),
});

export type StoredShare = v.InferOutput<typeof storedShare>;

/** What an account shares, in one document by the account's id; what is over goes with the next change. */
export const SHARE_LISTS = defineCollection({
  name: 'share-lists',
  schema: v.object({ shares: v.record(v.string(), storedShare) }),
  retention: { kept: 'its shares go one by one' },
});

/** All albums of an account in one document, by the account's id, so that no two changes of it make a circle of them. */
export const SHELVES = defineCollection({
  name: 'album-shelves',
  schema: v.object({
    albums: v.record(v.string(), shelvedAlbum),
    /** Removed, but records may still name them. */
    leaving: v.array(v.string()),
  }),
  retention: { kept: 'its albums are removed one by one' },
});
