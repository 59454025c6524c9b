import { RESERVED_PREFIX } from '../../naming/key.ts';
import { ulidTime } from '../../naming/ulid.ts';
import type { ImageRecord } from '../../ports/image-records.ts';
import type { ObjectMetadata } from '../../ports/object-store.ts';

/** Below it lie the bytes of all that is in the trash. */
export const TRASH_PREFIX = `${RESERVED_PREFIX}trash/`;

/** Where the bytes of an image lie while it is in the trash; `chance` keeps anybody from guessing it where a store shows what it has. */
export const toTrashKey = (imageId: string, chance: string): string => `${TRASH_PREFIX}${imageId}.${chance}`;

/** The image whose bytes lie at such a key; `undefined` for any other key. */
export function parseTrashKey(key: string): string | undefined {
  if (!key.startsWith(TRASH_PREFIX)) return undefined;
  const [imageId = '', chance = '', ...more] = key.slice(TRASH_PREFIX.length).split('.');
  return more.length === 0 && /^[0-9a-f]{32}$/.test(chance) && ulidTime(imageId) !== undefined ? imageId : undefined;
}

/** Tells an image that is being restored from one that is being thrown away: out of which bytes of the trash it came. */
export const RESTORED = 'restored';

/** Says of a picture which version of its image it took the place of: by that whoever finds it can go on. */
export const REPLACES = 'replaces';
/** Says of a picture which version of its image it was. */
export const ROLLED_BACK = 'rolled-back';

/** What nobody guesses of such a key. */
export const chanceOf = (trashKey: string): string => trashKey.slice(trashKey.lastIndexOf('.') + 1);

/** Whether an object came out of the trash that a record still names. */
export const isBackFrom = (
  { trashKey }: Pick<ImageRecord, 'trashKey'>,
  { metadata }: Pick<ObjectMetadata, 'metadata'>,
): boolean => trashKey !== undefined && metadata[RESTORED] === chanceOf(trashKey);
