import { createLimit } from '../../concurrency/limit.ts';
import { fileNameOf } from '../../naming/key.ts';
import { textsNow } from '../texts/texts.ts';
import { bed } from './bed.ts';
import { type FoundImage, hideFound } from './found.ts';
import { hideImages } from './listing.ts';
import { tell } from './toasts.ts';
import { refreshTrash } from './trash.ts';

/** The bed removes so many at once. */
const MOST_AT_ONCE = 1000;
const MOVES_AT_ONCE = 4;

/** Takes images out wherever they are shown. @returns what puts them back */
function hide(bucketName: string, names: ReadonlySet<string>): (only?: ReadonlySet<string>) => void {
  const putBack = [hideImages(bucketName, names), hideFound(bucketName, names)];
  return (only) => {
    for (const put of putBack) put(only);
  };
}

/**
 * Removes images: at once for whoever looks, at the bed when the chance to take it back is gone. What the bed refuses is
 * there again, with the reason.
 */
export async function removeImages(bucketName: string, names: readonly string[]): Promise<'removed' | 'kept'> {
  const { library, picture, do: words } = textsNow();
  const putBack = hide(bucketName, new Set(names));
  const said = names.length === 1 ? picture.removed : library.removed(names.length);
  if (await tell(said, { undo: words.undo })) {
    putBack();
    return 'kept';
  }
  const refused = await removeAtBed(bucketName, names);
  // A folder that was read meanwhile shows them again.
  hide(bucketName, new Set(names.filter((name) => !refused.has(name))));
  refreshTrash();
  if (refused.size === 0) return 'removed';
  putBack(new Set(refused.keys()));
  void tell([...refused.values()][0] ?? textsNow().failed.sorry, { kind: 'failed' });
  return 'kept';
}

/** Removes what is called so among what was found, of whatever bucket. */
export function removeFound(images: readonly FoundImage[], names: readonly string[]): void {
  const wanted = new Set(names);
  const places = images.flatMap(({ name, place }) => (wanted.has(name) ? [place] : []));
  for (const bucketName of new Set(places.map((place) => place.bucketName))) {
    const own = places.filter((place) => place.bucketName === bucketName);
    void removeImages(
      bucketName,
      own.map(({ objectName }) => objectName),
    );
  }
}

/** Removes them at the bed. @returns why, of each that is still there */
async function removeAtBed(bucketName: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  for (let at = 0; at < names.length; at += MOST_AT_ONCE) {
    const objectNames = names.slice(at, at + MOST_AT_ONCE);
    const outcome = await bed.object.removeObjects.safe({ bucketName, objectNames });
    const left = outcome.ok
      ? outcome.data.filter(({ removed }) => !removed)
      : objectNames.map((objectName) => ({ objectName, err: outcome.error.message }));
    for (const { objectName, err = '' } of left) refused.set(objectName, err);
  }
  return refused;
}

/** What images are moved for. */
interface Move {
  readonly bucketName: string;
  readonly names: readonly string[];
  /** Where they go; empty for the top. */
  readonly folder: string;
  readonly onMoved: (done: number) => void;
}

/** Moves images into a folder, each by its own name. @returns those that were not moved, with the first reason @throws never */
export async function moveImages({ bucketName, names, folder, onMoved }: Move) {
  const enter = createLimit({ concurrent: MOVES_AT_ONCE });
  const target = folder.replace(/^\/+|\/+$/g, '');
  const left: string[] = [];
  let done = 0;
  let reason: unknown;
  await Promise.all(
    names.map((objectName) =>
      enter(async () => {
        const own = fileNameOf(objectName);
        const toObjectName = target === '' ? own : `${target}/${own}`;
        const outcome = await bed.object.moveObject.safe({ bucketName, objectName, toObjectName, onConflict: 'error' });
        if (!outcome.ok) {
          left.push(objectName);
          reason ??= outcome.error;
        }
        done += 1;
        onMoved(done);
      }),
    ),
  );
  hide(bucketName, new Set(names.filter((name) => !left.includes(name))));
  return { left, reason };
}
