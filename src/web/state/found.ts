import type { RouteOutput } from '../../contract/contract.ts';
import { bed } from './bed.ts';
import { takeOut } from './hidden.ts';
import type { Place } from './private-images.ts';
import { parseQuestion, toSearch } from './question.ts';
import { createStore } from './store.ts';

type KnownImage = RouteOutput<'image/search'>['images'][number];

/** An image that was found, called by its bucket and its name. */
export interface FoundImage extends Omit<KnownImage, 'bucketName' | 'objectName'> {
  readonly name: string;
  readonly place: Place;
  /** Changes when the image does. */
  readonly etag: string;
}

/** What was found for a question, as far as it has been read; the newest first. */
export interface Found {
  /** As it is written; `undefined` before there is any. */
  readonly question: string | undefined;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly images: readonly FoundImage[];
  readonly total?: number | undefined;
  readonly error?: unknown;
  /** Where to go on; `undefined` when all is read. */
  readonly next: string | undefined;
}

const PAGE_SIZE = 200;
const NOTHING: Found = { question: undefined, state: 'loading', images: [], next: undefined };

/** What was found. */
export const found = createStore<Found>(NOTHING);

let reading: AbortController | undefined;

/** Asks a question, unless its answer is there. */
export function openFound(question: string): void {
  const { value } = found;
  if (value.question === question && value.state !== 'failed') return;
  reading?.abort();
  reading = undefined;
  found.set({ ...NOTHING, question, next: '' });
  void findMore();
}

/** Lets the answer go, since what it tells of has changed. */
export function forgetFound(): void {
  reading?.abort();
  reading = undefined;
  found.set(NOTHING);
}

/** Reads on; one page at a time. */
export async function findMore(): Promise<void> {
  const { question, next, images, total } = found.value;
  if (question === undefined || next === undefined || reading !== undefined) return;
  const mine = new AbortController();
  reading = mine;
  const page = { ...toSearch(parseQuestion(question)), pageSize: PAGE_SIZE, continuationToken: next };
  try {
    const answer = await bed.image.search(page, { signal: mine.signal });
    if (mine.signal.aborted) return;
    const { value } = found;
    found.set({
      ...{ question, state: 'ready', next: answer.continuationToken, total: answer.total ?? total },
      images: [...(images === value.images ? images : value.images), ...answer.images.map(toFound)],
    });
  } catch (error) {
    if (!mine.signal.aborted) found.set({ ...found.value, state: 'failed', error });
  } finally {
    if (reading === mine) reading = undefined;
  }
}

/** What an image is called among those of all buckets. */
export const toFoundName = ({ bucketName, objectName }: Place): string => `${bucketName}/${objectName}`;

function toFound({ bucketName, objectName, ...image }: KnownImage): FoundImage {
  const place = { bucketName, objectName };
  return { ...image, place, name: toFoundName(place), etag: String(Date.parse(image.updatedAt)) };
}

/** The ids of what is called so. */
export const idsOf = (images: readonly FoundImage[], names: ReadonlySet<string>): readonly string[] =>
  images.flatMap(({ imageId, name }) => (names.has(name) ? [imageId] : []));

/** The tags that what is called so has. */
export const tagsOf = (images: readonly FoundImage[], names: ReadonlySet<string>): readonly string[] => [
  ...new Set(images.flatMap(({ name, tags }) => (names.has(name) ? tags : []))),
];

/** Changes what is known of images, wherever they were found. */
export function changeFound(imageIds: ReadonlySet<string>, change: (image: FoundImage) => FoundImage): void {
  found.update((now) => ({
    ...now,
    images: now.images.map((image) => (imageIds.has(image.imageId) ? change(image) : image)),
  }));
}

/** Takes images out, before the bed has. @returns what puts them back where they were */
export function hideFound(bucketName: string, names: ReadonlySet<string>): (only?: ReadonlySet<string>) => void {
  const own = (some: ReadonlySet<string>): ReadonlySet<string> =>
    new Set([...some].map((objectName) => toFoundName({ bucketName, objectName })));
  const putBack = hideNamed(own(names));
  return (only = names) => putBack(own(only));
}

/** Takes images out by their ids. @returns what puts some of them back where they were */
export function takeOutFound(imageIds: ReadonlySet<string>): (only: ReadonlySet<string>) => void {
  const { images } = found.value;
  const named = (ids: ReadonlySet<string>): ReadonlySet<string> =>
    new Set(images.flatMap(({ imageId, name }) => (ids.has(imageId) ? [name] : [])));
  const putBack = hideNamed(named(imageIds));
  return (only) => putBack(named(only));
}

function hideNamed(names: ReadonlySet<string>): (only: ReadonlySet<string>) => void {
  const { question, images } = found.value;
  const { left, putBack } = takeOut(images, names);
  found.update((now) => ({ ...now, images: left, ...countTo(now, left.length - images.length) }));
  return (only) =>
    found.update((now) => {
      if (now.question !== question) return now;
      const back = putBack(now.images, only);
      return { ...now, images: back, ...countTo(now, back.length - now.images.length) };
    });
}

const countTo = ({ total }: Found, more: number) => ({ total: total === undefined ? undefined : total + more });
