import * as v from 'valibot';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

const tokenPair = v.object({ token: v.string(), refreshToken: v.string(), expiresIn: v.number() });
const proof = v.strictObject({ phone: field.phone, upwd: field.upwd });
const nothing = v.object({});

const scopes = v.array(v.picklist(['upload', 'read', 'delete', 'list']));
const grant = v.object({ bucketName: v.string(), prefix: v.string(), actions: scopes });
const quota = v.object({
  bytes: v.optional(v.number()),
  objects: v.optional(v.number()),
  uploadsPerDay: v.optional(v.number()),
});
const profile = v.object({
  userId: v.string(),
  name: v.string(),
  tfs: v.string(),
  email: v.string(),
  phone: v.string(),
  role: v.picklist(['admin', 'member']),
  grants: v.array(grant),
  quota,
  disabled: v.boolean(),
  wechatBound: v.boolean(),
  createdAt: v.string(),
});
const tokenSummary = {
  id: v.string(),
  name: v.string(),
  scopes,
  bucketName: v.optional(v.string()),
  prefix: v.optional(v.string()),
  maxBytes: v.optional(v.number()),
  expiresAt: v.optional(v.string()),
  createdAt: v.string(),
  lastUsedAt: v.optional(v.string()),
};

/** Routes under `auth/*`. */
export const authContract = {
  'auth/register': {
    access: 'public',
    changes: true,
    input: v.strictObject({
      name: field.name,
      tfs: field.tfs,
      email: field.email,
      phone: field.phone,
      upwd: field.upwd,
      invitation: v.optional(field.invitation),
    }),
    output: v.object({ userId: v.string() }),
  },
  'auth/login': { access: 'public', changes: true, input: proof, output: tokenPair },
  'auth/refresh': {
    access: 'public',
    changes: true,
    input: v.strictObject({ refreshToken: field.refreshToken }),
    output: tokenPair,
  },
  'auth/logout': { access: 'member', changes: true, input: v.strictObject({}), output: nothing },
  'auth/logoutAll': { access: 'member', changes: true, input: v.strictObject({}), output: nothing },
  'auth/change': {
    access: 'public',
    changes: true,
    input: v.strictObject({ phone: field.phone, opwd: field.opwd, npwd: field.npwd }),
    output: nothing,
  },
  'auth/me': {
    access: 'member',
    methods: ['GET', 'POST'],
    input: v.strictObject({}),
    output: v.object({ ...profile.entries, usage: v.object({ bytes: v.number(), objects: v.number() }) }),
  },
  'auth/createToken': {
    access: 'member',
    changes: true,
    input: v.strictObject({
      name: field.name,
      scopes: field.scopes,
      bucketName: v.optional(field.bucketName),
      prefix: v.optional(field.prefix),
      expiresIn: v.optional(field.expiresIn),
      maxBytes: v.optional(field.maxBytes),
    }),
    output: v.object({ ...tokenSummary, token: v.string() }),
  },
  'auth/listTokens': {
    access: 'member',
    methods: ['GET', 'POST'],
    input: v.strictObject({}),
    output: v.array(v.object(tokenSummary)),
  },
  'auth/revokeToken': {
    access: 'member',
    changes: true,
    input: v.strictObject({ tokenId: field.tokenId }),
    output: nothing,
  },
  'auth/wechatLogin': { access: 'public', changes: true, input: v.strictObject({}), output: tokenPair },
  'auth/wechatBind': { access: 'public', changes: true, input: proof, output: nothing },
  'auth/wechatUnbind': { access: 'member', changes: true, input: v.strictObject({}), output: nothing },
  'auth/invite': {
    access: 'admin',
    changes: true,
    input: v.strictObject({ expiresIn: v.optional(field.expiresIn, 7 * 24 * 60 * 60) }),
    output: v.object({ invitation: v.string(), expiresAt: v.string() }),
  },
  'auth/listUsers': {
    access: 'admin',
    methods: ['GET', 'POST'],
    input: v.strictObject({ pageSize: v.optional(field.pageSize, 100), after: v.optional(field.userId) }),
    output: v.object({ users: v.array(profile), after: v.optional(v.string()) }),
  },
  'auth/updateUser': {
    access: 'admin',
    changes: true,
    input: v.strictObject({
      userId: field.userId,
      role: v.optional(field.role),
      grants: v.optional(field.grants),
      disabled: v.optional(field.disabled),
      quota: v.optional(field.quota),
    }),
    output: profile,
  },
} as const satisfies Contract;
