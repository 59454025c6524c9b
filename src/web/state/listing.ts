import type { RouteOutput } from '../../contract/contract.ts';
import { bed } from './bed.ts';
import { takeOut } from './hidden.ts';
import { createStore } from './store.ts';

type Entry = RouteOutput<'object/listObjects'>['lists'][number];
/** An image of a listing. */
export type ListedImage = Extract<Entry, { readonly name: string }>;

/** The images and folders of a folder, as far as they have been read. */
export interface Listing {
  readonly bucketName: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly images: readonly ListedImage[];
  readonly folders: readonly string[];
  readonly error?: unknown;
  /** Where to go on; `undefined` when all is read. */
  readonly next: string | undefined;
}

const PAGE_SIZE = 1000;
const NOTHING: Listing = { bucketName: '', prefix: '', state: 'loading', images: [], folders: [], next: undefined };

/** The folder that is looked at. */
export const listing = createStore<Listing>(NOTHING);

let reading: AbortController | undefined;

/** Reads a folder from its beginning, unless it is the one that is there. */
export function openListing(bucketName: string, prefix: string): void {
  const { value } = listing;
  if (value.bucketName === bucketName && value.prefix === prefix && value.state !== 'failed') return;
  reading?.abort();
  listing.set({ ...NOTHING, bucketName, prefix, next: '' });
  void loadMore();
}

/** Lets it go, since it has changed elsewhere. */
export function forgetListing(): void {
  reading?.abort();
  reading = undefined;
  listing.set(NOTHING);
}

/** Reads it again. */
export function reopenListing(): void {
  const { bucketName, prefix } = listing.value;
  reading?.abort();
  listing.set({ ...listing.value, state: 'loading', next: '' });
  void readPage(bucketName, prefix, []);
}

/** Reads the next thousand; one page at a time. */
export async function loadMore(): Promise<void> {
  const { bucketName, prefix, images } = listing.value;
  await readPage(bucketName, prefix, images);
}

async function readPage(bucketName: string, prefix: string, before: readonly ListedImage[]): Promise<void> {
  const { next, folders } = listing.value;
  if (next === undefined || (reading !== undefined && !reading.signal.aborted)) return;
  const mine = new AbortController();
  reading = mine;
  const page = { bucketName, prefix, pageSize: PAGE_SIZE, continuationToken: next };
  try {
    const { lists, continuationToken } = await bed.object.listObjects(page, { signal: mine.signal });
    if (mine.signal.aborted) return;
    const found = lists.flatMap((entry) => ('prefix' in entry ? [entry.prefix] : []));
    listing.set({
      ...{ bucketName, prefix, state: 'ready', next: continuationToken },
      images: [...before, ...lists.flatMap((entry) => ('name' in entry ? [entry] : []))],
      folders: next === '' ? found : [...folders, ...found],
    });
  } catch (error) {
    if (!mine.signal.aborted) listing.set({ ...listing.value, state: 'failed', error });
  } finally {
    if (reading === mine) reading = undefined;
  }
}

/** Takes images out, before the bed has. @returns what puts them back where they were */
export function hideImages(bucket: string, names: ReadonlySet<string>): (only?: ReadonlySet<string>) => void {
  const { bucketName, prefix, images } = listing.value;
  if (bucket !== bucketName) return () => undefined;
  const { left, putBack } = takeOut(images, names);
  listing.set({ ...listing.value, images: left });
  return (only = names) => {
    const now = listing.value;
    if (now.bucketName === bucketName && now.prefix === prefix) {
      listing.set({ ...now, images: putBack(now.images, only) });
    }
  };
}
