import * as v from 'valibot';
import { SCOPES } from './scope.ts';

/** What a member may do beside its own images. */
export const ROLES = ['admin', 'member'] as const;

/** One of them. */
export type Role = (typeof ROLES)[number];

/** What becomes of the images of an account that is deleted: they stay, go to an admin, or go. */
export const LEGACIES = ['keep', 'transfer', 'remove'] as const;

/** One of them. */
export type Legacy = (typeof LEGACIES)[number];

/** The id of an account. */
export const USER_ID = /^u_[0-9a-f]{32}$/;

const scopes = v.array(v.picklist(SCOPES));

/** Leave to do something to the keys of a bucket that begin with `prefix`. */
export const grantShape = v.object({ bucketName: v.string(), prefix: v.string(), actions: scopes });

/** Upper bounds for one member; what is absent is unbounded. */
export const quotaShape = v.object({
  bytes: v.optional(v.number()),
  objects: v.optional(v.number()),
  uploadsPerDay: v.optional(v.number()),
});

/** An API token without its secret. Times are ISO 8601, `maxBytes` is for one image. */
export const apiTokenShape = v.object({
  id: v.string(),
  name: v.string(),
  scopes,
  bucketName: v.optional(v.string()),
  prefix: v.optional(v.string()),
  maxBytes: v.optional(v.number()),
  expiresAt: v.optional(v.string()),
  createdAt: v.string(),
});

/** What admins, and the person itself, may see of an account, but for its phone. */
export const accountShape = v.object({
  name: v.string(),
  tfs: v.string(),
  email: v.string(),
  role: v.picklist(ROLES),
  grants: v.array(grantShape),
  quota: quotaShape,
  disabled: v.boolean(),
  createdAt: v.string(),
});
