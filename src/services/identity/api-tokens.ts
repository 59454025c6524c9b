import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { API_TOKEN_PREFIX } from '../../naming/credential.ts';
import type { Scope } from '../../naming/scope.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { Member } from '../access/access.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { TriedRequest } from './tried-request.ts';
import { type StoredToken, toMember, type User, type Users } from './users.ts';

/** When each token was last used; kept apart so that a use does not rewrite the account. */
export const TOKEN_USES = defineCollection({
  name: 'token-uses',
  schema: v.object({ at: v.string(), expiresAt: v.optional(v.string()) }),
  retention: {
    isExpired: ({ at, expiresAt }, now) => now.getTime() >= Math.min(Date.parse(at) + UNUSED_MS, toTime(expiresAt)),
  },
});
/** Tokens whose requests somebody waits for, each with the last that came; what that is, the route that tells it looks at. */
export const TRIALS = defineCollection({
  name: 'trials',
  schema: v.object({ userId: v.string(), until: v.string(), request: v.optional(v.custom<TriedRequest>(() => true)) }),
  retention: { isExpired: ({ until }, now) => now.getTime() >= Date.parse(until) },
});
/** After so long without a use, when the last one was says no more than that it was long ago. */
const UNUSED_MS = 2 * 365 * 24 * 60 * 60 * 1000;
const toTime = (time: string | undefined): number => (time === undefined ? Number.POSITIVE_INFINITY : Date.parse(time));
const MAX_TOKENS = 50;
/** A token's last use is known to the minute. */
const USE_RESOLUTION_MS = 60_000;
const MAX_NOTED = 10_000;

/** What a token is to be good for. */
export interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly bucketName?: string | undefined;
  readonly prefix?: string | undefined;
  readonly expiresIn?: number | undefined;
  readonly maxBytes?: number | undefined;
}

/** A token as its owner sees it; the secret is not part of it. */
export type TokenSummary = Omit<StoredToken, 'hash'> & { readonly lastUsedAt?: string };

/** A token that holds, and whom it speaks for. */
export interface IdentifiedToken {
  readonly member: Member;
  readonly user: User;
  readonly tokenId: string;
}

/** For clients that ask for a token whenever they start. */
export interface TokenLimit {
  /** So many tokens of this name stay, the new one included; the oldest go as it comes, and not before. */
  readonly mostOfName: number;
}

/** Tokens for upload clients and scripts, each narrower than its owner. */
export interface ApiTokens {
  /** Makes a token; it is shown this one time. @throws {AppError} InvalidArgument beyond 50 tokens */
  create(
    userId: string,
    request: TokenRequest,
    options?: TokenLimit,
  ): Promise<{ readonly token: string } & TokenSummary>;
  list(userId: string): Promise<readonly TokenSummary[]>;
  /** Shows one of them, as `list` does; `undefined` when there is no such token. */
  show(userId: string, tokenId: string): Promise<TokenSummary | undefined>;
  /** Ends a token at once; ending one that is gone succeeds. */
  revoke(userId: string, tokenId: string): Promise<void>;
  /** Finds out whose token this is; `undefined` when it is forged, expired or revoked. */
  identify(token: string): Promise<IdentifiedToken | undefined>;
  /** Finds a token by its id, without its secret; `undefined` when it is expired or revoked. */
  find(userId: string, tokenId: string): Promise<IdentifiedToken | undefined>;
}

/** Creates the API token service. */
export function createApiTokens(documents: DocumentStore, users: Users, now: () => Date): ApiTokens {
  const uses = openCollection(documents, TOKEN_USES);
  const noted = new Map<string, number>();

  const create: ApiTokens['create'] = async (userId, { expiresIn, ...request }, { mostOfName } = NO_LIMIT) => {
    const id = randomBytes(8).toString('hex');
    const secret = randomBytes(32);
    const createdAt = now();
    const stored: StoredToken = {
      ...request,
      scopes: [...request.scopes],
      id,
      hash: digest(secret),
      createdAt: createdAt.toISOString(),
      ...(expiresIn !== undefined && { expiresAt: new Date(createdAt.getTime() + expiresIn * 1000).toISOString() }),
    };
    let replaced: readonly StoredToken[] = [];
    await users.update(userId, (user) => {
      const namesakes = user.tokens.filter(({ name }) => name === request.name).sort(byAge);
      replaced = namesakes.slice(0, Math.max(0, namesakes.length - mostOfName + 1));
      const kept = user.tokens.filter((token) => !replaced.includes(token));
      if (kept.length >= MAX_TOKENS) throw tooManyTokens();
      return { ...user, tokens: [...kept, stored] };
    });
    await Promise.all(replaced.map((token) => uses.remove(token.id)));
    const packed = Buffer.concat([Buffer.from(userId.slice(2), 'hex'), Buffer.from(id, 'hex'), secret]);
    return { ...toSummary(stored), token: API_TOKEN_PREFIX + packed.toString('base64url') };
  };

  const list: ApiTokens['list'] = async (userId) => {
    const user = await users.find(userId);
    return Promise.all((user?.tokens ?? []).map(withUse));
  };

  const withUse = async (stored: StoredToken): Promise<TokenSummary> => {
    const use = await uses.read(stored.id);
    return { ...toSummary(stored), ...(use && { lastUsedAt: use.at }) };
  };

  const show: ApiTokens['show'] = async (userId, tokenId) => {
    const stored = (await users.find(userId))?.tokens.find(({ id }) => id === tokenId);
    return stored && withUse(stored);
  };

  const revoke: ApiTokens['revoke'] = async (userId, tokenId) => {
    await users.update(userId, (user) => ({ ...user, tokens: user.tokens.filter(({ id }) => id !== tokenId) }));
    await uses.remove(tokenId);
  };

  const findStored = async (userId: string, tokenId: string) => {
    const user = await users.find(userId);
    const stored = user?.tokens.find(({ id }) => id === tokenId);
    if (user === undefined || user.disabled || stored === undefined) return undefined;
    if (stored.expiresAt !== undefined && new Date(stored.expiresAt) <= now()) return undefined;
    const { scopes, bucketName, prefix, maxBytes } = stored;
    const member = { ...toMember(userId, user), tokenId, narrowing: { scopes, bucketName, prefix, maxBytes } };
    return { stored, identified: { user, member, tokenId } };
  };

  const identify: ApiTokens['identify'] = async (token) => {
    const parts = unpack(token);
    const found = parts && (await findStored(parts.userId, parts.id));
    if (parts === undefined || found === undefined) return undefined;
    if (!timingSafeEqual(Buffer.from(digest(parts.secret)), Buffer.from(found.stored.hash))) return undefined;
    await noteUse(found.stored);
    return found.identified;
  };

  const find: ApiTokens['find'] = async (userId, tokenId) => (await findStored(userId, tokenId))?.identified;

  const noteUse = async ({ id, expiresAt }: StoredToken): Promise<void> => {
    const at = now();
    if (at.getTime() - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < USE_RESOLUTION_MS) return;
    // What is forgotten is written once more; what is never forgotten grows for ever.
    if (noted.size >= MAX_NOTED) noted.clear();
    noted.set(id, at.getTime());
    await uses.upsert(id, () => ({ at: at.toISOString(), expiresAt }));
  };

  return { create, list, show, revoke, identify, find };
}

const NO_LIMIT: TokenLimit = { mostOfName: Number.POSITIVE_INFINITY };

const byAge = (one: StoredToken, other: StoredToken): number => one.createdAt.localeCompare(other.createdAt);

const toSummary = ({ hash: _, ...summary }: StoredToken): TokenSummary => summary;

const digest = (secret: Uint8Array): string => createHash('sha256').update(secret).digest('hex');

const PACKED_BYTES = 16 + 8 + 32;

function unpack(token: string): { readonly userId: string; readonly id: string; readonly secret: Buffer } | undefined {
  const packed = token.slice(API_TOKEN_PREFIX.length);
  if (!token.startsWith(API_TOKEN_PREFIX) || !/^[\w-]{75}$/.test(packed)) return undefined;
  const bytes = Buffer.from(packed, 'base64url');
  if (bytes.length !== PACKED_BYTES) return undefined;
  return {
    userId: `u_${bytes.subarray(0, 16).toString('hex')}`,
    id: bytes.subarray(16, 24).toString('hex'),
    secret: bytes.subarray(24),
  };
}

const tooManyTokens = (): AppError =>
  new AppError('InvalidArgument', {
    zh: `每个账号最多 ${MAX_TOKENS} 个 token；请先用 auth/revokeToken 撤销不用的`,
    en: `An account has at most ${MAX_TOKENS} tokens; revoke one by auth/revokeToken first`,
  });
