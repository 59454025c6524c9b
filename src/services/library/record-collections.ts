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

const shelvedAlbum = v.object({
  name: v.string(),
  description: v.string(),
  /** Of the same shelf; absent at the top. */
  parentId: v.optional(v.string()),
  coverId: v.optional(v.string()),
  createdAt: v.string(),
  updatedAt: v.string(),
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
