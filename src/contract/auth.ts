import * as v from 'valibot';
import { accountShape, apiTokenShape } from '../naming/account.ts';
import { input, optional } from './field.ts';
import {
  after,
  disabled,
  email,
  endTokens,
  grants,
  images,
  invitation,
  invitationId,
  name,
  npwd,
  opwd,
  phone,
  quota,
  reset,
  role,
  tfs,
  upwd,
  userId,
} from './fields/account.ts';
import { bucketName } from './fields/bucket.ts';
import { prefix } from './fields/object.ts';
import { pageSize } from './fields/page.ts';
import { expiresIn, maxBytes, refreshToken, scopes, sessionId } from './fields/token.ts';
import { tokenId } from './fields/token-id.ts';
import { type Contract, route } from './route-contract.ts';

const tokenPair = v.object({ token: v.string(), refreshToken: v.string(), expiresIn: v.number() });
const proof = input({ phone, upwd });
const nothing = v.object({});

const profile = v.object({
  userId: v.string(),
  ...accountShape.entries,
  phone: v.string(),
  wechatBound: v.boolean(),
});
const tokenSummary = { ...apiTokenShape.entries, lastUsedAt: v.optional(v.string()) };

/** Routes under `auth/*`. */
export const authContract = {
  'auth/register': route({
    summary: 'Makes an account; the first one is the admin.',
    access: 'public',
    changes: true,
    input: input({ name, tfs: optional(tfs, ''), email, phone, upwd, invitation: optional(invitation) }),
    output: v.object({ userId: v.string() }),
    audits: { output: ['userId'] },
  }),
  'auth/login': route({
    summary: 'Signs in; `expiresIn` is in seconds.',
    access: 'public',
    changes: true,
    input: proof,
    output: tokenPair,
    // Whom it is about, only a phone or a token says.
    audits: {},
  }),
  'auth/refresh': route({
    summary: 'Gives a new pair; the old `refreshToken` is used up.',
    access: 'public',
    changes: true,
    input: input({ refreshToken }),
    output: tokenPair,
    audits: {},
  }),
  'auth/logout': route({
    summary: 'Ends this session, or the API token that calls.',
    access: 'member',
    scope: 'any',
    changes: true,
    input: input({}),
    output: nothing,
    audits: {},
  }),
  'auth/logoutAll': route({
    summary: 'Ends every session of the account.',
    access: 'member',
    changes: true,
    input: input({}),
    output: nothing,
    audits: {},
  }),
  'auth/logoutOthers': route({
    summary: 'Ends every other session of the account.',
    access: 'member',
    changes: true,
    input: input({}),
    output: nothing,
    audits: {},
  }),
  'auth/listSessions': route({
    summary: 'Lists the sessions of the account; `device` is its own word.',
    access: 'member',
    methods: ['GET', 'POST'],
    input: input({}),
    output: v.array(
      v.object({
        id: v.string(),
        device: v.optional(v.string()),
        createdAt: v.optional(v.string()),
        lastUsedAt: v.string(),
        current: v.boolean(),
      }),
    ),
  }),
  'auth/revokeSession': route({
    summary: 'Ends a session of the account.',
    access: 'member',
    changes: true,
    input: input({ sessionId }),
    output: nothing,
    audits: { input: ['sessionId'] },
  }),
  'auth/change': route({
    summary:
      'Changes the password, proved by the old one; every session of the account ends, and with `endTokens` every API token.',
    access: 'public',
    changes: true,
    input: input({ phone, opwd, npwd, endTokens: optional(endTokens, false) }),
    output: nothing,
    audits: {},
  }),
  'auth/resetPassword': route({
    summary: 'Sets a password by the code of an admin; every session and every API token of the account ends.',
    access: 'public',
    changes: true,
    input: input({ reset, npwd }),
    output: nothing,
    audits: {},
  }),
  'auth/updateMe': route({
    summary: 'Changes the own account, proved by the password; what is left out stays.',
    access: 'member',
    changes: true,
    input: input({ upwd, name: optional(name), tfs: optional(tfs), email: optional(email), phone: optional(phone) }),
    output: profile,
    audits: {},
  }),
  'auth/deleteAccount': route({
    summary:
      'Deletes the own account, proved by the password; `finished` is false while its images are still on their way.',
    access: 'member',
    changes: true,
    input: input({ upwd, images }),
    output: v.object({ finished: v.boolean() }),
    audits: { input: ['images'] },
  }),
  'auth/me': route({
    summary: 'Shows the account, the phone masked, and what it uses.',
    access: 'member',
    methods: ['GET', 'POST'],
    input: input({}),
    output: v.object({ ...profile.entries, usage: v.object({ bytes: v.number(), objects: v.number() }) }),
  }),
  'auth/whoami': route({
    summary: 'Says whom the credential of the call speaks for and, of an API token, what it is cut down to.',
    access: 'member',
    scope: 'any',
    methods: ['GET', 'POST'],
    input: input({}),
    output: v.object({
      userId: v.string(),
      name: v.string(),
      role: accountShape.entries.role,
      token: v.optional(v.object(tokenSummary)),
    }),
  }),
  'auth/createToken': route({
    summary: 'Makes an API token, which is shown this once.',
    access: 'member',
    changes: true,
    input: input({
      name,
      scopes,
      bucketName: optional(bucketName),
      prefix: optional(prefix),
      expiresIn: optional(expiresIn),
      maxBytes: optional(maxBytes),
    }),
    output: v.object({ ...tokenSummary, token: v.string() }),
    audits: { input: ['scopes', 'bucketName', 'prefix', 'expiresIn', 'maxBytes'], output: ['id'] },
  }),
  'auth/listTokens': route({
    summary: 'Lists the API tokens of the account.',
    access: 'member',
    methods: ['GET', 'POST'],
    input: input({}),
    output: v.array(v.object(tokenSummary)),
  }),
  'auth/revokeToken': route({
    summary: 'Ends an API token.',
    access: 'member',
    changes: true,
    input: input({ tokenId }),
    output: nothing,
    audits: { input: ['tokenId'] },
  }),
  'auth/wechatLogin': route({
    summary: 'Signs in the account that the OPENID is bound to; by `callFunction` only.',
    access: 'public',
    changes: true,
    input: input({}),
    output: tokenPair,
    audits: {},
  }),
  'auth/wechatBind': route({
    summary: "Binds the caller's OPENID to an account; by `callFunction` only.",
    access: 'public',
    changes: true,
    input: proof,
    output: nothing,
    audits: {},
  }),
  'auth/wechatUnbind': route({
    summary: 'Unbinds the OPENID.',
    access: 'member',
    changes: true,
    input: input({}),
    output: nothing,
    audits: {},
  }),
  'auth/invite': route({
    summary: 'Makes an invitation for one person, good for a week unless said.',
    access: 'admin',
    changes: true,
    input: input({ expiresIn: optional(expiresIn, 7 * 24 * 60 * 60) }),
    output: v.object({ id: v.string(), invitation: v.string(), expiresAt: v.string() }),
    audits: { input: ['expiresIn'] },
  }),
  'auth/listInvitations': route({
    summary: 'Lists the invitations that nobody has used, without their codes.',
    access: 'admin',
    methods: ['GET', 'POST'],
    input: input({}),
    output: v.array(v.object({ id: v.string(), expiresAt: v.string() })),
  }),
  'auth/withdrawInvitation': route({
    summary: 'Withdraws an invitation.',
    access: 'admin',
    changes: true,
    input: input({ invitationId }),
    output: nothing,
    audits: { input: ['invitationId'] },
  }),
  'auth/createPasswordReset': route({
    summary: 'Makes a code by which the owner of an account sets another password, once; good for a day unless said.',
    access: 'admin',
    changes: true,
    input: input({ userId, expiresIn: optional(expiresIn, 24 * 60 * 60) }),
    output: v.object({ reset: v.string(), expiresAt: v.string() }),
    audits: { input: ['userId', 'expiresIn'] },
  }),
  'auth/listUsers': route({
    summary: 'Lists accounts, a page at a time.',
    access: 'admin',
    methods: ['GET', 'POST'],
    input: input({ pageSize: optional(pageSize, 100), after: optional(after) }),
    output: v.object({ users: v.array(profile), after: v.optional(v.string()) }),
  }),
  'auth/updateUser': route({
    summary: 'Changes what an account is and may do; what is left out stays.',
    access: 'admin',
    changes: true,
    input: input({
      userId,
      role: optional(role),
      grants: optional(grants),
      disabled: optional(disabled),
      quota: optional(quota),
    }),
    output: profile,
    audits: { input: ['userId', 'role', 'grants', 'disabled', 'quota'] },
  }),
} as const satisfies Contract;
