import { AppError } from '../../errors.ts';
import { type Role, USER_ID } from '../../naming/account.ts';
import { SCOPES, type Scope } from '../../naming/scope.ts';
import { ulidTime } from '../../naming/ulid.ts';

/** Leave to do something to the keys of a bucket that begin with `prefix`. */
export interface Grant {
  readonly bucketName: string;
  readonly prefix: string;
  readonly actions: readonly Scope[];
}

/** What an API token is cut down to; never more than its owner may. */
export interface Narrowing {
  readonly scopes: readonly Scope[];
  readonly bucketName?: string | undefined;
  readonly prefix?: string | undefined;
  /** Of one image. */
  readonly maxBytes?: number | undefined;
}

/** A person behind a call. */
export interface Member {
  readonly kind: 'member';
  readonly userId: string;
  readonly role: Role;
  readonly grants: readonly Grant[];
  readonly quota: Quota;
  /** Present when the call came with a session's access token. */
  readonly sessionId?: string | undefined;
  /** Present when the call came with an API token. */
  readonly narrowing?: Narrowing | undefined;
  /** The id of that API token. */
  readonly tokenId?: string | undefined;
  /** Names the API token, or the state of the account's sessions, that the call came with; see `RecallHolder`. */
  readonly credential?: string | undefined;
}

/** Upper bounds for one member; what is absent is unbounded. */
export interface Quota {
  readonly bytes?: number | undefined;
  readonly objects?: number | undefined;
  readonly uploadsPerDay?: number | undefined;
}

/** Who calls. */
export type Caller = Member | { readonly kind: 'anonymous'; readonly rejectedToken: boolean };

/** Who calls without a credential. */
export const ANONYMOUS: Caller = { kind: 'anonymous', rejectedToken: false };

/** User metadata that says that an image was uploaded to go by itself, and when, as it was meant then: milliseconds since 1970. */
export const EXPIRES = 'expires-at';

/** User metadata that names an object's owner. */
export const OWNER = 'owner';

/** Whose an object is; `undefined` where it names nobody who could have an account, since it came into the bucket past the service. */
export function ownerOf(metadata: Readonly<Record<string, string>>): string | undefined {
  const owner = metadata[OWNER];
  return owner !== undefined && USER_ID.test(owner) ? owner : undefined;
}

/** Where an image's own id is kept, new with each that is stored or copied and kept where one is moved, so that no other of the same bytes is taken for it; older ones have none. */
export const IMAGE_ID = 'image-id';

/** The ULID of an image; `undefined` of an old one, which has another or none, and of what came past the service. */
export function imageIdOf(metadata: Readonly<Record<string, string>>): string | undefined {
  const id = metadata[IMAGE_ID];
  return id !== undefined && ulidTime(id) !== undefined ? id : undefined;
}

/** Who may reach which images. A call that acts twice, as moving does, asks for each of its actions. */
export interface Access {
  /** Tells whether an action on a key is within the caller's reach, whoever owns the image. */
  reaches(caller: Caller, action: Scope, bucketName: string, key: string): boolean;
  /** Tells whether any key of the bucket is within the caller's reach. */
  seesBucket(caller: Caller, bucketName: string): boolean;
  /**
   * The prefixes to list when `prefix` is asked for, which is a name as `place` takes it, in UTF-8 byte order, none of which begins with another: what begins
   * with one comes before all that begins with the next. Empty when there is nothing for the caller to see.
   */
  listPrefixes(caller: Caller, bucketName: string, prefix: string): readonly string[];
  /** Where what the caller calls `name` is: in a private bed below the member's own prefix, which it may say itself. */
  place(caller: Caller, name: string): string;
}

/** Creates the rules of a bed: in a `shared` one members reach what is granted, in a `private` one only their own prefix of it. */
export function createAccess(bed: 'shared' | 'private'): Access {
  const prefixesOf = (caller: Caller, action: Scope, bucketName: string): readonly string[] => {
    if (caller.kind === 'anonymous') return [];
    const { narrowing } = caller;
    if (narrowing && !narrowing.scopes.includes(action)) return [];
    if (narrowing?.bucketName !== undefined && narrowing.bucketName !== bucketName) return [];
    const prefixes = grantedPrefixes(caller, action, bucketName);
    return prefixes.flatMap((prefix) => intersect(prefix, narrowing?.prefix ?? ''));
  };

  const grantedPrefixes = (member: Member, action: Scope, bucketName: string): readonly string[] => {
    if (member.role === 'admin') return [''];
    const granted = member.grants
      .filter((grant) => grant.bucketName === bucketName && grant.actions.includes(action))
      .map((grant) => grant.prefix);
    return granted.map((prefix) => placePrefix(member, prefix));
  };

  const place: Access['place'] = (caller, name) => {
    if (bed === 'shared' || caller.kind === 'anonymous' || caller.role === 'admin') return name;
    const own = ownPrefix(caller);
    return name.startsWith(own) ? name : own + name;
  };

  /** The beginning of the own prefix means all of it. */
  const placePrefix = (caller: Caller, prefix: string): string => {
    const own = place(caller, '');
    return own.startsWith(prefix) ? own : place(caller, prefix);
  };

  return {
    reaches: (caller, action, bucketName, key) =>
      prefixesOf(caller, action, bucketName).some((prefix) => key.startsWith(prefix)),
    seesBucket: (caller, bucketName) => SCOPES.some((action) => prefixesOf(caller, action, bucketName).length > 0),
    listPrefixes: (caller, bucketName, prefix) => {
      const placed = placePrefix(caller, prefix);
      return withoutCovered(prefixesOf(caller, 'list', bucketName).flatMap((allowed) => intersect(allowed, placed)));
    },
    place,
  };
}

const ownPrefix = ({ userId }: Member): string => `${userId}/`;

/** The keys that begin with both prefixes begin with the longer one, if that begins with the shorter. */
const intersect = (one: string, other: string): readonly string[] => {
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one];
  return longer.startsWith(shorter) ? [longer] : [];
};

/** In byte order a prefix stands right before those that it covers. */
function withoutCovered(prefixes: readonly string[]): readonly string[] {
  const sorted = [...prefixes].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  const kept: string[] = [];
  for (const prefix of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}

/** The person behind a call that `authorize` has let through. */
export function requireMember(caller: Caller): Member {
  if (caller.kind === 'anonymous') throw new TypeError('the route should have wanted a member');
  return caller;
}

/** Refuses to let anybody but the owner or an admin change an object. @throws {AppError} AccessDenied */
export function requireOwner(caller: Caller, metadata: Readonly<Record<string, string>>): void {
  if (caller.kind === 'member' && (caller.role === 'admin' || metadata[OWNER] === caller.userId)) return;
  throw new AppError('AccessDenied', {
    zh: '只能覆盖或删除自己上传的图片；请换一个对象名，或请管理员操作',
    en: 'Only images of your own may be overwritten or removed; choose another object name or ask an admin',
  });
}
