import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { mapLimited } from '../../concurrency/limit.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { ListedImage } from './entry-pages.ts';
import { type ImageFacts, readFacts } from './image-facts.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** What is not known now may be, when the same bytes are stored anew. */
const keptFor = ({ facts }: { readonly facts: readonly unknown[] }): number => (facts.includes(null) ? 1 : 60) * DAY_MS;

/** What a chunk of a listing was found to hold, in its order; `null` where the store knew nothing. */
export const LISTED_FACTS = defineCollection({
  name: 'listed-facts',
  schema: v.object({
    facts: v.array(
      v.nullable(
        v.object({
          width: v.optional(v.number()),
          height: v.optional(v.number()),
          frames: v.optional(v.number()),
          thumbhash: v.optional(v.string()),
          color: v.optional(v.string()),
        }),
      ),
    ),
    at: v.string(),
  }),
  retention: { isExpired: (chunk, now) => now.getTime() - Date.parse(chunk.at) > keptFor(chunk) },
});

/**
 * A chunk ends with an image of every so many, told by its etag: one that is added or removed changes the chunk that it
 * lies in and no other.
 */
const CHUNK = 64;
const MAX_CHUNK = 256;
/** Fewer, as at the end of a listing, are looked at as fast as a document is read. */
const MIN_CHUNK = 4;

/** Images that one listing asks the store about, and for how long; what is left is for the next. */
const MAX_LOOKED = 1000;
const PATIENCE_MS = 3000;
const AT_ONCE = 16;
/** Of how many images the process remembers the facts, some 150 bytes each, and for how long that there are none. */
const MAX_REMEMBERED = 20_000;
const NOTHING_MS = 10 * 60 * 1000;

/** Finds what listed images look like. */
export interface ListedFacts {
  /** Gives the facts of each image, in their order; nothing of those that cannot be looked at now. Never fails. */
  find(bucketName: string, images: readonly ListedImage[]): Promise<readonly ImageFacts[]>;
}

interface ListedFactsOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly now: () => Date;
}

/**
 * Creates the memory of facts. Lists of a store hold no metadata, so each new image costs one request for it, once: what
 * is found is remembered by content, in the process and, a chunk of a listing a document, for all processes.
 */
export function createListedFacts({ documents, store, now }: ListedFactsOptions): ListedFacts {
  const chunks = openCollection(documents, LISTED_FACTS);
  const remembered = createMemory(now);

  const readChunk = async (images: readonly ListedImage[]): Promise<void> => {
    const chunk = await chunks.read(toId(images)).catch(() => undefined);
    if (chunk === undefined || now().getTime() - Date.parse(chunk.at) > keptFor(chunk)) return;
    for (const [index, image] of images.entries()) remembered.set(image, chunk.facts[index] ?? {});
  };

  const writeChunk = async (images: readonly ListedImage[]): Promise<void> => {
    const known = images.map((image) => remembered.get(image));
    if (known.includes(undefined)) return;
    const facts = known.map((each = {}) => (isNothing(each) ? null : each));
    // Who cannot write it now looks again the next time.
    await chunks.upsert(toId(images), () => ({ facts, at: now().toISOString() })).catch(() => undefined);
  };

  const lookAt = async (bucketName: string, image: ListedImage): Promise<void> => {
    const object = await store.head(bucketName, image.name);
    if (object?.etag === image.etag) remembered.set(image, readFacts(object));
  };

  const lookAtAll = async (bucketName: string, images: readonly ListedImage[]): Promise<void> => {
    const end = performance.now() + PATIENCE_MS;
    const look = async (image: ListedImage): Promise<void> => {
      if (performance.now() < end) await lookAt(bucketName, image);
    };
    // A store that does not answer is asked no more, and has its listing shown without.
    await mapLimited(images.slice(0, MAX_LOOKED), AT_ONCE, look).catch(() => undefined);
  };

  return {
    find: async (bucketName, images) => {
      const isUnknown = (image: ListedImage): boolean => remembered.get(image) === undefined;
      const open = toChunks(images).filter((chunk) => chunk.some(isUnknown));
      const worthwhile = open.filter((chunk) => chunk.length >= MIN_CHUNK);
      await mapLimited(worthwhile, AT_ONCE, readChunk);
      const unread = worthwhile.filter((chunk) => chunk.some(isUnknown));
      await lookAtAll(bucketName, open.flat().filter(isUnknown));
      await mapLimited(unread, AT_ONCE, writeChunk);
      return images.map((image) => remembered.get(image) ?? {});
    },
  };
}

/** Content has one size in pixels, wherever it lies. */
const toContent = ({ etag, size }: ListedImage): string => `${etag}:${size}`;

const toId = (images: readonly ListedImage[]): string =>
  createHash('sha256').update(images.map(toContent).join('\n')).digest('hex');

function toChunks(images: readonly ListedImage[]): readonly (readonly ListedImage[])[] {
  const chunks: ListedImage[][] = [];
  let chunk: ListedImage[] = [];
  for (const image of images) {
    if (chunk.length === 0) chunks.push(chunk);
    chunk.push(image);
    const ends = chunk.length >= MIN_CHUNK && Number.parseInt(image.etag.slice(0, 4), 16) % CHUNK === 0;
    if (ends || chunk.length === MAX_CHUNK) chunk = [];
  }
  return chunks;
}

const isNothing = (facts: ImageFacts): boolean => Object.keys(facts).length === 0;

/** Facts by content, of those that were asked for last. */
function createMemory(now: () => Date) {
  const known = new Map<string, { readonly facts: ImageFacts; readonly at: number }>();
  const put = (content: string, found: { readonly facts: ImageFacts; readonly at: number }): void => {
    known.delete(content);
    known.set(content, found);
  };
  return {
    get: (image: ListedImage): ImageFacts | undefined => {
      const content = toContent(image);
      const found = known.get(content);
      if (found === undefined || (isNothing(found.facts) && now().getTime() - found.at > NOTHING_MS)) return undefined;
      put(content, found);
      return found.facts;
    },
    set: (image: ListedImage, facts: ImageFacts): void => {
      put(toContent(image), { facts, at: now().getTime() });
      const [oldest] = known.keys();
      if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
    },
  };
}
