import { createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { AppError, type ErrorCode, type Text } from '../../errors.ts';
import { CLOCKS_DIFFER_MS, type ObjectMetadata, type ObjectStore, UNDATED } from '../../ports/object-store.ts';
import { type Access, IMAGE_ID, ownerOf } from '../access/access.ts';
import type { RecallHolder } from '../identity/callers.ts';
import { accountDisabled, toMember, type Users } from '../identity/users.ts';
import type { Links } from '../objects/links.ts';
import type { Place } from '../objects/object-reader.ts';
import type { Objects } from '../objects/objects.ts';

/** Clients keep what they uploaded in a history, and delete from there long after. */
const LIFETIME_MS = 365 * 24 * 60 * 60 * 1000;
const TOKEN = /^d1\.([\w-]{1,3000})\.([\w-]{43})$/;
const text = v.optional(v.string());
const payloadSchema = v.tuple([v.number(), v.string(), v.string(), v.string(), text, text]);

/** An image as it was when the capability was made. */
interface DeletableImage extends Place {
  readonly etag: string;
  /** Its own id; an old one has none, and nor has an old capability. */
  readonly imageId?: string | undefined;
  /** The API token that it was uploaded with, with which the capability ends; what was uploaded otherwise has none. */
  readonly credential?: string | undefined;
}

type ReadCapability = DeletableImage & { readonly issuedAt: number };

/** What stands where a capability points: its image, another one, or nothing. */
type DeletableState = 'present' | 'replaced' | 'gone';

/** Leave to remove exactly one image, which its holder needs no token for. */
export interface DeleteCapabilities {
  issue(image: DeletableImage): string;
  /** Looks at the image without touching it. @throws {AppError} AccessDenied when the token is forged, altered or expired */
  show(token: string, mountUrl: string): Promise<Place & { readonly state: DeletableState; readonly url: string }>;
  /**
   * Removes the image of each token, one that is gone already too, and says what became of each: a token is refused when it
   * is not genuine, and when another image has taken the place of its own.
   *
   * @throws {AppError} the first refusal, when none could be removed
   */
  redeemAll(tokens: readonly string[]): Promise<Redemption>;
}

/** What became of each token, in their order. */
export interface Redemption {
  /** Those that are removed now, and beside each its bucket. */
  readonly objectName: readonly string[];
  readonly bucketName: readonly string[];
  readonly outcomes: readonly ({ readonly objectName: string } | { readonly error: ErrorCode; readonly err: Text })[];
}

interface DeleteCapabilitiesOptions {
  /** The first signs, all of them verify. */
  readonly keys: readonly [Uint8Array, ...Uint8Array[]];
  readonly objectStore: ObjectStore;
  readonly objects: Objects;
  readonly access: Access;
  readonly users: Users;
  readonly recallHolder: RecallHolder;
  readonly links: Links;
  readonly now: () => Date;
}

/** Creates the delete capabilities: a bucket, a key, an etag, the image's own id and an expiry under HMAC-SHA-256. */
export function createDeleteCapabilities(options: DeleteCapabilitiesOptions): DeleteCapabilities {
  const { keys, objectStore, objects, access, users, recallHolder, links, now } = options;

  const read = (token: string): ReadCapability => {
    const [, payload = '', signature = ''] = TOKEN.exec(token) ?? [];
    const isGenuine = keys.some((key) => isEqual(sign(key, payload), signature));
    const parsed = isGenuine ? v.safeParse(payloadSchema, parse(payload)) : undefined;
    if (!parsed?.success || parsed.output[0] <= now().getTime()) throw notACapability();
    const [expiresAt, etag, bucketName, objectName, imageId, credential] = parsed.output;
    return { etag, bucketName, objectName, imageId, credential, issuedAt: expiresAt - LIFETIME_MS };
  };

  const stateOf = (image: ReadCapability, found: ObjectMetadata | undefined): DeletableState => {
    if (found === undefined) return 'gone';
    return found.etag === image.etag && isOwn(image, found) ? 'present' : 'replaced';
  };

  /** The capability speaks for the image's owner, and for no more than the owner may. */
  const requireOwnerMay = async ({ bucketName, objectName, credential }: ReadCapability, found: ObjectMetadata) => {
    const ownerId = ownerOf(found.metadata);
    if (ownerId === undefined) throw notACapability();
    const user = await users.find(ownerId);
    if (user === undefined || user.disabled) throw accountDisabled();
    const isEnded = credential !== undefined && (await recallHolder(credential)) === undefined;
    if (isEnded) throw tokenRevoked();
    const owner = toMember(ownerId, user);
    if (!access.reaches(owner, 'delete', bucketName, objectName)) throw notACapability();
    return owner;
  };

  const redeem = async (token: string): Promise<Place> => {
    const image = read(token);
    const { bucketName, objectName } = image;
    const found = await objectStore.head(bucketName, objectName);
    if (stateOf(image, found) === 'replaced') throw replaced();
    if (found !== undefined) {
      const owner = await requireOwnerMay(image, found);
      if ((await objects.removeSeen(owner, image, found)) === 'changed') throw replaced();
    }
    return { bucketName, objectName };
  };

  const tryRedeem = (token: string): Promise<Place | AppError> =>
    redeem(token).catch((error: unknown) => {
      if (error instanceof AppError) return error;
      throw error;
    });

  return {
    issue: ({ etag, bucketName, objectName, imageId, credential }) => {
      const fields = [now().getTime() + LIFETIME_MS, etag, bucketName, objectName, imageId, credential].filter(isSaid);
      const payload = Buffer.from(JSON.stringify(fields)).toString('base64url');
      return `d1.${payload}.${sign(keys[0], payload)}`;
    },
    show: async (token, mountUrl) => {
      const image = read(token);
      const { bucketName, objectName } = image;
      const state = stateOf(image, await objectStore.head(bucketName, objectName));
      return { bucketName, objectName, state, url: links(mountUrl, bucketName, objectName) };
    },
    redeemAll: async (tokens) => {
      const redeemed: (Place | AppError)[] = [];
      // In turn, so that a token that is there twice finds its image gone.
      for (const token of tokens) redeemed.push(await tryRedeem(token));
      const refusals = redeemed.filter((one) => one instanceof AppError);
      const [first] = refusals;
      if (first !== undefined && refusals.length === redeemed.length) throw first;
      const removed = redeemed.flatMap((one) => (one instanceof AppError ? [] : [one]));
      return {
        objectName: removed.map(({ objectName }) => objectName),
        bucketName: removed.map(({ bucketName }) => bucketName),
        outcomes: redeemed.map((one) =>
          one instanceof AppError ? { error: one.code, err: one.text } : { objectName: one.objectName },
        ),
      };
    },
  };
}

/** The same bytes have the same etag, whoever's they are. An old capability has no id: then what was stored after it is another image. */
const isOwn = ({ imageId, issuedAt }: ReadCapability, { metadata, lastModified }: ObjectMetadata): boolean =>
  imageId === undefined
    ? lastModified.getTime() > UNDATED.getTime() && lastModified.getTime() <= issuedAt + CLOCKS_DIFFER_MS
    : metadata[IMAGE_ID] === imageId;

const isSaid = (field: unknown): boolean => field !== undefined;

const sign = (key: Uint8Array, payload: string): string =>
  createHmac('sha256', key).update(payload).digest('base64url');

/** Compared as text, so that the spare bits of the last letter do not make two tokens of one. */
const isEqual = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

function parse(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return undefined;
  }
}

const notACapability = (): AppError =>
  new AppError('AccessDenied', {
    zh: '删除链接无效或已过期；请登录后用 object/removeObject 删除',
    en: 'The delete link is not valid or has expired; sign in and remove the image by object/removeObject',
  });

const tokenRevoked = (): AppError =>
  new AppError('AccessDenied', {
    zh: '上传这张图片的 token 已被撤销或过期，它的删除链接随之失效；请登录后用 object/removeObject 删除',
    en: 'The token that uploaded this image was revoked or has expired, and its delete links with it; sign in and use object/removeObject',
  });

const replaced = (): AppError =>
  new AppError('AccessDenied', {
    zh: '这个位置上已经是另一张图片，删除链接只对原来的图片有效；请登录后用 object/removeObject 删除',
    en: 'Another image has taken this place, and the delete link is for the old one only; sign in and use object/removeObject',
  });
