import { randomBytes } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { type Caller, type Member, requireMember } from '../access/access.ts';
import { openCollection } from '../collection.ts';
import { toHolder } from '../identity/callers.ts';
import type { Passwords } from '../identity/passwords.ts';
import type { ImageAlbums } from './image-albums.ts';
import type { ImageQueries } from './image-search.ts';
import { SHARE_LISTS, type StoredShare } from './record-collections.ts';
import { digestOf, packShareToken, SECRET_BYTES } from './share-token.ts';

/** How something is shared. */
interface ShareWishes {
  /** In seconds; until it is withdrawn unless given. */
  readonly expiresIn?: number | undefined;
  readonly password?: string | undefined;
  readonly download: boolean;
}

/** A share as whoever made it sees it; its address is not part of it. */
interface ShareSummary {
  readonly shareId: string;
  /** One of these two. */
  readonly albumId?: string | undefined;
  readonly imageId?: string | undefined;
  readonly hasPassword: boolean;
  readonly download: boolean;
  readonly createdAt: string;
  readonly expiresAt?: string | undefined;
}

/** A share with its address, which is shown this once. */
type NewShare = ShareSummary & { readonly url: string };

/** How albums and images are handed to people without an account, and taken back. */
export interface Shares {
  /** Of one's own, or an admin's. @throws {AppError} NoSuchKey, AccessDenied for somebody else's, InvalidArgument beyond 200 */
  shareAlbum(caller: Caller, albumId: string, wishes: ShareWishes, mountUrl: string): Promise<NewShare>;
  /** Of an image that the caller may read. @throws {AppError} NoSuchKey, InvalidArgument beyond 200 */
  shareImage(caller: Caller, imageId: string, wishes: ShareWishes, mountUrl: string): Promise<NewShare>;
  /** What the caller shares, the newest first. */
  list(caller: Caller): Promise<readonly ShareSummary[]>;
  /** Ends one of them at once; ending one that is gone succeeds. */
  withdraw(caller: Caller, shareId: string): Promise<void>;
}

/** What both sides of shares stand on. */
export interface SharesOptions {
  readonly documents: DocumentStore;
  readonly imageAlbums: Pick<ImageAlbums, 'require'>;
  readonly imageSearch: Pick<ImageQueries, 'get'>;
  readonly passwords: Passwords;
  readonly now: () => Date;
}

const MAX_SHARES = 200;

/** Creates the side of those who share. */
export function createShares({ documents, imageAlbums, imageSearch, passwords, now }: SharesOptions): Shares {
  const lists = openCollection(documents, SHARE_LISTS);
  const isGoing = ([, share]: readonly [string, StoredShare]): boolean => !isOver(share, now());

  const make = async (
    member: Member,
    shared: Pick<StoredShare, 'albumId' | 'imageId'>,
    { wishes, mountUrl }: { readonly wishes: ShareWishes; readonly mountUrl: string },
  ): Promise<NewShare> => {
    const { expiresIn, password, download } = wishes;
    const secret = randomBytes(SECRET_BYTES);
    const shareId = randomBytes(8).toString('hex');
    const passwordHash = password === undefined ? undefined : await passwords.hash(password);
    const at = now();
    const share: StoredShare = {
      ...{ ...shared, hash: digestOf(secret), holder: holderOf(member), download, createdAt: at.toISOString() },
      ...(passwordHash !== undefined && { passwordHash }),
      ...(expiresIn !== undefined && { expiresAt: new Date(at.getTime() + expiresIn * 1000).toISOString() }),
    };
    await lists.upsert(member.userId, (list) => {
      const going = Object.entries(list?.shares ?? {}).filter(isGoing);
      if (going.length >= MAX_SHARES) throw tooMany();
      return { shares: { ...Object.fromEntries(going), [shareId]: share } };
    });
    const token = packShareToken({ ownerId: member.userId, shareId, secret });
    return { ...toSummary(shareId, share), url: `${mountUrl}/a/${token}` };
  };

  return {
    shareAlbum: async (caller, albumId, wishes, mountUrl) => {
      const member = requireMember(caller);
      const album = await imageAlbums.require(caller, albumId);
      if (!isTheirs(member, album.ownerId)) throw notYours(album.name);
      return make(member, { albumId }, { wishes, mountUrl });
    },
    shareImage: async (caller, imageId, wishes, mountUrl) => {
      await imageSearch.get(caller, { imageId, bucketName: '' }, mountUrl);
      return make(requireMember(caller), { imageId }, { wishes, mountUrl });
    },
    list: async (caller) => {
      const list = await lists.read(requireMember(caller).userId);
      return Object.entries(list?.shares ?? {})
        .filter(isGoing)
        .map(([shareId, share]) => toSummary(shareId, share))
        .sort((one, other) => other.createdAt.localeCompare(one.createdAt));
    },
    withdraw: async (caller, shareId) => {
      await lists.update(requireMember(caller).userId, (list) => {
        const { [shareId]: withdrawn, ...shares } = list.shares;
        return withdrawn === undefined ? list : { shares };
      });
    },
  };
}

/** Whether its time is up. */
export const isOver = ({ expiresAt }: StoredShare, now: Date): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();

/** Whose albums somebody may hand on. */
export const isTheirs = ({ role, userId }: Member, ownerId: string): boolean => role === 'admin' || userId === ownerId;

/** A share ends with the API token that made it; of sessions only with the account. */
const holderOf = (member: Member): string =>
  toHolder(member.tokenId === undefined ? { ...member, credential: '' } : member);

const toSummary = (shareId: string, { hash: _, holder: __, passwordHash, ...share }: StoredShare): ShareSummary => ({
  shareId,
  ...share,
  hasPassword: passwordHash !== undefined,
});

const notYours = (name: string): AppError =>
  new AppError('AccessDenied', {
    zh: `只能分享自己的相册；${name} 请由建它的人或管理员分享`,
    en: `Only an album of your own can be shared; ask whoever made ${name}, or an admin`,
  });

const tooMany = (): AppError =>
  new AppError('InvalidArgument', {
    zh: `每个账号同时至多 ${MAX_SHARES} 个分享；请先用 album/unshare 撤回不用的`,
    en: `An account has at most ${MAX_SHARES} shares at a time; withdraw some by album/unshare first`,
  });
