import { type BedClient, BedError } from '../client/node/index.ts';
import { mapLimited } from '../concurrency/limit.ts';
import { createTrail } from '../concurrency/trail.ts';
import type { RouteOutput } from '../contract/contract.ts';
import { MAX_KEYS_AT_ONCE } from '../naming/s3-limits.ts';
import { encodeKey } from '../naming/uri.ts';
import { UsageError } from './command-line.ts';
import { EXIT, type Language, type Terminal } from './terminal.ts';

interface Listing {
  /** Left out, the bed knows it. */
  readonly bucketName: string | undefined;
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
      if (json) listed.push(item);
      else terminal.print(`${item.name}\t${item.size}\t${item.lastModified}\t${item.url}\n`);
    }
    continuationToken = trail(page.continuationToken);
  }
  if (json) terminal.print(`${JSON.stringify(listed)}\n`);
  return EXIT.done;
}

interface Named {
  /** As it was given. */
  readonly given: string;
  /** The image that is meant; of a link that is not below the bed's address, each that may be. */
  readonly places: readonly Place[];
  /** The address that is given; absent of a name. */
  readonly link?: URL;
}

interface Place {
  readonly bucketName: string | undefined;
  readonly objectName: string;
}

/** Reads a name in the bucket, or a link as `upload` and `list` print it. @throws {UsageError} for a link that tells no image */
function toNamed(given: string, bucketName: string | undefined, bedUrl: string): Named {
  if (!/^https?:\/\//i.test(given)) return { given, places: [{ bucketName, objectName: given }] };
  const link = URL.canParse(given) ? new URL(given) : undefined;
  const mount = link !== undefined && isBelow(link, bedUrl) ? toMount(bedUrl) : '';
  const path = decode(link?.pathname.slice(mount.length) ?? '') ?? '';
  const [, bucket, objectName] = /\/i\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const places = bucket && objectName ? [{ bucketName: bucket, objectName }] : toPlaces(path, bucketName);
  if (link === undefined || places.length === 0) throw new UsageError(`${given}: <bed-url>/i/<bucket>/<objectName>`);
  return { given, places, link };
}

/** How deep below its host a domain of images may have a bucket. */
const MAX_DEPTH = 3;

/** Lists what a path may mean that only the bed can tell, since it makes links by a pattern of its own: a name, or a bucket and a name, behind some folders. */
function toPlaces(path: string, bucketName: string | undefined): readonly Place[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.slice(0, MAX_DEPTH).flatMap((part, depth) => {
    const rest = parts.slice(depth + 1).join('/');
    const named = { bucketName, objectName: parts.slice(depth).join('/') };
    return rest === '' ? [named] : [named, { bucketName: part, objectName: rest }];
  });
}

const toMount = (bedUrl: string): string => new URL(bedUrl).pathname.replace(/\/+$/, '');

const isBelow = ({ origin, pathname }: URL, bedUrl: string): boolean =>
  origin === new URL(bedUrl).origin && pathname.startsWith(`${toMount(bedUrl)}/i/`);

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const AT_ONCE = 8;
const NOT_THERE = { zh: '没有这张图片', en: 'There is no such image' } as const;
const ELSEWHERE = {
  zh: (beds: string) => `不是这个图床（${beds}）的链接，没有删除任何图片`,
  en: (beds: string) => `This is no link of this bed (${beds}); nothing was removed for it`,
} as const;

/** Images by their names or links, of one bed. */
interface Removal {
  /** Of the bed; links below it are its own. */
  readonly url: string;
  readonly bucketName: string | undefined;
  readonly images: readonly string[];
  readonly language: Language;
}

/** Removes images and says which it could not, which were never there, and which links are of another bed. @returns the exit code */
export async function remove(terminal: Terminal, bed: BedClient, removal: Removal): Promise<number> {
  const { url, bucketName, images, language } = removal;
  const named = images.map((image) => toNamed(image, bucketName, url));
  const looked = await mapLimited(named, AT_ONCE, async (image) => ({ image, ...(await look(bed, image, url)) }));
  let exitCode: number = looked.every(({ found }) => found === 'present') ? EXIT.done : EXIT.failed;
  for (const { image, found } of looked) {
    if (found === 'absent') terminal.printError(`${image.given}: ${NOT_THERE[language]} (NoSuchKey)\n`);
    if (typeof found !== 'string')
      terminal.printError(`${image.given}: ${ELSEWHERE[language]([...new Set(found.beds)].join(', '))}\n`);
  }
  const present = looked.flatMap(({ found, at }) => (found === 'present' && at !== undefined ? [at] : []));
  for (const bucket of new Set(present.map((image) => image.bucketName))) {
    const names = present.filter((image) => image.bucketName === bucket).map(({ objectName }) => objectName);
    if (!(await removeFrom(terminal, bed, bucket, names))) exitCode = EXIT.failed;
  }
  return exitCode;
}

/** What became clear of an image; `beds`: the addresses that links of the bed do begin with. */
type Found = 'present' | 'absent' | { readonly beds: readonly string[] };

/** Finds the image that is meant, and where it is. */
async function look(
  bed: BedClient,
  { places, link }: Named,
  bedUrl: string,
): Promise<{ readonly found: Found; readonly at?: Place }> {
  const beds = [bedUrl];
  for (const at of places) {
    const found = await lookAt(bed, at, link, bedUrl);
    if (typeof found === 'string') return { found, at };
    beds.push(...found.beds);
  }
  return { found: { beds } };
}

/** A token that may remove and not read says nothing of an image; then it is tried, unless its link is of who knows which bed. */
async function lookAt(bed: BedClient, at: Place, link: URL | undefined, bedUrl: string): Promise<Found> {
  const stated = await state(bed, at);
  if (link === undefined || isBelow(link, bedUrl)) return typeof stated === 'string' ? stated : 'present';
  if (typeof stated === 'string') return { beds: [] };
  if (isSame(link, stated.url)) return 'present';
  const end = `/i/${stated.bucketName}/${encodeKey(at.objectName)}`;
  return { beds: [stated.url.endsWith(end) ? stated.url.slice(0, -end.length) : stated.url] };
}

async function state(bed: BedClient, at: Place) {
  try {
    return await bed.object.statObject(at);
  } catch (error) {
    if (!(error instanceof BedError)) throw error;
    if (error.code === 'NoSuchKey' || error.code === 'NoSuchBucket') return 'absent';
    if (error.code === 'AccessDenied' || error.code === 'InvalidArgument') return 'present';
    throw error;
  }
}

/** Tells whether a link is the one that the bed gives of an image, whatever of it is escaped and asked for. */
function isSame({ origin, pathname }: URL, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const own = new URL(url);
  return origin === own.origin && decode(pathname) === decode(own.pathname);
}

async function removeFrom(
  terminal: Terminal,
  bed: BedClient,
  bucketName: string | undefined,
  names: readonly string[],
) {
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
