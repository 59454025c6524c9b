import { type BedClient, BedError } from '../client/node/index.ts';
import { mapLimited } from '../concurrency/limit.ts';
import { createTrail } from '../concurrency/trail.ts';
import type { RouteOutput } from '../contract/contract.ts';
import { MAX_KEYS_AT_ONCE } from '../naming/s3-limits.ts';
import { encodeKey } from '../naming/uri.ts';
import { UsageError } from './command-line.ts';
import { EXIT, type Language, type Terminal } from './terminal.ts';

interface Listing {
  /** Of the bed, for links. */
  readonly url: string;
  readonly bucketName: string;
  readonly prefix: string;
  readonly json: boolean;
}

/** Prints name, bytes, date and link of every image below a prefix. @returns the exit code */
export async function list(terminal: Terminal, bed: BedClient, listing: Listing): Promise<number> {
  const { bucketName, prefix, json } = listing;
  const listed: object[] = [];
  let continuationToken: string | undefined = '';
  const trail = createTrail(() => new Error('The listing of the bed has no end'));
  while (continuationToken !== undefined) {
    const page: RouteOutput<'object/listObjects'> = await bed.object.listObjects({
      bucketName,
      prefix,
      recursive: true,
      pageSize: MAX_KEYS_AT_ONCE,
      continuationToken,
      facts: json,
    });
    for (const item of page.lists) {
      if (!('name' in item)) continue;
      const url = `${listing.url}/i/${bucketName}/${encodeKey(item.name)}`;
      if (json) listed.push({ ...item, url });
      else terminal.print(`${item.name}\t${item.size}\t${item.lastModified}\t${url}\n`);
    }
    continuationToken = trail(page.continuationToken);
  }
  if (json) terminal.print(`${JSON.stringify(listed)}\n`);
  return EXIT.done;
}

interface Named {
  /** As it was given. */
  readonly given: string;
  readonly bucketName: string;
  readonly objectName: string;
}

/** Reads a name in the bucket, or a link as `upload` and `list` print it. @throws {UsageError} for a link that tells no image */
function toNamed(given: string, bucketName: string): Named {
  if (!/^https?:\/\//i.test(given)) return { given, bucketName, objectName: given };
  const [, bucket = '', path = ''] = (URL.canParse(given) && /\/i\/([^/]+)\/(.+)$/.exec(new URL(given).pathname)) || [];
  const objectName = decode(path);
  if (objectName === undefined || objectName === '')
    throw new UsageError(`${given}: <bed-url>/i/<bucket>/<objectName>`);
  return { given, bucketName: bucket, objectName };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const AT_ONCE = 8;
const NOT_THERE = { zh: '没有这张图片', en: 'There is no such image' } as const;

/** Removes images, by their names or links, and says which it could not and which were never there. @returns the exit code */
export async function remove(
  terminal: Terminal,
  bed: BedClient,
  {
    bucketName,
    images,
    language,
  }: { readonly bucketName: string; readonly images: readonly string[]; readonly language: Language },
): Promise<number> {
  const named = images.map((image) => toNamed(image, bucketName));
  const looked = await mapLimited(named, AT_ONCE, async (image) => ({ image, isThere: await isThere(bed, image) }));
  const absent = looked.filter(({ isThere }) => !isThere);
  for (const { image } of absent) terminal.printError(`${image.given}: ${NOT_THERE[language]} (NoSuchKey)\n`);
  let exitCode: number = absent.length > 0 ? EXIT.failed : EXIT.done;
  const present = looked.filter(({ isThere }) => isThere).map(({ image }) => image);
  for (const bucket of new Set(present.map((image) => image.bucketName))) {
    const names = present.filter((image) => image.bucketName === bucket).map(({ objectName }) => objectName);
    if (!(await removeFrom(terminal, bed, bucket, names))) exitCode = EXIT.failed;
  }
  return exitCode;
}

/** A token that may remove and not read says nothing of it; then it is tried. */
async function isThere(bed: BedClient, { bucketName, objectName }: Named): Promise<boolean> {
  try {
    await bed.object.statObject({ bucketName, objectName });
    return true;
  } catch (error) {
    if (!(error instanceof BedError)) throw error;
    if (error.code === 'NoSuchKey' || error.code === 'NoSuchBucket') return false;
    if (error.code === 'AccessDenied' || error.code === 'InvalidArgument') return true;
    throw error;
  }
}

async function removeFrom(terminal: Terminal, bed: BedClient, bucketName: string, names: readonly string[]) {
  let isDone = true;
  for (let start = 0; start < names.length; start += MAX_KEYS_AT_ONCE) {
    const objectNames = names.slice(start, start + MAX_KEYS_AT_ONCE);
    for (const { objectName, removed, err, error } of await bed.object.removeObjects({ bucketName, objectNames })) {
      if (removed) continue;
      terminal.printError(`${objectName}: ${err ?? ''} (${error ?? ''})\n`);
      isDone = false;
    }
  }
  return isDone;
}
